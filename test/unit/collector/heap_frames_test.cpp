// Roots that wait to be shown to the marker: how many are shown together.
#include "heap_test.h"

namespace mps {
namespace {

class WaitingRootsTest : public HeapTest {
protected:
  static constexpr unsigned kSources = 20, kSlots = 1000, kTogether = 4096;

  /// Of slots that hold nothing.
  struct Waiting final : RootSource {
    unsigned left = 0, shown = 0;
    void wait() override { left = kSlots; }
    void stopWaiting() override { left = 0; }
    bool showWaiting(unsigned &slots, RootVisitor &) override {
      unsigned now = std::min(slots, left);
      left -= now;
      slots -= now;
      shown += now;
      return left == 0;
    }
  };

  void SetUp() override {
    HeapTest::SetUp();
    heap_.settings().collectorThreads = 0;
    heap_.applySettings();
    addAll();
    root() = makeNode(1);
    collect(Heap::Scope::Begin);
  }
  void TearDown() override {
    removeAll();
    HeapTest::TearDown();
  }
  void addAll() {
    platform::Locked locked(heap_.lock());
    for (Waiting &each : sources_)
      heap_.add(each);
  }
  void removeAll() {
    platform::Locked locked(heap_.lock());
    for (; removed_ < kSources; ++removed_)
      heap_.remove(sources_[removed_]);
  }
  /// What a thread does that asks for memory.
  void step() {
    platform::Locked locked(heap_.lock());
    heap_.collectDue();
  }
  unsigned shown() const {
    unsigned sum = 0;
    for (const Waiting &each : sources_)
      sum += each.shown;
    return sum;
  }
  bool isMarking() {
    return heap_.old().phase() == OldCollection::Phase::Marking;
  }

  Waiting sources_[kSources];
  unsigned removed_ = 0;
};

TEST_F(WaitingRootsTest, OfManySourcesNoMoreAreShownTogetherThanOfOne) {
  unsigned steps = 0;
  for (unsigned before = 0; shown() < kSources * kSlots; before = shown()) {
    step();
    ASSERT_GT(shown(), before);
    ASSERT_LE(shown() - before, kTogether);
    ++steps;
  }
  EXPECT_GE(steps, kSources * kSlots / kTogether);
}

TEST_F(WaitingRootsTest, ThePauseThatWouldEndMarkingShowsNoMoreEither) {
  collect(Heap::Scope::End);
  EXPECT_GT(shown(), 0u);
  EXPECT_LE(shown(), kTogether);
  EXPECT_TRUE(isMarking()) << "others still wait";
  for (unsigned i = 0; i < kSources && isMarking(); ++i)
    collect(Heap::Scope::End);
  EXPECT_FALSE(isMarking());
  EXPECT_EQ(shown(), kSources * kSlots);
}

TEST_F(WaitingRootsTest, SourcesThatLeaveAreShownWhole) {
  step();
  removeAll();
  EXPECT_EQ(shown(), kSources * kSlots);
  collect(Heap::Scope::End);
  EXPECT_FALSE(isMarking());
}

TEST_F(WaitingRootsTest, NothingWaitsWhenMarkingIsGivenUp) {
  step();
  unsigned before = shown();
  collect();
  removeAll();
  EXPECT_EQ(shown(), before);
}

} // namespace
} // namespace mps
