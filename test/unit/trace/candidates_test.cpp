// Evacuating sparse segments in groups.
#include "tracer_test.h"

#include "trace/candidates.h"
#include "trace/marker.h"
#include "trace/sweep.h"

#include <algorithm>
#include <set>

namespace mps {
namespace {

class CandidatesTest : public TracerTest {
protected:
  void SetUp() override {
    TracerTest::SetUp();
    tracer_.setCandidates(candidates_);
  }

  /// A list of which every `kept`-th node survives a sweep. The sparse segments
  /// are candidates then.
  void makeSparse(Word length, Word kept) {
    for (Word i = 0; i < length; ++i)
      if (Node *node = makeNode(i); i % kept == 0) {
        node->left = root();
        root() = node;
      }
    begin();
    end();
    sweepAll();
  }
  void begin() {
    settleNursery();
    marker_.begin(&pool_);
    for (Rank rank : {Rank::Ambiguous, Rank::Exact})
      roots_.visit(rank, marker_.visitor(rank));
  }
  void end() {
    while (!marker_.isDone())
      marker_.step(100, nobody_);
  }
  void sweepAll() {
    while (Segment *segment = pool_.segments[Pool::kSnapshot].pop()) {
      segment->live = 0;
      std::size_t live = sweep(*segment).bytes;
      arena_.setTag(segment, segment->tag);
      if (live == 0)
        pool_.free(segment);
      else if (Candidates::isSparse(*segment))
        candidates_.add(*segment);
      else
        pool_.adopt(segment);
    }
  }
  /// Returns how many bytes have moved.
  std::size_t evacuateLast(const Segment *kept = nullptr) {
    settleNursery();
    for (Slot slot : candidates_.noted())
      marker_.record(slot);
    candidates_.noted().clear();
    tracer_.begin(&pool_, false, evacuation_);
    tracer_.condemn(candidates_.takeLast(
        &pool_,
        [&](const Segment &segment) {
          return &segment == kept || segment.isHeld;
        },
        [&](Slot slot) { writeLog_.add(slot); }));
    tracer_.flip();
    tracer_.visitRoots(&roots_);
    tracer_.scan();
    tracer_.finishRanks(&roots_);
    tracer_.reclaim();
    return tracer_.counts().movedBytes;
  }
  std::set<const Node *> nodes() {
    std::set<const Node *> all;
    for (Node *each = root(); each != nullptr; each = each->left)
      all.insert(each);
    return all;
  }
  bool isCandidate(const void *object) const {
    return arena_.segmentOf(Address::of(object))->tag & kCandidateGrain;
  }
  void expectList(Word length, Word kept) {
    Word value = length + (kept - length % kept) % kept;
    for (Node *each = root(); each != nullptr; each = each->left)
      ASSERT_EQ(each->value, value -= kept);
    EXPECT_EQ(value, 0u);
  }

