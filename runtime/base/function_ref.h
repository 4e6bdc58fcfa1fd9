// A reference to something callable, for visitors: two words, no allocation.
// Valid while what it refers to lives, so only as a parameter.
#ifndef MPS_BASE_FUNCTION_REF_H
#define MPS_BASE_FUNCTION_REF_H

#include <type_traits>

namespace mps {

template <typename Signature> class FunctionRef;

template <typename Result, typename... Arguments>
class FunctionRef<Result(Arguments...)> {
public:
  template <typename Callable, typename = std::enable_if_t<!std::is_same_v<
                                   std::remove_cvref_t<Callable>, FunctionRef>>>
  FunctionRef(Callable &&callable) // NOLINT: implicit on purpose
      : callable_(const_cast<void *>(static_cast<const void *>(&callable))),
        call_([](void *target, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<Callable> *>(target))(
              static_cast<Arguments>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const {
    return call_(callable_, static_cast<Arguments>(arguments)...);
  }

private:
  void *callable_;
  Result (*call_)(void *, Arguments...);
};

} // namespace mps

#endif
