// The arena: address space in chunks, given to pools in segments.
//
// 1. allocate() takes free grains of a chunk, or of a new one, within the
//    commit limit: the lowest that fit, as they are the likeliest to have
//    memory behind them.
// 2. free() keeps some segments of the standard size for their next use, last
//    in, first out, as their memory is in the cache. The grains of others are
//    free again, and dirty: their memory stays with us. Both is spare until
//    trim() or a shortage. Memory goes back in runs, as long as can be: a call
//    of the system for each segment costs more than the memory is worth, and
//    splits huge pages. No step takes long, however much is spare: what is kept
//    is little, and so soon sorted or given up; and if there is a pause time,
//    little is given back each time.
// 3. Memory that a growing arena will want soon is faulted in by a thread of
//    its own, if it is asked to have one: as much as there is room for below
//    the commit limit.
// 4. segmentOf() finds the segment of any address; grain tags answer the
//    tracer's first question without it.
//
// Counts: committed = grains of segments, spare ones, and control memory.
// Invariant A1: committed <= commit limit, but for what the runtime's arrays
// and tables have grown to, which is counted after each collection: if there is
// a pause time, little spare memory is given back for it at once, and of what
// lives, nothing can be.
// Invariant A2: a grain's tag is 0 exactly if no segment, in use or kept, has
// it; only such a grain is dirty.
// Not thread safe but for has() and limits: the lock covers it. Not here: what
// is in a segment (pool/), when to collect (collector/).
#ifndef MPS_ARENA_ARENA_H
#define MPS_ARENA_ARENA_H

#include "arena/chunk.h"
#include "arena/control_memory.h"
#include "arena/protection.h"
#include "base/result.h"
#include "platform/mutex.h"
#include "platform/populator.h"

namespace mps {

struct ArenaOptions {
  std::size_t size = std::size_t(256) << 20; ///< Of the first chunk.
  std::size_t grainSize = 4096;              ///< A power of two.
  std::size_t commitLimit = ~std::size_t(0);
  double spare = 0.75; ///< Fraction of committed that may be spare, 0 to 1.
  /// Told of each chunk; may be null. They call nothing of the arena.
  void (*extended)(void *closure, Extent chunk) = nullptr;
  void (*contracted)(void *closure, Extent chunk) = nullptr;
  void *closure = nullptr;
};

class Arena {
public:
  /// Bytes of a standard segment, if the arena is not small.
  static constexpr std::size_t kStandardSegment = 32768;

  explicit Arena(const ArenaOptions &options);
  ~Arena();
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;

  /// Reserves the first chunk. Resource if there is no address space.
  Result initialise();

  /// A segment of `size` bytes, rounded up to grains. Its memory is not
  /// cleared. CommitLimit, Resource or Memory if there is none.
  Result allocate(Segment **segmentOut, std::size_t size, Pool *pool,
                  unsigned generation, std::uint8_t tag);
  void free(Segment *segment);
  /// Gives spare memory back to the system, but for the allowed fraction and
  /// for `keep` bytes that will be wanted soon.
  void trim(std::size_t keep);

  /// Sets the tag of a segment and of its grains, which get the present colour
  /// if they are settled.
  void setTag(Segment *segment, std::uint8_t tag);
  /// All that is settled is of the snapshot from now on, until its tag is set
  /// again: it has the one colour, and what settles gets the other. So nothing
  /// need be done to each. Nothing must be of a snapshot.
  void takeSnapshot() { colour_ ^= kColourGrain; }
  /// By a grain's tag.
  bool isOfSnapshot(std::uint8_t tag) const {
    return (tag & (kSettledGrain | kColourGrain)) ==
           (kSettledGrain | (colour_ ^ kColourGrain));
  }
  /// Its own tag has no colour.
  bool isOfSnapshot(const Segment &segment) const {
    const Chunk &chunk = *segment.chunk;
    return isOfSnapshot(chunk.tagOf(chunk.grainOf(segment.extent.base)));
  }

  /// The segment at an address, or null. Any address.
  Segment *segmentOf(Address address) const;
  Chunk *chunkOf(Address address) const;
  Chunk *firstChunk() const { return chunks_; }
  /// From the lowest chunk to the highest.
  Extent span() const;

