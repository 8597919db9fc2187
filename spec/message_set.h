// The set of messages that were delivered in a long trace: compact, quick to add to, and it only
// grows.  The messages are stored one after the other, and a table of 8-byte slots finds them.
// ForEach visits them in the order of insertion.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "spec/raft_types.h"

namespace spec {

class MessageSet {
 public:
  // REQUIRES: messages that differ at most in `entries` have the same `hash`.
  void Insert(const Message& m, std::uint64_t hash) {
    if (2 * (messages_.size() + 1) > slots_.size()) Grow();
    Slot& slot = slots_[Place(m, hash)];
    if (slot.number != 0) return;
    messages_.push_back({m, hash});
    slot = {static_cast<std::uint32_t>(hash >> 32U), static_cast<std::uint32_t>(messages_.size())};
  }
  // Finds a message that equals `m` in everything but `entries`; null if there is none.
  const Message* Find(const Message& m, std::uint64_t hash) const {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[Place(m, hash)];
    return slot.number == 0 ? nullptr : &messages_[slot.number - 1].message;
  }
  std::size_t size() const { return messages_.size(); }
  template <class F>
  void ForEach(F f) const {
    for (const Stored& stored : messages_) f(stored.message, stored.hash);
  }

 private:
  struct Stored {
    Message message;
    std::uint64_t hash = 0;
  };
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;  // counted from 1; 0 marks a free slot
  };
  static bool LookTheSame(const Message& a, Message b) {
    b.entries = a.entries;
    return a == b;
  }
  // The slot of the message, or the free slot where it belongs.
  std::size_t Place(const Message& m, std::uint64_t hash) const {
    const auto tag = static_cast<std::uint32_t>(hash >> 32U);
    std::size_t k = hash & (slots_.size() - 1);
    while (slots_[k].number != 0 &&
           (slots_[k].tag != tag || !LookTheSame(messages_[slots_[k].number - 1].message, m))) {
      k = (k + 1) & (slots_.size() - 1);
    }
    return k;
  }
  void Grow() {
    slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), Slot{});
    std::uint32_t number = 0;
    for (const Stored& stored : messages_) {
      std::size_t k = stored.hash & (slots_.size() - 1);
      while (slots_[k].number != 0) k = (k + 1) & (slots_.size() - 1);
      slots_[k] = {static_cast<std::uint32_t>(stored.hash >> 32U), ++number};
    }
  }

  std::deque<Stored> messages_;
  std::vector<Slot> slots_;
};

}  // namespace spec
