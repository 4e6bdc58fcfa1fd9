// Places outside of managed memory of which the type is known: local variables,
// globals, and what a function returns in memory.
#ifndef MPS_LLVM_PLUGIN_TYPED_PLACE_H
#define MPS_LLVM_PLUGIN_TYPED_PLACE_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace llvm {
class DataLayout;
class Type;
class Value;
} // namespace llvm

namespace mps {

/// A field of a type: where it is, in bytes, and of what type.
struct Field {
  std::uint64_t offset;
  llvm::Type *type;
};

/// Appends the fields of a `type` that begins at `offset`: neither structs nor
/// arrays that hold references.
void addFields(llvm::Type *type, std::uint64_t offset,
               const llvm::DataLayout &layout,
               llvm::SmallVectorImpl<Field> &out);

/// A distance into something whose type holds references.
struct TypedPlace {
  llvm::Type *type = nullptr;
  std::uint64_t offset = 0;
};

std::optional<TypedPlace> typedPlace(llvm::Value *pointer,
                                     const llvm::DataLayout &layout);

/// Whether a reference begins at this place.
bool isReferencePlace(llvm::Value *pointer, const llvm::DataLayout &layout);

} // namespace mps

#endif
