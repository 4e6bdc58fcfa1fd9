// Options of the sanitizers for the unit tests.

/// Local variables stay on the real stack, where thread roots look for
/// references.
extern "C" const char *__asan_default_options() {
  return "detect_stack_use_after_return=0";
}

/// A child process of a test makes threads of its own.
extern "C" const char *__tsan_default_options() { return "die_after_fork=0"; }
