// What type descriptors say, read once more: the verifier's own reading, bit by
// bit, of what pool/described_format.h reads fast.
#ifndef MPS_VERIFY_TYPE_CHECK_H
#define MPS_VERIFY_TYPE_CHECK_H

#include "arena/control_memory.h"
#include "base/address.h"
#include "base/function_ref.h"
#include "mps/abi/type_descriptor.h"

namespace mps {

using abi::TypeDescriptor;

/// Why it cannot be a type descriptor, or null if it can. Any address.
const char *whyNoDescriptor(Address address);

/// Types that were found to be plausible. It takes memory when it gets the
/// first.
class PlausibleTypes {
public:
  PlausibleTypes() = default;
  ~PlausibleTypes();
  PlausibleTypes(const PlausibleTypes &) = delete;
  PlausibleTypes &operator=(const PlausibleTypes &) = delete;

  /// As whyNoDescriptor.
  const char *whyNot(Address type);
  /// They may be gone, with the code that they came with.
  void forget();

private:
  static constexpr std::size_t kEntries = 512; ///< Of a hash table; one page.
  Extent table_;
};

/// The objects of a type, as the verifier reads them.
class ObjectReader {
public:
  /// The header leads to a plausible type.
  explicit ObjectReader(Address object)
      : object_(object), header_(*object.as<Word>()),
        type_(*reinterpret_cast<const TypeDescriptor *>(
            alignDown(header_, abi::kDescriptorAlignment))) {}

  const TypeDescriptor &type() const { return type_; }
  const char *typeName() const {
    return type_.name != nullptr ? type_.name : "without a name";
  }
  std::size_t alignment() const;
  /// False if the length is impossible.
  bool size(std::size_t &sizeOut) const;
  void forEachSlot(FunctionRef<void(Slot)> visit) const;
  void forEachWeakSlot(FunctionRef<void(Slot)> visit) const;

private:
  bool hasElements() const { return type_.flags & abi::kHasElements; }
  std::size_t length() const {
    return *(object_ + type_.lengthOffset).as<std::size_t>();
  }

  Address object_;
  Word header_;
  const TypeDescriptor &type_;
};

} // namespace mps

#endif