  static constexpr Word kLength = 40000, kKept = 4;
  Candidates candidates_{arena_};
  Marker marker_{arena_, candidates_};
  std::atomic<unsigned> nobody_{0};
};

TEST_F(CandidatesTest, DenseSegmentsAreNone) {
  root() = makeList(kLength);
  begin();
  end();
  sweepAll();
  EXPECT_LE(candidates_.groups(), 1u); // The last, which is not full.
}

TEST_F(CandidatesTest, AllThatIsSparseMovesGroupByGroup) {
  candidates_.setGroupSize(64 << 10);
  makeSparse(kLength, kKept);
  std::size_t groups = candidates_.groups();
  ASSERT_GE(groups, 4u);
  std::size_t used = arena_.used();
  std::set<const Node *> before = nodes();
  begin();
  EXPECT_TRUE(candidates_.isRecording());
  end();
  std::size_t moved = 0;
  for (std::size_t left = groups; left != 0; --left) {
    ASSERT_EQ(candidates_.groups(), left);
    std::size_t size = evacuateLast();
    EXPECT_LE(size, std::size_t(64 << 10));
    moved += size;
    expectList(kLength, kKept);
  }
  EXPECT_EQ(moved, kLength / kKept * sizeof(Node));
  for (const Node *each : nodes())
    EXPECT_FALSE(isCandidate(each));
  EXPECT_LT(arena_.used(), used / 2);
}

/// Once, all slots that lead to a popular object were looked at in one pause.
TEST_F(CandidatesTest, SegmentsToWhichVeryManySlotsLeadStay) {
  makeSparse(kLength, kKept);
  Node *popular = root()->left;
  ASSERT_TRUE(isCandidate(popular));
  for (Node *each = root(); each != nullptr; each = each->left)
    each->right = popular;
  begin();
  end();
  const Segment *segment = arena_.segmentOf(Address::of(popular));
  std::size_t most = segment->live / (2 * kWordSize), slots = 0;
  ASSERT_LT(most, kLength / kKept);
  candidates_.forEachRecord([&](Slot slot) {
    slots += arena_.segmentOf(slot.load().address()) == segment;
  });
  EXPECT_LE(slots, std::max(most, std::size_t(256)));
  EXPECT_TRUE(segment->isHeld);
  while (candidates_.groups() != 0) {
    evacuateLast();
    EXPECT_EQ(root()->left, popular);
  }
  expectList(kLength, kKept);
  for (Node *each = root(); each != nullptr; each = each->left)
    ASSERT_EQ(each->right, popular);
}

TEST_F(CandidatesTest, GroupsHaveFewSegmentsInWhichNextToNothingLives) {
  candidates_.setGroupSize(64 << 10);
  makeSparse(8 * kLength, 1000);
  std::vector<unsigned> segments(candidates_.groups());
  ASSERT_GE(segments.size(), 2u);
  SegmentList &sparse = pool_.segments[Pool::kSparse];
  for (const Segment *each = sparse.first(); each; each = each->next)
    ++segments[each->group];
  EXPECT_LE(*std::max_element(segments.begin(), segments.end()), 16u);
}

/// Once, records took what groups were to be evacuated to.
TEST_F(CandidatesTest, GroupsAreGivenUpWhereRecordsWouldTakeTooMuch) {
  constexpr Word kMany = 8 * kLength;
  candidates_.setGroupSize(64 << 10);
  candidates_.setMostRecords(256 << 10);
  makeSparse(kMany, kKept);
  std::size_t groups = candidates_.groups();
  begin();
  end();
  EXPECT_FALSE(candidates_.hasFailed());
  EXPECT_LT(candidates_.groups(), groups);
  ASSERT_GE(candidates_.groups(), 1u);
  std::size_t moved = 0;
  while (candidates_.groups() != 0) {
    moved += evacuateLast();
    expectList(kMany, kKept);
  }
  EXPECT_GT(moved, std::size_t(64 << 10));
  candidates_.dissolve(&pool_, Candidates::To::Snapshot);
  sweepAll();
  expectList(kMany, kKept);
}

TEST_F(CandidatesTest, NothingIsRecordedUntilTheNextMarking) {
  makeSparse(kLength, kKept);
  unsigned records = 0;
  candidates_.forEachRecord([&](Slot) { ++records; });
  EXPECT_EQ(records, 0u);
  EXPECT_FALSE(candidates_.isRecording());
  begin();
  end();
  candidates_.forEachRecord([&](Slot) { ++records; });
  EXPECT_EQ(records, kLength / kKept - 1); // All but the root's.
}

TEST_F(CandidatesTest, WhatIsStoredWhileMarkingIsFollowed) {
  makeSparse(kLength, kKept);
  root(1) = makeNode(1);
  begin();
  store(root(1)->right, root()->left);
  root(2) = makeNode(2); // Allocated black: the marker does not look at it.
  root(2)->right = root()->left;
  end();
  settleNursery();
  evacuateLast();
  EXPECT_EQ(root(1)->right, root()->left);
  EXPECT_EQ(root(2)->right, root()->left);
}

TEST_F(CandidatesTest, WhatSettlesBeforeTheLastGroupIsFollowed) {
  candidates_.setGroupSize(64 << 10);
  makeSparse(kLength, kKept);
  begin();
  end();
  for (unsigned i = 1; candidates_.groups() != 0; ++i) {
    root(i) = makeNode(i);
    root(i)->right = root();
    root(i)->left = root()->left;
    evacuateLast();
    for (unsigned j = 1; j <= i; ++j) {
      ASSERT_EQ(root(j)->right, root());
      ASSERT_EQ(root(j)->left, root()->left);
    }
  }
}

TEST_F(CandidatesTest, RecordsInWhatHasMovedAreSkipped) {
  candidates_.setGroupSize(64 << 10);
  makeSparse(kLength, kKept);
  std::vector<Node *> all;
  for (Node *each = root(); each != nullptr; each = each->left)
    all.push_back(each);
  for (Node *each : all)
    store(each->right, all[(each->value * 7919) % all.size()]);
  begin();
  while (!marker_.isDone())
    marker_.step(100, nobody_);
  std::set<Word> before;
  std::vector<Node *> work;
  auto reach = [&](std::set<Word> &seen) {
    work.assign(1, root());
    while (!work.empty()) {
      Node *node = work.back();
      work.pop_back();
      if (node == nullptr || !seen.insert(node->value).second)
        continue;
      work.push_back(node->left);
      work.push_back(node->right);
    }
  };
  reach(before);
  while (candidates_.groups() != 0)
    evacuateLast();
  std::set<Word> after;
  reach(after);
  EXPECT_EQ(before, after);
}

TEST_F(CandidatesTest, KeptSegmentStaysAndLeadsOn) {
  candidates_.setGroupSize(64 << 10);
  makeSparse(kLength, kKept);
  begin();
  end();
  root(1) = root();
  for (Word i = 0; i < kLength / kKept / 2; ++i)
    root(1) = root(1)->left;
  const Node *middle = root(1);
  const Segment *kept = arena_.segmentOf(Address::of(middle));
  while (candidates_.groups() != 0)
    evacuateLast(kept);
  EXPECT_EQ(root(1), middle);
  expectList(kLength, kKept);
}

TEST_F(CandidatesTest, DissolvedOnesAreSettledSegments) {
  makeSparse(kLength, kKept);
  begin();
  end();
  candidates_.dissolve(&pool_, Candidates::To::Snapshot);
  EXPECT_EQ(candidates_.groups(), 0u);
  EXPECT_FALSE(candidates_.isRecording());
  for (const Node *each : nodes())
    EXPECT_FALSE(isCandidate(each));
  sweepAll();
  expectList(kLength, kKept);
}

} // namespace
} // namespace mps
