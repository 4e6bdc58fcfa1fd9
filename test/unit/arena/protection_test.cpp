// Write-protected segments: boundaries, faults, and the limit on mappings.
#include "arena/arena.h"
#include "huge_pages.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace mps;

namespace {

constexpr std::size_t kMiB = std::size_t(1) << 20;

class ProtectionTest : public testing::Test {
protected:
  static ArenaOptions options() {
    ArenaOptions options;
    options.size = 32 * kMiB;
    return options;
  }
  void SetUp() override {
    ASSERT_EQ(arena_.initialise(), Result::Ok);
    arena_.startProtection();
    for (int i = 0; i < 200; ++i) {
      Segment *segment = nullptr;
      ASSERT_EQ(arena_.allocate(&segment, arena_.segmentSize(), pool(), 1,
                                kUsedGrain),
                Result::Ok);
      segments_.push_back(segment);
    }
    before_ = Protection::boundaries();
  }
  void TearDown() override {
    for (Segment *each : segments_)
      arena_.free(each);
    EXPECT_EQ(Protection::boundaries(), before_);
    Protection::setMostBoundaries(platform::mostMappings() / 2);
  }

  Pool *pool() { return reinterpret_cast<Pool *>(this); }
  Protection &protection() { return arena_.protection(); }
  std::size_t boundaries() const { return Protection::boundaries() - before_; }
  bool isProtected(std::size_t i) const {
    return Protection::isProtected(*segments_[i]);
  }
  void protect(std::size_t first, std::size_t end, std::size_t step = 1) {
    GrowingArray<Segment *> list;
    for (std::size_t i = first; i < end; i += step)
      ASSERT_TRUE(list.push(segments_[i]));
    protection().protect(list);
  }
  void store(std::size_t i, std::size_t at = 0) {
    *(segments_[i]->extent.base + at).as<volatile Word>() = 1;
  }

