// Reading a list of keyword arguments.
//
// Taking an argument removes it: the gap closes, so that on return the list
// holds what nobody used. If a key occurs twice, the first one is taken.
//
//   Arguments arguments(args);
//   size_t size = arguments.take(MPS_KEY_ARENA_SIZE, &ArgumentValue::size,
//                                kDefaultSize);
//   mps_fmt_t format = arguments.require(MPS_KEY_FORMAT,
//                                        &ArgumentValue::format);
//
// The keys themselves are defined in mps_arguments.cpp.
#ifndef MPS_API_ARGUMENTS_H
#define MPS_API_ARGUMENTS_H

#include "api/interface.h"

/// What a key's address leads to. Keys are compared by address only.
struct mps_key_s {
  const char *name; ///< As the client writes it.
};

namespace mps {

using ArgumentValue = decltype(mps_arg_s::val);

class Arguments {
public:
  /// Asserts that there is a list at all.
  explicit Arguments(mps_arg_s *list);

  /// Removes the first argument with this key and returns its value;
  /// `otherwise` if there is none.
  template <typename T>
  T take(mps_key_t key, T ArgumentValue::*member, T otherwise) {
    mps_arg_s *found = find(key);
    if (found == nullptr)
      return otherwise;
    T value = found->val.*member;
    remove(found);
    return value;
  }

  /// The same; asserts that there is one, and returns T() if not.
  template <typename T> T require(mps_key_t key, T ArgumentValue::*member) {
    assertClient(find(key) != nullptr, key->name);
    return take(key, member, T());
  }

private:
  /// Null if there is none.
  mps_arg_s *find(mps_key_t key) const;
  static void remove(mps_arg_s *argument);

  mps_arg_s *list_;
};

/// Builds a list from positional arguments, for the deprecated creators.
class ArgumentList {
public:
  template <typename T>
  void add(mps_key_t key, T ArgumentValue::*member, T value) {
    list_[count_].key = key;
    list_[count_].val.*member = value;
    list_[++count_].key = MPS_KEY_ARGS_END;
  }
  mps_arg_s *list() { return list_; }

private:
  static constexpr unsigned kMostPositional = 6;
  mps_arg_s list_[kMostPositional + 1] = {{MPS_KEY_ARGS_END, {0}}};
  unsigned count_ = 0;
};

} // namespace mps

#endif
