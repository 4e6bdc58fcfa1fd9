#include "platform/image.h"

#include <link.h>

namespace mps::platform {

namespace {

struct Search {
  Address address;
  Extent found;
};

int visit(dl_phdr_info *info, std::size_t, void *closure) {
  auto &search = *static_cast<Search *>(closure);
  Word base = ~Word(0), limit = 0;
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD)
      continue;
    Word begin = info->dlpi_addr + segment.p_vaddr;
    base = begin < base ? begin : base;
    limit = begin + segment.p_memsz > limit ? begin + segment.p_memsz : limit;
  }
  if (base >= limit)
    return 0;
  Extent image = {Address::fromBits(base), Address::fromBits(limit)};
  if (!image.contains(search.address))
    return 0;
  search.found = image;
  return 1;
}

} // namespace

Extent imageOf(Address address) {
  Search search{address, {}};
  dl_iterate_phdr(visit, &search);
  return search.found;
}

} // namespace mps::platform
