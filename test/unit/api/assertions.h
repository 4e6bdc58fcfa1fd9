// Client errors in tests: while an Assertions lives, failed assertions are
// counted and the last one's text is kept, and the program goes on.
#ifndef MPS_TEST_UNIT_API_ASSERTIONS_H
#define MPS_TEST_UNIT_API_ASSERTIONS_H

#include "mpslib.h"

#include <atomic>
#include <string>

class Assertions {
public:
  Assertions() : previous_(mps_lib_assert_fail_install(handle)) {
    count_ = 0;
    text_ = "";
  }
  ~Assertions() { mps_lib_assert_fail_install(previous_); }
  Assertions(const Assertions &) = delete;

  int count() const { return count_; }
  std::string text() const { return text_.load(); }

private:
  static void handle(const char *, unsigned, const char *condition) {
    ++count_;
    text_ = condition;
  }

  static inline std::atomic<int> count_;
  static inline std::atomic<const char *> text_;
  mps_lib_assert_fail_t previous_;
};

#endif
