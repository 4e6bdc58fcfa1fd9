#include "collector/messages.h"

namespace mps {

// ---- For the client ----

void Messages::disable(MessageType type) {
  isEnabled_[unsigned(type)] = false;
  while (Message *message = take(type))
    free(*message);
}

const Message *Messages::first() const {
  const Message *first = nullptr;
  for (const Queue &queue : queues_)
    if (queue.first != nullptr &&
        (first == nullptr || queue.first->order < first->order))
      first = queue.first;
  return first;
}

Message *Messages::take(MessageType type) {
  Queue &queue = queues_[unsigned(type)];
  Message *message = queue.first;
  if (message == nullptr)
    return nullptr;
  queue.first = message->next;
  if (queue.first == nullptr)
    queue.last = &queue.first;
  message->state = Message::State::Taken;
  return message;
}

void Messages::discard(Message &message) { free(message); }

// ---- Memory ----

Guardian *Messages::makeGuardian(Ref block) {
  auto *message = memory_.make<DyingMessage>();
  if (message == nullptr)
    return nullptr;
  message->block = block;
  ++guardians_;
  return message;
}

void Messages::free(Guardian &guardian) {
  free(static_cast<Message &>(static_cast<DyingMessage &>(guardian)));
}

void Messages::free(Message &message) {
  message.state = Message::State::Discarded;
  if (message.type != MessageType::Dying)
    return memory_.destroy(static_cast<CollectionMessage *>(&message));
  auto &dying = static_cast<DyingMessage &>(message);
  if (dying.link == nullptr) {
    --guardians_;
  } else {
    *dying.link = dying.nextPosted;
    if (dying.nextPosted != nullptr)
      dying.nextPosted->link = dying.link;
  }
  memory_.destroy(&dying);
}

bool Messages::reserve(Pair &pair) {
  if (pair.start == nullptr)
    pair.start = memory_.make<CollectionMessage>();
  if (pair.end == nullptr)
    pair.end = memory_.make<CollectionMessage>();
  return pair.start != nullptr && pair.end != nullptr;
}

// ---- Posting ----

void Messages::post(Message &message) {
  if (!isEnabled(message.type))
    return free(message);
  message.state = Message::State::Queued;
  message.order = order_++;
  message.next = nullptr;
  Queue &queue = queues_[unsigned(message.type)];
  *queue.last = &message;
  queue.last = &message.next;
}

void Messages::root(DyingMessage &message) {
  --guardians_;
  message.nextPosted = posted_;
  message.link = &posted_;
  if (posted_ != nullptr)
    posted_->link = &message.nextPosted;
  posted_ = &message;
}

void Messages::post(Guardian &guardian) {
  auto &message = static_cast<DyingMessage &>(guardian);
  if (message.link == nullptr)
    root(message);
  post(static_cast<Message &>(message));
}

namespace {

void fill(CollectionMessage &message, MessageType type, std::uint64_t clock,
          std::uint64_t number, const char *why) {
  message.type = type;
  message.clock = clock;
  message.number = number;
  message.why = why;
}

} // namespace

std::uint64_t Messages::begin(const char *why) {
  std::uint64_t number = ++collections_;
  if (!reserve(inner_))
    return number; // None of the two, then.
  fill(*inner_.start, MessageType::Start, clock_ ? clock_() : 0, number, why);
  inner_.end->number = number;
  post(*inner_.start);
  inner_.start = nullptr;
  return number;
}

void Messages::end(const CollectionSizes &sizes) {
  CollectionMessage *message = inner_.end;
  if (message == nullptr || inner_.start != nullptr)
    return;
  inner_ = {};
  fill(*message, MessageType::End, clock_ ? clock_() : 0, message->number,
       nullptr);
  message->sizes = sizes;
  post(*message);
  reserve(inner_);
}

// ---- An outer collection ----

void Messages::beginOuter(const char *why) {
  reserve(outer_);
  outerNumber_ = ++collections_;
  outerWhy_ = why;
}

void Messages::postOuter(Guardian &guardian) {
  auto &message = static_cast<DyingMessage &>(guardian);
  root(message);
  held_.push(&message);
}

void Messages::endOuter(const CollectionSizes *sizes) {
  Pair pair = outer_;
  bool isTold =
      sizes != nullptr && pair.start != nullptr && pair.end != nullptr;
  std::uint64_t clock = clock_ ? clock_() : 0;
  if (isTold) {
    outer_ = {};
    fill(*pair.start, MessageType::Start, clock, outerNumber_, outerWhy_);
    post(*pair.start);
  }
  while (Guardian *guardian = held_.pop())
    post(*guardian);
  if (isTold) {
    fill(*pair.end, MessageType::End, clock, outerNumber_, nullptr);
    pair.end->sizes = *sizes;
    post(*pair.end);
  }
}

void Messages::visit(Rank rank, RootVisitor &visitor) {
  if (rank != Rank::Exact)
    return;
  for (DyingMessage *each = posted_; each != nullptr; each = each->nextPosted)
    visitor.exact(Slot::at(Address::of(&each->block)));
}

} // namespace mps
