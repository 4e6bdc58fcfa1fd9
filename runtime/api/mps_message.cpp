// Messages and finalization of the C interface (collector/messages.h).
#include "api/arena_handle.h"

using namespace mps;

struct mps_message_s : Message {};

namespace {

using Place = std::source_location;

bool isType(mps_message_type_t type, Place place = Place::current()) {
  return assertClient(type < kMessageTypes, "not a message type", place);
}

/// A message that the client has, of type T; null if it is not.
template <typename T>
T *given(mps_arena_t arena, mps_message_t message, MessageType type,
         Place place = Place::current()) {
  bool isOne =
      isGiven(arena, place) && isGiven(message, place) &&
      assertClient(message->state == Message::State::Taken,
                   "not a message that was got and not discarded", place) &&
      assertClient(message->type == type, "not a message of this type", place);
  return isOne ? static_cast<T *>(static_cast<Message *>(message)) : nullptr;
}

Message *given(mps_arena_t arena, mps_message_t message,
               Place place = Place::current()) {
  bool isOne =
      isGiven(arena, place) && isGiven(message, place) &&
      assertClient(message->state == Message::State::Taken,
                   "not a message that was got and not discarded", place);
  return isOne ? message : nullptr;
}

size_t endSize(mps_arena_t arena, mps_message_t message,
               std::size_t CollectionSizes::*size,
               Place place = Place::current()) {
  auto *end = given<CollectionMessage>(arena, message, MessageType::End, place);
  return end != nullptr ? end->sizes.*size : 0;
}

} // namespace

// ---- The queue ----

void mps_message_type_enable(mps_arena_t arena, mps_message_type_t type) {
  if (!isGiven(arena) || !isType(type))
    return;
  platform::Locked locked(arena->lock());
  arena->messages().enable(MessageType(type));
}

void mps_message_type_disable(mps_arena_t arena, mps_message_type_t type) {
  if (!isGiven(arena) || !isType(type))
    return;
  platform::Locked locked(arena->lock());
  arena->messages().disable(MessageType(type));
}

mps_bool_t mps_message_poll(mps_arena_t arena) {
  if (!isGiven(arena))
    return 0;
  platform::Locked locked(arena->lock());
  return arena->messages().first() != nullptr;
}

mps_bool_t mps_message_queue_type(mps_message_type_t *type_o,
                                  mps_arena_t arena) {
  if (!isGiven(arena) || !isGiven(type_o))
    return 0;
  platform::Locked locked(arena->lock());
  const Message *first = arena->messages().first();
  if (first == nullptr)
    return 0;
  *type_o = mps_message_type_t(first->type);
  return 1;
}

mps_bool_t mps_message_get(mps_message_t *message_o, mps_arena_t arena,
                           mps_message_type_t type) {
  if (!isGiven(arena) || !isGiven(message_o) || !isType(type))
    return 0;
  platform::Locked locked(arena->lock());
  Message *message = arena->messages().take(MessageType(type));
  if (message == nullptr)
    return 0;
  *message_o = static_cast<mps_message_t>(message);
  return 1;
}

void mps_message_discard(mps_arena_t arena, mps_message_t message) {
  if (Message *taken = given(arena, message)) {
    platform::Locked locked(arena->lock());
    arena->messages().discard(*taken);
  }
}

// ---- A message ----

mps_message_type_t mps_message_type(mps_arena_t arena, mps_message_t message) {
  Message *taken = given(arena, message);
  return taken != nullptr ? mps_message_type_t(taken->type) : 0;
}

mps_clock_t mps_message_clock(mps_arena_t arena, mps_message_t message) {
  Message *taken = given(arena, message);
  return taken != nullptr ? taken->clock : 0;
}

void mps_message_finalization_ref(mps_addr_t *ref_o, mps_arena_t arena,
                                  mps_message_t message) {
  auto *dying = given<DyingMessage>(arena, message, MessageType::Dying);
  if (dying == nullptr || !isGiven(ref_o))
    return;
  platform::Locked locked(arena->lock());
  *ref_o = dying->block.address().as();
}

const char *mps_message_gc_start_why(mps_arena_t arena, mps_message_t message) {
  auto *start = given<CollectionMessage>(arena, message, MessageType::Start);
  return start != nullptr ? start->why : "";
}

size_t mps_message_gc_live_size(mps_arena_t arena, mps_message_t message) {
  return endSize(arena, message, &CollectionSizes::live);
}

size_t mps_message_gc_condemned_size(mps_arena_t arena, mps_message_t message) {
  return endSize(arena, message, &CollectionSizes::condemned);
}

size_t mps_message_gc_not_condemned_size(mps_arena_t arena,
                                         mps_message_t message) {
  return endSize(arena, message, &CollectionSizes::notCondemned);
}

mps_word_t mps_message_gc_number(mps_arena_t arena, mps_message_t message) {
  Message *taken = given(arena, message);
  return taken != nullptr && assertClient(taken->type != MessageType::Dying,
                                          "not a message of a collection")
             ? static_cast<CollectionMessage *>(taken)->number
             : 0;
}

// ---- Finalization ----

mps_res_t mps_finalize(mps_arena_t arena, mps_addr_t *ref_p) {
  if (!isGiven(arena) || !isGiven(ref_p))
    return MPS_RES_PARAM;
  platform::Locked locked(arena->lock());
  Ref block = Ref::to(Address::of(*ref_p)); // While nothing can move it.
  if (!assertClient(arena->isCollected(block),
                    "mps_finalize: not a block of an automatic pool"))
    return MPS_RES_PARAM;
  return codeOf(arena->guard(block));
}

mps_res_t mps_definalize(mps_arena_t arena, mps_addr_t *ref_p) {
  if (!isGiven(arena) || !isGiven(ref_p))
    return MPS_RES_PARAM;
  platform::Locked locked(arena->lock());
  Ref block = Ref::to(Address::of(*ref_p));
  if (!assertClient(arena->isCollected(block),
                    "mps_definalize: not a block of an automatic pool"))
    return MPS_RES_PARAM;
  return codeOf(arena->unguard(block));
}
