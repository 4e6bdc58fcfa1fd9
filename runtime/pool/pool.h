// A pool of moving objects (AMC), or of objects without references (AMCZ).
//
// It owns segments by generation, and the buffers of its allocation points.
// What the classes and formats differ in are fields: the tracer asks them once
// for each segment.
//
//   give()      gives a buffer memory: the rest of its segment, or a new one
//   segments    by generation, outside of collections exactly the pool's
//
// A pool has a write barrier if all its mutators are code compiled with one;
// then its top generation is settled: its slots are armed in the log table. Or
// it has protection: then its older segments are write-protected once they have
// been scanned, and what leads out of them is known until somebody stores into
// them (arena/protection.h); its top generation is settled too. What is neither
// armed nor protected is scanned whole in every collection that does not
// condemn it.
// Not thread safe: the arena's lock covers it. Not here: who survives (trace/).
#ifndef MPS_POOL_POOL_H
#define MPS_POOL_POOL_H

#include "arena/arena.h"
#include "mps/abi/type_descriptor.h"
#include "pool/buffer.h"
#include "pool/chain.h"
#include "pool/client_format.h"
#include "pool/holes.h"
#include "pool/shared_destination.h"

namespace mps {

/// What is in memory that is given out.
enum class Contents : bool { Any, Zero };
/// Where a new object may be: whoever stores into it without a barrier needs it
/// to be young.
enum class Age : bool { Young, Any };

struct PoolOptions {
  Chain *chain = nullptr;
  const ClientMethods *format = nullptr; ///< Null: described objects.
  bool isLeaf = false;
  bool hasBarrier = false; ///< In the code of all its mutators.
  /// Its old segments are write-protected instead.
  bool hasProtection = false;
  bool isMoving = true; ///< Its survivors; if not, its holes are filled.
  /// In which new objects are, and stay if they do not move.
  unsigned generation = 0;
  bool acceptsInterior = true; ///< Of ambiguous references.
  /// Of an object: one that its scan function writes to; or null.
  void *(*findDependent)(void *object) = nullptr;
  std::size_t largeSize = Arena::kStandardSegment;
  std::size_t extendBy = 0; ///< 0: the arena's segment size.
};

/// Threads that may trace at the same time.
inline constexpr unsigned kMostWorkers = 8;

/// Where one worker of a collection copies survivors of one pool and generation
/// to. It stays open between collections.
struct Destination {
  Segment *segment = nullptr;
  Address alloc;
  Address limit;
};

class Pool {
public:
  /// Memory is cleared in steps of this many bytes: a step stays in the cache
  /// until it is allocated.
  static constexpr std::size_t kStep = 32768;

  Pool(Arena &arena, const PoolOptions &options)
      : arena_(arena), options_(options) {}

  const PoolOptions &options() const { return options_; }
  Chain &chain() const { return *options_.chain; }
  bool isDescribed() const { return options_.format == nullptr; }
  /// Whether stores into objects of this generation are logged.
  bool isArmed(unsigned generation) const {
    return options_.hasBarrier && !options_.isLeaf &&
           generation == chain().top();
  }
  /// Whether objects of this generation are condemned only when everything is.
  bool isSettled(unsigned generation) const {
    return (options_.hasBarrier || options_.hasProtection) &&
           generation == chain().top();
  }
  /// Whether its old segments are write-protected while they are clean.
  bool isProtected() const {
    return options_.hasProtection && !options_.isLeaf;
  }
  std::size_t alignment() const {
    return isDescribed() ? abi::kObjectAlignment : options_.format->alignment;
  }
  bool isLarge(std::size_t size) const {
    return size >= options_.largeSize || size > arena_.segmentSize() / 2;
  }

  /// Makes buffers ask for more after at most `bytes`, or kStep if that is
  /// less; for tests that collect often.
  void setStep(std::size_t bytes) {
    __atomic_store_n(&step_, bytes < kStep ? bytes : kStep, __ATOMIC_RELAXED);
  }
  void add(Buffer &buffer);
  /// Its segment stays the pool's.
  void remove(Buffer &buffer);
  /// After this, `size` bytes can be reserved at the buffer's allocation point.
  Result fill(Buffer &buffer, std::size_t size) {
    Result result = give(buffer, size);
    clearGiven(buffer);
    return result;
  }
  /// The same in two parts. What has been given is cleared by the owner before
  /// it allocates there, or may be stopped; without the lock: what takes long
  /// is not what others wait for.
  Result give(Buffer &buffer, std::size_t size);
  static void clearGiven(Buffer &buffer);
  /// An object with a segment of its own. It begins where a page does.
  Result allocateLarge(Address *objectOut, std::size_t size,
                       Contents contents = Contents::Zero,
                       unsigned generation = 0);
  /// Detaches its segment from a buffer: its objects are complete.
  void retire(Buffer &buffer);

  // Recycling (recycling.cpp), for described objects that move:

  /// Less between two objects is not given out again: a refill is not worth it.
  static constexpr std::size_t kLeastGap = 32;
  /// The same where memory is tight: where no object fits.
  static constexpr std::size_t kLeastGapIfTight = 16;
  /// Bytes: for what is larger, gaps are not looked through.
  static constexpr std::size_t kMostInGaps = 128;
  /// For the sweeps to come. Any thread may look.
  void setIsTight(bool is) {
    __atomic_store_n(&leastGap_, is ? kLeastGapIfTight : kLeastGap,
                     __ATOMIC_RELAXED);
  }
  std::size_t leastGap() const {
    return __atomic_load_n(&leastGap_, __ATOMIC_RELAXED);
  }
  /// The gaps of a segment, from the lowest to the highest, as they are found.
  class GapList {
  public:
    /// Smaller gaps are left out.
    explicit GapList(std::size_t least) : least_(least) {}
    /// It is padding already.
    void add(Extent gap);
    Address first() const { return first_; }