  Arena arena_{options()};
  std::vector<Segment *> segments_;
  std::size_t before_ = 0;
};

TEST_F(ProtectionTest, NeighboursAreOneRun) {
  protect(10, 100);
  EXPECT_TRUE(isProtected(10));
  EXPECT_TRUE(isProtected(99));
  EXPECT_FALSE(isProtected(100));
  EXPECT_EQ(boundaries(), 2u);
  protect(100, 110);
  EXPECT_EQ(boundaries(), 2u);
}

/// One call for each took most of a pause.
TEST_F(ProtectionTest, WhatIsProtectedBetweenJoinsARun) {
  protect(0, 200);
  for (std::size_t i = 1; i < 200; i += 4)
    store(i);
  arena_.free(segments_[100]); // Nothing joins over what is free.
  std::size_t changes = Protection::changes();
  protect(1, 200, 4);
  EXPECT_EQ(Protection::changes(), changes + 2);
  EXPECT_EQ(boundaries(), 4u);
  EXPECT_EQ(protection().size(), 199 * arena_.segmentSize());
  segments_.erase(segments_.begin() + 100);
  for (std::size_t i = 0; i < segments_.size(); ++i)
    EXPECT_TRUE(isProtected(i));
}

/// A look at all that was between them took as long as the heap is large.
TEST_F(ProtectionTest, WhatIsFarApartIsNotJoined) {
  protect(0, 200);
  for (std::size_t i : {0, 2, 100, 199})
    store(i);
  ASSERT_GT(98 * arena_.segmentSize(), 2 * kMiB);
  std::size_t changes = Protection::changes();
  GrowingArray<Segment *> list;
  for (std::size_t i : {199, 100, 2, 0})
    ASSERT_TRUE(list.push(segments_[i]));
  protection().protect(list);
  EXPECT_EQ(Protection::changes(), changes + 3);
  EXPECT_EQ(boundaries(), 2u);
  EXPECT_EQ(protection().size(), 200 * arena_.segmentSize());
}

TEST_F(ProtectionTest, OpenIsWhatIsNotProtectedAndNotReadyWhatIsWeakToo) {
  for (Segment *each : segments_)
    arena_.setTag(each, kUsedGrain | kSettledGrain | kClientGrain);
  segments_[50]->rank = segments_[60]->rank = Rank::Weak;
  segments_[60]->isHidden = true;
  segments_[70]->summary = Segment::kUnscanned;
  protect(0, 200);
  store(40);
  auto find = [this](Protection::Which which) {
    std::vector<Segment *> found;
    protection().forEach(which, [&](Segment &each) { found.push_back(&each); });
    return found;
  };
  using Segments = std::vector<Segment *>;
  EXPECT_EQ(find(Protection::Which::Open), Segments{segments_[40]});
  EXPECT_EQ(find(Protection::Which::NotReady),
            (Segments{segments_[40], segments_[50]}));
  EXPECT_EQ(find(Protection::Which::ToScan),
            (Segments{segments_[40], segments_[70]}));
}

TEST_F(ProtectionTest, ToBeScannedIsWhatIsDirtyOrLeadsSomewhere) {
  for (std::size_t i = 0; i < 150; ++i)
    arena_.setTag(segments_[i], kUsedGrain | kSettledGrain | kClientGrain |
                                    (i % 50 == 0 ? kLeafGrain : 0));
  segments_[70]->summary = 2;
  segments_[71]->summary = Segment::kUnscanned;
  protect(0, 99);
  protect(100, 140);
  store(40);
  protection().leadsNowhere(*segments_[71]);
  std::vector<Segment *> dirty,
      expected = {segments_[40], segments_[70], segments_[99]};
  for (std::size_t i = 140; i < 150; ++i)
    expected.push_back(segments_[i]);
  protection().forEach(Protection::Which::ToScan,
                       [&](Segment &each) { dirty.push_back(&each); });
  EXPECT_EQ(dirty, expected);
}

TEST_F(ProtectionTest, StoreMakesItsSegmentDirtyAndNoOther) {
  protect(0, 200);
  store(50, 40);
  EXPECT_FALSE(isProtected(50));
  EXPECT_TRUE(isProtected(49));
  EXPECT_TRUE(isProtected(51));
  EXPECT_EQ(boundaries(), 4u);
  EXPECT_EQ(*(segments_[50]->extent.base + 40).as<Word>(), 1u);
  store(50, 80);
  EXPECT_EQ(protection().faults(), 1u);
}

TEST_F(ProtectionTest, CollectorTakesProtectionAwayFirst) {
  protect(0, 200);
  GrowingArray<Segment *> list;
  for (std::size_t i : {70, 20, 71, 150})
    ASSERT_TRUE(list.push(segments_[i]));
  protection().unprotect(list);
  for (std::size_t i : {70, 20, 71, 150})
    store(i);
  EXPECT_EQ(protection().faults(), 0u);
  EXPECT_EQ(boundaries(), 8u);
}

TEST_F(ProtectionTest, WhatIsLiftedStaysClean) {
  protect(0, 100, 3);
  {
    Protection::Lifted lifted(protection());
    for (std::size_t i = 0; i < 100; ++i)
      store(i);
  }
  EXPECT_EQ(protection().faults(), 0u);
  EXPECT_TRUE(isProtected(99));
  store(99);
  EXPECT_EQ(protection().faults(), 1u);
}

TEST_F(ProtectionTest, NothingIsProtectedBeyondTheLimitOfBoundaries) {
  Protection::setMostBoundaries(Protection::boundaries() + 20);
  protect(0, 200, 2);
  EXPECT_LE(boundaries(), 20u);
  EXPECT_TRUE(isProtected(0));
  EXPECT_FALSE(isProtected(198));
  protect(0, 200); // Gaps that are closed make fewer.
  EXPECT_LE(boundaries(), 20u);
}

/// For a scope: the system refuses to change the protection of memory that a
/// page is in, when it has changed that of what is below.
class Hole {
public:
  explicit Hole(Address page) : page_(page) {
    EXPECT_EQ(munmap(page.as(), platform::kPageSize), 0);
  }
  ~Hole() {
    EXPECT_EQ(mmap(page_.as(), platform::kPageSize, PROT_READ,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
              page_.as());
  }
  Hole(const Hole &) = delete;
  Hole &operator=(const Hole &) = delete;

private:
  Address page_;
};

/// The first part was read-only and not marked: a store faulted for ever.
TEST_F(ProtectionTest, WhatTheSystemRefusesHalfWayIsUndone) {
  protect(4, 5);
  GrowingArray<Segment *> list;
  ASSERT_TRUE(list.push(segments_[3]) && list.push(segments_[5]));
  std::size_t changes = Protection::changes();
  {
    Hole hole(segments_[4]->extent.base + platform::kPageSize);
    protection().protect(list);
  }
  EXPECT_EQ(Protection::changes(), changes + 1 + 2) << "refused, and undone";
  EXPECT_EQ(boundaries(), 2u);
  EXPECT_FALSE(isProtected(3) || isProtected(5));
  for (std::size_t i = 3; i < 6; ++i)
    store(i);
  EXPECT_EQ(protection().faults(), 1u) << "of what was protected before";
}

/// To the host of a virtual machine, a call for many pages was a call for all
/// that had changed: 50 ms.
TEST_F(ProtectionTest, RunsAreChangedByPieces) {
  constexpr std::size_t kPieces = 8;
  std::size_t count = kPieces * platform::kPiece / arena_.segmentSize();
  ASSERT_LE(count, segments_.size());
  for (bool isByPieces : {false, true}) {
    protection().setByPieces(isByPieces);
    std::size_t changes = Protection::changes();
    protect(0, count);
    EXPECT_EQ(Protection::changes(), changes + (isByPieces ? kPieces : 1));
    EXPECT_EQ(protection().size(), kPieces * platform::kPiece);
    EXPECT_EQ(boundaries(), 2u);
    for (std::size_t i = 0; i < count; ++i)
      store(i);
    EXPECT_EQ(protection().size(), 0u);
  }
}

TEST_F(ProtectionTest, ByPiecesLittleIsJoined) {
  protection().setByPieces(true);
  protect(0, 200);
  std::size_t apart = platform::kPiece / arena_.segmentSize() + 2;
  GrowingArray<Segment *> list;
  for (std::size_t i : {std::size_t(0), std::size_t(2), 2 + apart}) {
    store(i);
    ASSERT_TRUE(list.push(segments_[i]));
  }
  std::size_t changes = Protection::changes();
  protection().protect(list);
  ASSERT_LE(3 * arena_.segmentSize(), platform::kPiece);
  EXPECT_EQ(Protection::changes(), changes + 2) << "two of them are a run";
  EXPECT_EQ(protection().size(), 200 * arena_.segmentSize());
  EXPECT_EQ(boundaries(), 2u);
}

TEST_F(ProtectionTest, FaultsBeyondTheLimitMakeDirtyWhatIsNear) {
  protect(0, 200);
  Protection::setMostBoundaries(Protection::boundaries() + 10);
  for (std::size_t i = 1; i < 200; i += 2)
    store(i);
  EXPECT_LE(boundaries(), 13u);
  EXPECT_FALSE(isProtected(0));
}

TEST_F(ProtectionTest, ThreadsMayFaultAtTheSameTime) {
  for (int round = 0; round < 20; ++round) {
    protect(0, 200);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([this, t] {
        for (std::size_t i = 0; i < 200; ++i)
          *(segments_[i]->extent.base + 8 * t).as<volatile Word>() = i;
      });
    for (std::thread &each : threads)
      each.join();
    for (std::size_t i = 0; i < 200; ++i)
      EXPECT_EQ(*(segments_[i]->extent.base + 24).as<Word>(), i);
  }
  EXPECT_LE(protection().faults(), 20u * 200u);
}

TEST_F(ProtectionTest, ForkedChildHasProtectionOfItsOwn) {
  protect(0, 200);
  std::atomic<bool> isDone{false};
  std::thread other([&] {
    for (std::size_t i = 0; !isDone; i = (i + 1) % 100)
      store(i);
  });
  for (int i = 0; i < 20; ++i) {
    protect(0, 100);
    pid_t child = fork();
    if (child == 0) {
      store(150);
      store(160);
      _exit(isProtected(150) || !isProtected(151));
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  isDone = true;
  other.join();
  EXPECT_TRUE(isProtected(150));
}

/// Protection splits them; where page tables are in software, each access to
/// what had been one took microseconds.
TEST_F(ProtectionTest, MemoryThatIsNewHasNoHugePages) {
  ArenaOptions options;
  options.size = 128 * kMiB;
  Arena arena(options);
  ASSERT_EQ(arena.initialise(), Result::Ok);
  Extent chunk = arena.firstChunk()->extent;
  EXPECT_EQ(hugeIn(chunk), hasHugePages() ? chunk.size() : 0);
  arena.startProtection();
  EXPECT_EQ(hugeIn(chunk), 0u);
  arena.setPopulatesAhead(true);
  arena.setFaultsSmall(true); // So that it is far ahead.
  Segment *segment = nullptr;
  ASSERT_EQ(
      arena.allocate(&segment, arena.segmentSize(), pool(), 1, kUsedGrain),
      Result::Ok);
  auto isPopulated = [&] { // The last that is asked for.
    unsigned char isResident = 0;
    Address last = arena.firstChunk()->populated - platform::kPageSize;
    return mincore(last.as(), platform::kPageSize, &isResident) == 0 &&
           isResident & 1;
  };
  for (int i = 0; i < 2000 && !isPopulated(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(isPopulated());
  EXPECT_EQ(hugeIn(chunk), 0u);
  arena.free(segment);
}

TEST_F(ProtectionTest, OneOfManyArenasMayGo) {
  protect(0, 200);
  std::thread other([this] {
    for (int i = 0; i < 100; ++i) {
      Arena another(options());
      ASSERT_EQ(another.initialise(), Result::Ok);
      another.startProtection();
    }
  });
  for (std::size_t i = 0; i < 200; ++i)
    store(i);
  other.join();
}

} // namespace
