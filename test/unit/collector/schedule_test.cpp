// Schedules, and heaps whose collections follow them. MPS_TEST_SEED repeats a
// run; with several threads only roughly.
#include "heap_test.h"

#include "collector/schedule.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <thread>

namespace mps {
namespace {

using Turn = Schedule::Turn;

std::vector<Turn> turnsOf(std::uint64_t seed, unsigned count) {
  Schedule schedule;
  schedule.start(seed);
  std::vector<Turn> turns;
  for (unsigned i = 0; i < count; ++i)
    turns.push_back(schedule.next());
  return turns;
}

TEST(ScheduleTest, SameSeedGivesTheSameTurns) {
  EXPECT_EQ(turnsOf(5, 1000), turnsOf(5, 1000));
  EXPECT_NE(turnsOf(5, 1000), turnsOf(6, 1000));
}

TEST(ScheduleTest, SeedsLeaveDifferentTurnsOut) {
  std::set<std::set<Turn>> kinds;
  std::set<Turn> all;
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    auto turns = turnsOf(seed, 20000);
    kinds.emplace(turns.begin(), turns.end());
    all.insert(turns.begin(), turns.end());
  }
  EXPECT_GT(kinds.size(), 20u);
  EXPECT_EQ(all.size(), std::size_t(Schedule::kTurns));
}

TEST(ScheduleTest, TurnsBecomeRareInLongRuns) {
  auto turns = turnsOf(3, 1000000);
  auto count = turns.size() - std::size_t(std::count(turns.begin(), turns.end(),
                                                     Turn::Nothing));
  EXPECT_LT(count, 40000u);
}

/// Beside each reference, the number of the item that it refers to.
struct Item {
  const abi::TypeDescriptor *type;
  Item *to[2];
  Word number, numbers[2];
};
alignas(16) constexpr abi::TypeDescriptor kItemType = {
    0, sizeof(Item), 0, 0, 0b0110, 0, nullptr, "Item"};

Word numberOf(const Item *item) { return item != nullptr ? item->number : 0; }

/// Threads that change graphs of their own, and hand them to each other.
class RandomScheduleTest : public HeapTest,
                           public testing::WithParamInterface<unsigned> {
protected:
  static constexpr std::size_t kGraphs = 32;
  static constexpr unsigned kSeeds = 24, kRounds = 20000;

  /// A thread of the program's, at a safepoint where it says so.
  class Worker {
  public:
    Worker(RandomScheduleTest &test, std::uint64_t seed)
        : test_(test), random_(seed), mutator_(*Thread::use()),
          cold_(mutator_.thread().coldEnd()) {
      roots_.slots.resize(2);
      platform::Locked locked(heap().lock());
      mutator_.thread().setColdEnd({});
      test.scanned_.add(mutator_.scanned);
      test.leaf_.add(mutator_.leaf);
      heap().add(roots_);
      heap().world().add(mutator_);
      mutator_.change(abi::ThreadState::Unattached, abi::ThreadState::Managed);
    }
    ~Worker() {
      mutator_.isInRuntime = true;
      mutator_.change(abi::ThreadState::Managed, abi::ThreadState::Foreign);
      platform::Locked locked(heap().lock());
      heap().remove(mutator_);
      heap().remove(roots_);
      mutator_.thread().setColdEnd(cold_);
    }

    void run() {
      for (unsigned i = 0; i < kRounds && !HasFatalFailure(); ++i) {
        if (random_.oneIn(8))
          exchange();
        change();
        check(graph());
        if (__atomic_load_n(&mps_thread.pollLimit, __ATOMIC_RELAXED) ==
            abi::kPollNow)
          atSafepoint([&] { heap().poll(mutator_); });
      }
    }

  private:
    Heap &heap() { return test_.heap_; }
    Item *&graph() { return reinterpret_cast<Item *&>(roots_.slots[0]); }
    /// Kept while something is made.
    Item *&kept() { return reinterpret_cast<Item *&>(roots_.slots[1]); }

    /// What compiled code does around a call of the runtime. Its roots are
    /// exact: nobody looks at its stack while it waits.
    template <typename Work> void atSafepoint(Work work) {
      mutator_.isInRuntime = true;
      mutator_.change(abi::ThreadState::Managed, abi::ThreadState::Foreign);
      heap().lock().lock();
      mutator_.thread().setColdEnd(cold_);
      work();
      mutator_.thread().setColdEnd({});
      mutator_.isInRuntime = false;
      mutator_.change(abi::ThreadState::Foreign, abi::ThreadState::Managed);
      heap().lock().unlock();
    }

    Item *make() {
      abi::AllocationPoint &point = *mutator_.scanned.point;
      if (point.limit < point.alloc + sizeof(Item)) {
        Result result = Result::Ok;
        atSafepoint(
            [&] { result = heap().refill(mutator_.scanned, sizeof(Item)); });
        if (result != Result::Ok)
          return nullptr;
        Pool::clearGiven(mutator_.scanned);
      }
      auto *item = Address::fromBits(point.alloc).as<Item>();
      point.alloc += sizeof(Item);
      item->type = &kItemType;
      item->number = 1 + random_.below(1u << 30);
      return item;
    }

    void store(Item *in, unsigned place, Item *to) {
      Word slot = reinterpret_cast<Word>(&in->to[place]);
      std::uint64_t &bits = mps_thread.logTable[slot >> 9];
      std::uint64_t bit = std::uint64_t(1) << ((slot >> 3) & 63);
      if (mps_thread.armedPages[slot >> 12] &&
          __atomic_load_n(&bits, __ATOMIC_RELAXED) & bit) {
        __atomic_fetch_and(&bits, ~bit, __ATOMIC_RELAXED);
        *mps_thread.logCursor++ = {slot, reinterpret_cast<Word>(in->to[place])};
        if (mps_thread.logCursor == mps_thread.logLimit)
          mutator_.logFull();
      }
      __atomic_store_n(&in->to[place], to, __ATOMIC_RELAXED);
      in->numbers[place] = numberOf(to);
    }

    /// All that a graph leads to belongs to the thread that has it.
    void exchange() {
      void *&place = test_.graphs_.slots[random_.below(kGraphs)];
      roots_.slots[0] =
          __atomic_exchange_n(&place, roots_.slots[0], __ATOMIC_ACQ_REL);
    }

    /// Of the graph; null only if that is.
    Item *anyItem() {
      Item *item = graph();
      for (std::size_t i = random_.below(20); i > 0 && item != nullptr; --i)
        if (Item *next = item->to[random_.below(2)])
          item = next;
      return item;
    }

    void change() {
      unsigned place = unsigned(random_.below(2));
      if (random_.oneIn(3)) {
        if (Item *item = anyItem())
          store(item, place, random_.oneIn(8) ? nullptr : anyItem());
        return;
      }
      kept() = anyItem();
      Item *item = make();
      ASSERT_NE(item, nullptr);
      store(item, 0, kept());
      store(item, 1, random_.oneIn(16) ? nullptr : graph());
      kept() = anyItem();
      if (kept() == nullptr || random_.oneIn(4))
        graph() = item;
      else
        store(kept(), place, item);
      kept() = nullptr;
    }

    void check(const Item *item) {
      for (unsigned i = 0; i < 10 && item != nullptr; ++i) {
        ASSERT_EQ(item->type, &kItemType);
        for (unsigned j = 0; j < 2; ++j)
          ASSERT_EQ(numberOf(item->to[j]), item->numbers[j]);
        item = item->to[random_.below(2)];
      }
    }

    RandomScheduleTest &test_;
    Random random_;
    Mutator mutator_;
    Address cold_;
    Roots roots_;
  };

  RandomScheduleTest() {
    graphs_.slots.resize(kGraphs);
    const char *given = std::getenv("MPS_TEST_SEED");
    first_ = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  }

  void runUnder(std::uint64_t seed) {
    SCOPED_TRACE("MPS_TEST_SEED=" + std::to_string(seed));
    Random random(seed);
    {
      platform::Locked locked(heap_.lock());
      heap_.settings().schedule = seed;
      heap_.settings().collectorThreads = unsigned(random.below(2));
      heap_.settings().verify = random.oneIn(4);
      heap_.settings().nursery = kMiB >> random.below(5);
      heap_.applySettings();
    }
    // This thread waits meanwhile: nobody looks at its stack.
    Address cold = mutator_->thread().coldEnd();
    mutator_->thread().setColdEnd({});
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < GetParam(); ++i)
      threads.emplace_back([this, threadSeed = random.next()] {
        Worker(*this, threadSeed).run();
      });
    for (std::thread &each : threads)
      each.join();
    mutator_->thread().setColdEnd(cold);
    std::fill(graphs_.slots.begin(), graphs_.slots.end(), nullptr);
    collect(Heap::Scope::Compact);
    EXPECT_LT(heap_.arena().used(), kMiB);
  }

  Roots graphs_;
  std::uint64_t first_;
};

TEST_P(RandomScheduleTest, GraphsThatThreadsHandOnAreKept) {
  {
    platform::Locked locked(heap_.lock());
    ASSERT_EQ(heap_.setCommitLimit(24 * kMiB), Result::Ok);
    heap_.add(graphs_);
    mutator_->isInRuntime = true;
    mutator_->change(abi::ThreadState::Unattached, abi::ThreadState::Foreign);
  }
  for (unsigned i = 0; i < kSeeds && !HasFatalFailure(); ++i)
    runUnder(first_ + i);
}

INSTANTIATE_TEST_SUITE_P(Threads, RandomScheduleTest, testing::Values(1u, 4u),
                         testing::PrintToStringParamName());

} // namespace
} // namespace mps
