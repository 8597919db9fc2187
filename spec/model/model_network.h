// The network and the history of a bounded model.  They correspond to BagNetwork (raft_network.h)
// and History (raft_state.h), but are plain bytes without padding, and equal contents have equal
// bytes.  TLA+ modules: RaftNetwork, RaftState.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "spec/model/packed_logs.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace spec {

template <int kServersOfModel>
struct ModelTypes {
  static constexpr int kServers = kServersOfModel;
  using Number = Packed<1>;
  using Log = Packed<8>;
  using Set = BasicServerSet<std::uint8_t>;
};

template <class ModelTypes>
struct ModelHistory {
  using Number = typename ModelTypes::Number;
  using Set = typename ModelTypes::Set;
  using Read = BasicRead<ModelTypes>;
  static constexpr std::size_t kMaxReads = 2;

  std::array<Set, PackedLogs::kMaxTerm + 1> elections;  // [term]: who became its leader
  typename ModelTypes::Log committed = kEmptyLog;
  std::array<Number, PackedLogs::kMaxLength> at{};  // [index - 1], like the next two
  std::array<Set, PackedLogs::kMaxLength> voters;
  std::array<Set, PackedLogs::kMaxLength> outgoing;
  std::array<Read, kMaxReads> reads;
  std::array<BasicLease<ModelTypes>, ModelTypes::kServers> leases;
  Number clock_gap = 0;

  void AddLeader(Term term, Server i) { elections[term].Insert(i); }
  void Extend(LogId log, Index length, Term term, const BasicConfig<Set>& config) {
    for (Index k = PackedLogs::Length(committed); k < length; ++k) {
      at[k] = term;
      voters[k] = config.voters;
      outgoing[k] = config.outgoing;
    }
    committed = log;
  }
  Read* FindRead(std::uint64_t read) {
    return reads[read - 1].server == kNil ? nullptr : &reads[read - 1];
  }
  const Read* FindRead(std::uint64_t read) const {
    return reads[read - 1].server == kNil ? nullptr : &reads[read - 1];
  }
  Read& AddRead(std::uint64_t read) { return reads[read - 1]; }
  bool HasClocks() const { return false; }  // without them all clocks are as at first
  std::uint64_t ClockOf(Server i) const { return leases[i].clock; }
  BasicLease<ModelTypes>& LeaseOf(Server i) { return leases[i]; }
  const BasicLease<ModelTypes>& LeaseOf(Server i) const { return leases[i]; }
};

// TLA+: pending and messages.  The messages that are queued or in flight, in a canonical order;
// unused slots have their initial value.  If a message does not fit, the bounds of the model are
// wrong, and the process ends.
template <class ModelTypes>
class ModelNetwork {
 public:
  using Types = ModelTypes;
  using Message = BasicMessage<typename Types::Number, typename Types::Log>;
  using Logs = const PackedLogs;
  using History = ModelHistory<Types>;
  using Durable = typename BasicServerState<Types>::Durable;
  static constexpr std::size_t kMaxMessages = 7;

  struct Slot {
    Message message;
    std::uint8_t queued = 0;     // copies in `pending`
    std::uint8_t in_flight = 0;  // copies in `messages`
  };
  std::span<const Slot> Slots() const { return {slots_.data(), count_}; }

  void Send(const Message& m) {
    Slot& slot = SlotOf(m);
    ++(Promises(m.type) ? slot.queued : slot.in_flight);
  }
  void AddCopy(const Message& m) { ++SlotOf(m).in_flight; }
  int InFlight(const Message& m) const {
    const Slot* slot = Find(m);
    return slot == nullptr ? 0 : slot->in_flight;
  }
  // Queued or in flight.
  int Copies(const Message& m) const {
    const Slot* slot = Find(m);
    return slot == nullptr ? 0 : slot->queued + slot->in_flight;
  }
  void Discard(const Message& m) {
    Slot* slot = const_cast<Slot*>(Lower(m));
    if (--slot->in_flight == 0 && slot->queued == 0) Remove(slot);
  }