  private:
    std::size_t least_;
    Address first_, last_;
  };
  /// Nothing is young; the world is stopped.
  void startRecycling();
  /// The world is stopped. Afterwards all is padding that is free.
  void endRecycling();
  /// Segments have come back that have gaps.
  void lookForGapsAgain() { unopened_ = segments[chain().top()].first(); }
  /// While recycling: give(), if one of the gaps that the buffer has will do.
  /// The owner, alone; without the lock.
  bool giveGap(Buffer &buffer, std::size_t size);

  /// By mutators, since the pool was made.
  std::uint64_t allocatedBytes() const;

  Result newSegment(Segment **segmentOut, std::size_t size,
                    unsigned generation);
  /// Puts it in the list of its generation.
  void adopt(Segment *segment);
  void free(Segment *segment);
  /// Bytes of its segments.
  std::size_t segmentBytes() const { return segmentBytes_; }

  std::size_t totalSize() const;
  std::size_t freeSize() const;
  template <typename Visit> void forEachSegment(Visit visit) {
    for (SegmentList &list : segments)
      for (Segment *each = list.first(); each != nullptr;) {
        Segment *following = each->next;
        visit(each);
        each = following;
      }
  }
  /// `address`, or where the next object of the segment begins.
  Address nextObject(const Segment &segment, Address address) const {
    if (!options_.isMoving)
      return holes::nextObject(segment, address);
    if (segment.buffer == nullptr)
      return address;
    Extent unused = holes::unusedOf(segment);
    return address == unused.base ? unused.limit : address;
  }
  /// The end of its objects, what was committed last included.
  Address objectsEnd(const Segment &segment) const;
  /// Looks for holes again, when a trace has made more.
  void findOpen();

  /// Allocation points may fill the segment's holes; no point fills them yet.
  void reopen(Segment &segment);

  // Of a pool whose objects move, in a client's format (reuse.cpp):

  /// Allocation points fill holes of old segments, and not the nursery.
  void setFillsHoles(bool does) { fillsHoles_ = does; }
  bool fillsHoles() const { return fillsHoles_; }
  bool hasOffered() const { return open_ != nullptr; }
  /// Lets points fill the segment's holes, if they are worth it. It has been
  /// swept.
  void offer(Segment &segment);
  /// Nothing is offered any more.
  void withdrawOffers();
  /// Moves a buffer on to the next hole of the segment that it fills. False if
  /// it fills none, or there is no such hole.
  bool fillNextHole(Buffer &buffer, std::size_t size);
  /// A snapshot is being taken: all objects in holes are of it. Where objects
  /// do not move, too.
  void noteSnapshot();
  /// What has been allocated since in a segment of the snapshot is marked.
  void markTaken(Segment &segment);
  /// The same in all segments that points fill.
  void markTaken();
  /// The segment's objects have all gone; its buffer is detached from it.
  void abandonTaken(Segment &segment);
  void padAny(Address base, std::size_t size) const;
  std::size_t sizeOfAny(Address base) const;
  bool isPadding(Address base) const;
  Ref referenceTo(Address base) const;

  /// Those of the marker's snapshot, those that are candidates for evacuation,
  /// and those that are being swept are in lists of their own.
  static constexpr unsigned kSnapshot = kMostGenerations + 1;
  static constexpr unsigned kSparse = kMostGenerations + 2;
  static constexpr unsigned kTaken = kMostGenerations + 3;
  SegmentList segments[kMostGenerations + 4];
  Destination destinations[kMostWorkers][kMostGenerations + 1];
  /// Of what is evacuated beside the program.
  SharedDestination evacuated;
  Buffer *buffers = nullptr;
  Pool *next = nullptr; ///< Of the heap's list.

private:
  Result recycle(Buffer &buffer, std::size_t size);
  Segment *nextWithGaps();
  bool giveFromGaps(Buffer &buffer, std::size_t size);
  void takeGaps(Buffer &buffer, Segment &segment);
  void useGap(Buffer &buffer, Extent gap, std::size_t size);
  void leaveGap(Buffer &buffer);
  void closeGap(Buffer &buffer);
  bool extend(Buffer &buffer, std::size_t size);
  Result replaceSegment(Buffer &buffer, std::size_t size);
  Result fillHole(Buffer &buffer, std::size_t size);
  bool extendInHole(Buffer &buffer, std::size_t size);
  bool attachOpen(Buffer &buffer, std::size_t size);
  void attach(Buffer &buffer, Segment &segment, Extent hole);
  void giveBack(Buffer &buffer);
  static bool hasTaken(const Buffer &buffer);
  bool isInHole(const Buffer &buffer) const;
  void leaveHole(Buffer &buffer);
  bool attachOffered(Buffer &buffer, std::size_t size);
  bool takeHole(Buffer &buffer, Address from, std::size_t size);

  Arena &arena_;
  PoolOptions options_;
  std::uint64_t retiredBytes_ = 0;
  std::size_t segmentBytes_ = 0;
  std::size_t step_ = kStep; ///< Read without the lock, too.
  std::size_t leastGap_ = kLeastGap;
  /// Segments with holes (hole_pool.cpp), or that are offered (reuse.cpp).
  Segment *open_ = nullptr;
  /// While recycling: where to look for gaps, on from here.
  Segment *unopened_ = nullptr;
  bool fillsHoles_ = false;
};

} // namespace mps

#endif
