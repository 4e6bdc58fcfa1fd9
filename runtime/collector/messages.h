// What a heap tells its client: that a collection began, that it has ended, and
// that a block is dying.
//
//   reserve      Memory for a message is had before it is needed: with a
//                guardian, for its block's; before a collection, for its two.
//                So posting cannot fail.
//   post         puts it at the end of its type's queue, if the client wants
//                the type; else it is free again.
//   take         gives the client the first of a type.
//   discard      frees it. Until then a dying block is an exact root.
//
// The queues of the types are one for the client: messages are numbered as they
// are posted, and the first is the one with the least number.
//
// A collection's messages come as start, dying blocks, end. If collections
// overlap, those of the outer are held back until it ends, so that starts and
// ends alternate; a number tells which belong together, in the order in which
// the collections began.
// Not thread safe: the arena's lock covers it.
#ifndef MPS_COLLECTOR_MESSAGES_H
#define MPS_COLLECTOR_MESSAGES_H

#include "arena/control_memory.h"
#include "stack/root_source.h"
#include "trace/guardian.h"

namespace mps {

enum class MessageType : std::uint8_t { Dying, End, Start };
inline constexpr unsigned kMessageTypes = 3;

struct Message {
  enum class State : std::uint8_t { Discarded, Reserved, Queued, Taken };

  Message *next = nullptr; ///< First: a discarded block's memory begins so.
  MessageType type = MessageType::Dying;
  State state = State::Reserved;
  std::uint64_t clock = 0; ///< When it was posted; of a dying block, 0.
  std::uint64_t order = 0;
};

struct DyingMessage : Message, Guardian {
  DyingMessage *nextPosted = nullptr;
  DyingMessage **link = nullptr; ///< What leads to it, once it was posted.
};

struct CollectionSizes {
  std::size_t live = 0, condemned = 0, notCondemned = 0; ///< Bytes.
};

struct CollectionMessage : Message {
  std::uint64_t number = 0; ///< Of the collection.
  const char *why = nullptr;
  CollectionSizes sizes; ///< Of an end.
};

class Messages final : public RootSource {
public:
  using Clock = std::uint64_t (*)();

  explicit Messages(ControlMemory &memory) : memory_(memory) {}
  void setClock(Clock clock) { clock_ = clock; }

  void enable(MessageType type) { isEnabled_[unsigned(type)] = true; }
  /// Frees those of the type that are queued.
  void disable(MessageType type);
  bool isEnabled(MessageType type) const { return isEnabled_[unsigned(type)]; }

  // For the client:

  /// The first, or null.
  const Message *first() const;
  const Message *firstOf(MessageType type) const {
    return queues_[unsigned(type)].first;
  }
  Message *take(MessageType type);
  void discard(Message &message);

  // For the collector:

  /// Null if there is no memory for its message.
  Guardian *makeGuardian(Ref block);
  void free(Guardian &guardian);
  /// How many there are whose blocks are not known to be dying.
  const std::size_t &guardians() const { return guardians_; }
  /// The guardian's block is dying.
  void post(Guardian &guardian);
  /// A collection begins; its number.
  std::uint64_t begin(const char *why);
  /// The one that began last has ended.
  void end(const CollectionSizes &sizes);

  /// A collection begins during which others will come and go.
  void beginOuter(const char *why);
  void postOuter(Guardian &guardian);
  /// It has ended, or, if there are no sizes, been given up.
  void endOuter(const CollectionSizes *sizes);

  void visit(Rank rank, RootVisitor &visitor) override;

private:
  struct Queue {
    Message *first = nullptr;
    Message **last = &first;
  };
  struct Pair {
    CollectionMessage *start = nullptr, *end = nullptr;
  };

  bool reserve(Pair &pair);
  void post(Message &message);
  void free(Message &message);
  void root(DyingMessage &message);

  ControlMemory &memory_;
  std::size_t guardians_ = 0;
  Clock clock_ = nullptr;
  bool isEnabled_[kMessageTypes] = {};
  Queue queues_[kMessageTypes];
  std::uint64_t order_ = 0;
  std::uint64_t collections_ = 0;
  Pair inner_, outer_;
  std::uint64_t outerNumber_ = 0;
  const char *outerWhy_ = nullptr;
  GuardianList held_; ///< Of the outer collection.
  DyingMessage *posted_ = nullptr;
};

} // namespace mps

#endif
