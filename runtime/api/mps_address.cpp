// What is at an address: arena, pool, format, object.
//
// The first three questions take no lock, as a client's functions ask them in
// the midst of a collection: they read tables that only ever point to
// structures of the arena, which live as long as it does.
#include "api/pool_handle.h"

using namespace mps;

namespace {

Segment *segmentOf(mps_arena_t arena, mps_addr_t addr) {
  return arena->arena().segmentOf(Address::of(addr));
}

mps_pool_t poolOf(const Segment &segment) {
  return static_cast<mps_pool_t>(segment.pool);
}

/// The base of the object at or around the address, or null.
Address objectAround(const Segment &segment, Address address) {
  Pool &pool = *segment.pool;
  Address object = pool.nextObject(segment, segment.extent.base);
  Address end = pool.objectsEnd(segment);
  while (object < end && object <= address) {
    Address next = object + pool.sizeOfAny(object);
    if (address < next)
      return pool.isPadding(object) ? Address() : object;
    object = pool.nextObject(segment, next);
  }
  return {};
}

} // namespace

mps_bool_t mps_arena_has_addr(mps_arena_t arena, mps_addr_t addr) {
  return isGiven(arena) && segmentOf(arena, addr) != nullptr;
}

mps_bool_t mps_addr_pool(mps_pool_t *pool_o, mps_arena_t arena,
                         mps_addr_t addr) {
  if (!isGiven(arena) || !isGiven(pool_o))
    return 0;
  Segment *segment = segmentOf(arena, addr);
  if (segment == nullptr)
    return 0;
  *pool_o = poolOf(*segment);
  return 1;
}

mps_bool_t mps_addr_fmt(mps_fmt_t *fmt_o, mps_arena_t arena, mps_addr_t addr) {
  if (!isGiven(arena) || !isGiven(fmt_o))
    return 0;
  Segment *segment = segmentOf(arena, addr);
  if (segment == nullptr || poolOf(*segment)->format == nullptr)
    return 0;
  *fmt_o = poolOf(*segment)->format;
  return 1;
}

mps_res_t mps_addr_object(mps_addr_t *p_o, mps_arena_t arena, mps_addr_t addr) {
  if (!isGiven(arena) || !isGiven(p_o))
    return MPS_RES_PARAM;
  platform::Locked locked(arena->lock());
  arena->stopRecycling();
  Segment *segment = segmentOf(arena, addr);
  Address object =
      segment ? objectAround(*segment, Address::of(addr)) : Address();
  if (!object)
    return MPS_RES_FAIL;
  *p_o = object.as();
  return MPS_RES_OK;
}
