// Frame areas: local variables in memory that hold references.
//
// An alloca is a frame area if its metadata "mps.frame" says where its
// references are, or its allocated type does. Every word that may hold a
// reference is a precise root at every safepoint of its function, so it must
// hold one, or null, from the function's beginning on.
#ifndef MPS_LLVM_PLUGIN_FRAME_AREAS_H
#define MPS_LLVM_PLUGIN_FRAME_AREAS_H

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"

namespace llvm {
class AllocaInst;
class DataLayout;
class Function;
class Type;
} // namespace llvm

namespace mps {

struct FrameArea {
  llvm::AllocaInst *alloca;
  llvm::BitVector map; ///< Bit i: word i holds a reference.
};

/// A bit for each word of a value of `type` in memory. False if a reference is
/// not at a word boundary.
bool referenceMap(llvm::Type *type, const llvm::DataLayout &layout,
                  llvm::BitVector &map);

/// The function's areas. Reports those whose references are not at word
/// boundaries.
llvm::SmallVector<FrameArea, 4> findFrameAreas(llvm::Function &function);

/// Sets the reference words to null at the function's beginning, and takes
/// lifetime markers away: the area lives as long as the frame.
void initialise(const FrameArea &area);

} // namespace mps

#endif
