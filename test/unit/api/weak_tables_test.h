// The fixture of tests with weak tables and ephemerons: to the heap of
// lisp_heap_test.h, an AWL and an ephemeron pool, and exact roots. The stack is
// no root.
#ifndef MPS_TEST_UNIT_API_WEAK_TABLES_TEST_H
#define MPS_TEST_UNIT_API_WEAK_TABLES_TEST_H

#include "lisp_heap_test.h"

#include "api/arena_handle.h"

/// `length` words: references, or of a table of pairs keys and then values.
struct Table {
  mps_word_t length;
  mps_word_t splat; ///< How many references its scan has found null.
  Table *dependent;
  mps_word_t kind;
  mps_addr_t words[1];

  static size_t sizeFor(mps_word_t length) {
    return sizeof(Table) + (length - 1) * sizeof(mps_addr_t);
  }
};
enum { PLAIN, PAIRS };

inline mps_addr_t skipTable(mps_addr_t p) {
  return static_cast<char *>(p) +
         Table::sizeFor(static_cast<Table *>(p)->length);
}

inline mps_addr_t dependentOf(mps_addr_t p) {
  return static_cast<Table *>(p)->dependent;
}

inline mps_res_t scanPairs(mps_ss_t ss, Table *table) {
  MPS_SCAN_BEGIN(ss) {
    mps_word_t half = table->length / 2;
    for (mps_word_t i = 0; i < half; ++i) {
      bool wasThere = table->words[i] != nullptr;
      mps_res_t res = MPS_RES_OK;
      MPS_FIX_CALL(ss, res = mps_fix_ephemeron(ss, &table->words[i],
                                               &table->words[half + i]));
      if (res != MPS_RES_OK)
        return res;
      table->splat += wasThere && table->words[i] == nullptr;
    }
  }
  MPS_SCAN_END(ss);
  return MPS_RES_OK;
}

inline mps_res_t scanTables(mps_ss_t ss, mps_addr_t base, mps_addr_t limit) {
  for (mps_addr_t p = base; p < limit; p = skipTable(p)) {
    auto *table = static_cast<Table *>(p);
    if (table->kind == PAIRS) {
      mps_res_t res = scanPairs(ss, table);
      if (res != MPS_RES_OK)
        return res;
      continue;
    }
    MPS_SCAN_BEGIN(ss) {
      mps_addr_t dependent = table->dependent;
      mps_res_t res = MPS_FIX12(ss, &dependent);
      if (res != MPS_RES_OK)
        return res;
      table->dependent = static_cast<Table *>(dependent);
      for (mps_word_t i = 0; i < table->length; ++i) {
        if (!MPS_FIX1(ss, table->words[i]))
          continue;
        res = MPS_FIX2(ss, &table->words[i]);
        if (res != MPS_RES_OK)
          return res;
        if (table->words[i] == nullptr) {
          ++table->splat;
          if (table->dependent != nullptr)
            table->dependent->words[i] = nullptr; // The value with the key.
        }
      }
    }
    MPS_SCAN_END(ss);
  }
  return MPS_RES_OK;
}

class WeakTablesTest : public LispHeapTest {
protected:
  void SetUp() override {
    LispHeapTest::SetUp();
    arena()->settings().verify = true;
    MPS_ARGS_BEGIN(args) {
      MPS_ARGS_ADD(args, MPS_KEY_FMT_SCAN, scanTables);
      MPS_ARGS_ADD(args, MPS_KEY_FMT_SKIP, skipTable);
      ASSERT_EQ(mps_fmt_create_k(&format_, arena(), args), MPS_RES_OK);
    }
    MPS_ARGS_END(args);
    makePool(&awl_, mps_class_awl());
    makePool(&pairs_, mps_class_ephemeron());
    exact_ = makePoint(awl_, mps_rank_exact());
    weak_ = makePoint(awl_, mps_rank_weak());
    ASSERT_EQ(mps_ap_create_k(&pair_, pairs_, mps_args_none), MPS_RES_OK);
    ASSERT_EQ(mps_root_create_table(&tablesRoot_, arena(), mps_rank_exact(), 0,
                                    tables_, kTables),
              MPS_RES_OK);
    mps_root_destroy(stack_);
  }
  void TearDown() override {
    mps_arena_park(arena());
    mps_root_destroy(tablesRoot_);
    for (mps_ap_t each : {exact_, weak_, pair_})
      mps_ap_destroy(each);
    mps_pool_destroy(awl_);
    mps_pool_destroy(pairs_);
    mps_fmt_destroy(format_);
    ASSERT_EQ(mps_root_create_thread(&stack_, arena(), thread_, &stack_),
              MPS_RES_OK);
    LispHeapTest::TearDown();
  }
  void makePool(mps_pool_t *pool, mps_pool_class_t cls) {
    MPS_ARGS_BEGIN(args) {
      MPS_ARGS_ADD(args, MPS_KEY_FORMAT, format_);
      MPS_ARGS_ADD(args, MPS_KEY_CHAIN, heap_.chain);
      MPS_ARGS_ADD(args, MPS_KEY_GEN, generation_);
      MPS_ARGS_ADD(args, MPS_KEY_AWL_FIND_DEPENDENT, dependentOf);
      ASSERT_EQ(mps_pool_create_k(pool, arena(), cls, args), MPS_RES_OK);
      EXPECT_EQ(args[0].key, MPS_KEY_ARGS_END);
    }
    MPS_ARGS_END(args);
  }
  static mps_ap_t makePoint(mps_pool_t pool, mps_rank_t rank) {
    mps_ap_t ap = nullptr;
    MPS_ARGS_BEGIN(args) {
      MPS_ARGS_ADD(args, MPS_KEY_RANK, rank);
      EXPECT_EQ(mps_ap_create_k(&ap, pool, args), MPS_RES_OK);
    }
    MPS_ARGS_END(args);
    return ap;
  }
  static Table *makeTable(mps_ap_t ap, mps_word_t length, mps_word_t kind) {
    mps_addr_t p = nullptr;
    size_t size = Table::sizeFor(length);
    do {
      if (mps_reserve(&p, ap, size) != MPS_RES_OK)
        return nullptr;
      *static_cast<Table *>(p) = {length, 0, nullptr, kind, {nullptr}};
      for (mps_word_t i = 0; i < length; ++i)
        static_cast<Table *>(p)->words[i] = nullptr;
    } while (!mps_commit(ap, p, size));
    return static_cast<Table *>(p);
  }
  /// Nothing is kept that is not in roots: so these refer to nothing.
  void makeGarbage(mps_word_t count) {
    for (mps_word_t i = 0; i < count; ++i)
      make_integer(ap_, i);
  }
  Table *table(size_t index) { return static_cast<Table *>(tables_[index]); }

  static constexpr size_t kTables = 400;
  unsigned generation_ = 1;
  mps_fmt_t format_;
  mps_pool_t awl_, pairs_;
  mps_ap_t exact_, weak_, pair_;
  mps_root_t tablesRoot_;
  mps_addr_t tables_[kTables] = {};
};

#endif