  std::size_t reserved() const;
  std::size_t committed() const { return inUse_ + spareSize_ + fixedSize(); }
  /// Bytes of the runtime's own structures and tables, as far as known.
  std::size_t fixedSize() const { return control_.committed() + sideSize_; }
  /// To be told how large arrays are that are not the arena's: they count as
  /// committed. Spare memory is given back for them.
  void setSideSize(std::size_t arrays);
  /// Bytes of segments that pools have.
  std::size_t used() const { return inUse_; }
  /// The same without holes that will be filled before anything else.
  std::size_t occupied() const { return inUse_ - offered_; }
  void addOffered(std::size_t size) { offered_ += size; }
  void removeOffered(std::size_t size) { offered_ -= size; }
  std::size_t spareCommitted() const { return spareSize_; }
  std::size_t peakCommitted() const { return peakCommitted_; }
  std::size_t commitLimit() const { return options_.commitLimit; }
  /// How many bytes of segments the limit allows.
  std::size_t segmentLimit() const;
  /// Fail if more than `limit` is in use; spare memory is given back to
  /// reach it.
  Result setCommitLimit(std::size_t limit);
  double spare() const { return options_.spare; }
  void setSpare(double fraction);
  /// What allocate() could still give without a new chunk's address space
  /// counting: the commit limit less what is in use.
  /// The reserve is left out.
  std::size_t available() const;
  /// Bytes below the commit limit that are not given out: room for a
  /// collection to begin with. Nothing if there is no limit.
  void setReserve(std::size_t reserve) { reserve_ = reserve; }
  std::size_t grainSize() const { return options_.grainSize; }
  std::size_t segmentSize() const { return segmentSize_; }

  ControlMemory &control() { return control_; }
  Protection &protection() { return protection_; }
  /// From now on segments may be protected. Memory that is new gets small
  /// pages: huge ones would be split
  /// (docs/decisions/0024-small-pages-for-what-is-protected.md).
  void startProtection();
  platform::Mutex &lock() { return lock_; }
  /// For all of what is done beside the program.
  platform::BackgroundThread &background() { return background_; }
  /// Whether a thread of ours faults in memory that will be wanted soon.
  void setPopulatesAhead(bool does) { populatesAhead_ = does; }
  /// Whether that thread alone, if there is one, faults in huge pages: what it
  /// has not got to is faulted in by small ones, which takes longer in all, and
  /// never long.
  void setFaultsSmall(bool does);
  /// Whether what is given out will be marked in steps that must not take long:
  /// then the pages of its tables are faulted in ahead of use; or, of its mark
  /// bits, when it is given out, one at a time.
  void setMarksSoon(bool does) { marksSoon_ = does; }
  /// How many bytes at most, or little more, are given back to the system in
  /// one step.
  void setMostTrimmed(std::size_t bytes) { mostTrimmed_ = bytes; }
  /// Whether freed segments become inaccessible until their reuse.
  void setPoison(bool poison);

private:
  struct FreeRun {
    Chunk *chunk = nullptr;
    Extent grains;
  };

  std::size_t room() const;
  Result addChunk(std::size_t size);
  enum Kind : unsigned { kOther, kProtectable, kKinds };
  static Kind kindOf(std::uint8_t tag);
  /// Segments that are free, of standard size, with their memory.
  struct Kept {
    SegmentList list;
    std::size_t count = 0;
    Segment *pop();
  };
  bool reuse(Kept &kept, Segment **segmentOut);
  FreeRun findFree(std::size_t size) const;
  bool exceedsLimit(const FreeRun &run) const;
  Result carve(Segment **segmentOut, std::size_t size);
  Segment *makeSegment(const FreeRun &run);
  void carveBlock(Kept &kept);
  void keepSpare(Segment *segment, Kept &kept);
  void noteHighest(Chunk &chunk, Address limit);
  bool wantsSmallPages() const {
    return faultsSmall_ || protection_.isStarted();
  }
  void adviseAhead(Chunk &chunk);
  void adviseFrom(Chunk &chunk, Address from);
  void populateAhead(Chunk &chunk);
  void populateTables(Extent memory);
  void assign(Segment *segment, Pool *pool, unsigned generation,
              std::uint8_t tag);
  void forget(Segment *segment);
  void leaveDirty(Segment *segment);
  bool dissolveSpare();
  void trimTo(std::size_t spareSize);
  void keepToLimit(std::size_t most);
  void trimStep();
  std::size_t releaseRun(Kept &sorted, std::size_t most);

  ArenaOptions options_;
  std::size_t segmentSize_;
  Chunk *chunks_ = nullptr;
  Kept kept_[kKinds];
  std::size_t inUse_ = 0;
  std::size_t offered_ = 0;
  std::size_t spareSize_ = 0; ///< Of those, and of dirty grains.
  std::size_t peakCommitted_ = 0;
  std::size_t reserve_ = 0;
  std::size_t sideSize_ = 0;
  std::uint8_t colour_ = 0; ///< Of what settles.
  bool poison_ = false;
  bool populatesAhead_ = false, faultsSmall_ = false;
  std::atomic<bool> marksSoon_{false};
  std::size_t mostTrimmed_ = ~std::size_t(0);
  platform::Populator populator_;
  ControlMemory control_;
  platform::Mutex lock_;
  /// Before the thread: fork() takes their locks in the opposite order.
  Protection protection_{*this};
  platform::BackgroundThread background_{lock_};
};

} // namespace mps

#endif