  // The model hands a write to the disk and finishes it in one step; RaftDurability.tla says why
  // this is enough.  So there is no unfinished write between two steps.
  struct Write {
    Durable disk;
    bool installs = false;
  };
  std::span<const Write> Writes(Server /*i*/) const { return {&write_, writing_ ? 1U : 0U}; }
  void HandOver(Server /*i*/, const Durable& disk, bool installs) {
    write_ = {disk, installs};
    writing_ = true;
  }
  Write FinishWrite(Server i) {
    for (std::size_t k = 0; k < count_; ++k) {
      if (slots_[k].message.from != i) continue;
      slots_[k].in_flight = static_cast<std::uint8_t>(slots_[k].in_flight + slots_[k].queued);
      slots_[k].queued = 0;
    }
    const Write write = write_;
    AbandonWrite();
    return write;
  }
  void AbandonWrite() {
    writing_ = false;
    write_ = {};
  }
  void ForgetWrites(Server i) {
    AbandonWrite();
    Forget([i](Slot& slot) {
      if (slot.message.from == i) slot.queued = 0;
    });
  }
  void ForgetLoopback(Server i) {
    Forget([i](Slot& slot) {
      if (slot.message.from == i && slot.message.to == i) slot.in_flight = 0;
    });
  }

  // Restores the order after `f` has changed the messages.
  template <class F>
  void Transform(F f) {
    for (std::size_t k = 0; k < count_; ++k) f(slots_[k].message);
    std::sort(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(count_),
              [](const Slot& a, const Slot& b) { return Before(a.message, b.message); });
  }
  // For users that copy and store states: everything after these bytes has its initial value.
  std::size_t UsedBytes() const { return sizeof(count_) + count_ * sizeof(Slot); }
  static constexpr std::size_t kMostBytes = 1 + (kMaxMessages + 1) * sizeof(Slot);

 private:
  // Any total order will do; comparing words is fast.
  static std::array<std::uint64_t, 3> Words(const Message& m) {
    static_assert(sizeof(Message) == 21);
    std::array<std::uint64_t, 3> words{};
    std::memcpy(words.data(), &m, sizeof m);
    return words;
  }
  static bool Same(const Message& a, const Message& b) { return Words(a) == Words(b); }
  static bool Before(const Message& a, const Message& b) { return Words(a) < Words(b); }
  // Null if there is no copy of the message.
  const Slot* Find(const Message& m) const {
    const Slot* slot = Lower(m);
    return slot != slots_.data() + count_ && Same(slot->message, m) ? slot : nullptr;
  }
  const Slot* Lower(const Message& m) const {
    const Slot* slot = slots_.data();
    while (slot != slots_.data() + count_ && Before(slot->message, m)) ++slot;
    return slot;
  }
  Slot& SlotOf(const Message& m) {
    Slot* slot = const_cast<Slot*>(Lower(m));
    Slot* const end = slots_.data() + count_;
    if (slot != end && Same(slot->message, m)) return *slot;
    if (count_ == slots_.size()) Overflow();
    std::copy_backward(slot, end, end + 1);
    *slot = Slot{m, 0, 0};
    ++count_;
    return *slot;
  }
  void Remove(Slot* slot) {
    std::copy(slot + 1, slots_.data() + count_, slot);
    slots_[--count_] = Slot{};
  }
  template <class F>
  void Forget(F f) {
    for (std::size_t k = count_; k-- > 0;) {
      f(slots_[k]);
      if (slots_[k].queued == 0 && slots_[k].in_flight == 0) Remove(&slots_[k]);
    }
  }
  [[noreturn]] static void Overflow();

  std::uint8_t count_ = 0;
  std::array<Slot, kMaxMessages + 1> slots_;  // one slot more, for a step beyond the bounds
  bool writing_ = false;
  Write write_;
  // McRaft::Encode takes 32 bytes at a time, and may reach beyond the slots that are used.
  std::array<std::uint8_t, 16> beyond_{};
};

[[noreturn]] void NetworkOverflow();
template <class ModelTypes>
void ModelNetwork<ModelTypes>::Overflow() {
  NetworkOverflow();
}

}  // namespace spec
