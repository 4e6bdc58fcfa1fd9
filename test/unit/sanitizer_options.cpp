// The address sanitizer's options for the unit tests: local variables stay on
// the real stack, where thread roots look for references.

extern "C" const char *__asan_default_options() {
  return "detect_stack_use_after_return=0";
}
