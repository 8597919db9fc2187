#include "conformance/judge/linearizability.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "conformance/judge/scramble.h"

namespace conformance {
namespace {

using trace::KeyValue;
using trace::Operation;
using Kind = Operation::Kind;

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

std::uint64_t EndOf(const Operation& operation) { return operation.ended.value_or(kNever); }

std::string Text(const KeyValue& value) {
  return value ? std::to_string(*value) : std::string("nothing");
}

std::string Describe(const Operation& o) {
  std::string text = "operation " + std::to_string(o.id) + ": ";
  switch (o.kind) {
    case Kind::kPut:
      text += "put " + std::to_string(o.value);
      break;
    case Kind::kSwap:
      text += "swap " + Text(o.expected) + " for " + std::to_string(o.value);
      if (o.ended) text += o.swapped ? ", done" : ", refused";
      break;
    case Kind::kRead:
      text += "read " + Text(o.result);
      break;
    case Kind::kGet:
      text += "get " + Text(o.result) + " at index " + std::to_string(o.position);
      break;
  }
  text += " by server " + std::to_string(o.server) + " from " + std::to_string(o.began);
  return text + (o.ended ? " to " + std::to_string(*o.ended) : std::string(", never answered"));
}

// The value of the key after the operation; no value (of the outer optional) if the operation
// cannot have had this result.
std::optional<KeyValue> After(const Operation& o, const KeyValue& value) {
  switch (o.kind) {
    case Kind::kPut:
      return KeyValue(o.value);
    case Kind::kSwap: {
      const bool swaps = value == o.expected;
      if (o.ended && swaps != o.swapped) return std::nullopt;
      return swaps ? KeyValue(o.value) : value;
    }
    case Kind::kRead:
    case Kind::kGet:
      break;
  }
  if (value != o.result) return std::nullopt;
  return value;
}

// The search for an order of the operations on one key.
class Search {
 public:
  // `operations` in the order in which they began.
  explicit Search(std::vector<const Operation*> operations)
      : operations_(std::move(operations)), done_(operations_.size(), false) {
    for (const Operation* o : operations_) open_ += o->ended ? 1 : 0;
  }

  enum class Result : std::uint8_t { kOrdered, kNone, kGivenUp };
  Result Run(std::uint64_t max_states) {
    Push();
    while (open_ > 0) {
      if (states_ > max_states || looked_at_ > max_states * kLooksPerState ||
          listed_ > kMostListed) {
        return Result::kGivenUp;
      }
      Frame& frame = stack_.back();
      if (!frame.tried_first) {
        frame.tried_first = true;
        if (const auto first = First()) Try(frame, *first);
        continue;
      }
      if (!frame.candidates) List(frame);
      if (frame.next >= frame.candidates->size()) {
        if (order_.size() > best_.size() || best_next_.empty()) {
          best_ = order_;
          best_next_ = *frame.candidates;
        }
        listed_ -= frame.candidates->size();
        stack_.pop_back();
        if (stack_.empty()) return Result::kNone;
        Undo(stack_.back());
        continue;
      }
      Try(frame, (*frame.candidates)[frame.next++]);
    }
    return Result::kOrdered;
  }

  std::uint64_t states() const { return states_; }

  // After Result::kNone: the longest order, and the operations that cannot follow it.
  HistoryVerdict::Violation Explain() const {
    HistoryVerdict::Violation violation;
    violation.what = "what clients saw of key " + std::to_string(operations_.front()->key) +
                     " cannot be put in one order; " + std::to_string(best_.size()) + " of " +
                     std::to_string(operations_.size()) + " operations can";
    constexpr std::size_t kMostTold = 12;
    if (best_.size() > kMostTold) {
      violation.details.push_back("(" + std::to_string(best_.size() - kMostTold) + " more before)");
    }
    for (std::size_t k = best_.size() > kMostTold ? best_.size() - kMostTold : 0; k < best_.size();
         ++k) {
      violation.details.push_back(Describe(*operations_[best_[k]]));
    }
    violation.details.push_back("and then none of these can be the next:");
    for (const std::size_t k : best_next_) {
      violation.details.push_back(Describe(*operations_[k]));
    }
    return violation;
  }

 private:
  // What a search may look at for each state, and how many candidates it may hold: of thousands of
  // operations at the same time each may be the next, again and again.
  static constexpr std::uint64_t kLooksPerState = 300;
  static constexpr std::size_t kMostListed = std::size_t{1} << 24U;

  struct Frame {
    bool tried_first = false;
    // In the order in which they are tried.  Listed when the first was in vain, which is rare.
    std::optional<std::vector<std::size_t>> candidates;
    std::size_t next = 1;
    std::size_t taken = 0;  // the operation that was taken; valid while there is a frame above
    KeyValue before;        // the value before that operation
  };

  // The operations that may be next are those that began before any of the others ended.
  template <class Visit>
  void ForEachCandidate(Visit visit) {
    while (low_ < operations_.size() && done_[low_]) ++low_;
    std::uint64_t first_end = kNever;
    std::size_t end = low_;
    for (; end < operations_.size() && operations_[end]->began <= first_end; ++end) {
      if (!done_[end]) first_end = std::min(first_end, EndOf(*operations_[end]));
    }
    looked_at_ += end - low_;
    for (std::size_t k = low_; k < end; ++k) {
      if (!done_[k] && operations_[k]->began <= first_end) visit(k);
    }
  }

  // The claimed order comes first.
  bool IsBefore(std::size_t a, std::size_t b) const {
    const auto rank = [this](std::size_t k) {
      const Operation& o = *operations_[k];
      return std::tuple(o.position == 0 ? kNever : o.position, o.kind == Kind::kRead, o.began, k);
    };
    return rank(a) < rank(b);
  }

  std::optional<std::size_t> First() {
    std::optional<std::size_t> first;
    ForEachCandidate([&](std::size_t k) {
      if (!first || IsBefore(k, *first)) first = k;
    });
    return first;
  }

  void List(Frame& frame) {
    frame.candidates.emplace();
    ForEachCandidate([&](std::size_t k) { frame.candidates->push_back(k); });
    std::sort(frame.candidates->begin(), frame.candidates->end(),
              [this](std::size_t a, std::size_t b) { return IsBefore(a, b); });
    listed_ += frame.candidates->size();
  }

  void Push() { stack_.emplace_back(); }

  void Try(Frame& frame, std::size_t k) {
    ++states_;
    const std::optional<KeyValue> after = After(*operations_[k], value_);
    if (!after) return;
    const std::pair<std::uint64_t, std::uint64_t> set(set_.first ^ Scramble(2 * k + 1),
                                                      set_.second ^ Scramble(2 * k + 2));
    if (!seen_.emplace(set, *after).second) return;
    frame.taken = k;
    frame.before = value_;
    value_ = *after;
    set_ = set;
    done_[k] = true;
    open_ -= operations_[k]->ended ? 1 : 0;
    order_.push_back(k);
    Push();
  }

  void Undo(const Frame& frame) {
    const std::size_t k = frame.taken;
    value_ = frame.before;
    set_ = {set_.first ^ Scramble(2 * k + 1), set_.second ^ Scramble(2 * k + 2)};
    done_[k] = false;
    low_ = std::min(low_, k);
    open_ += operations_[k]->ended ? 1 : 0;
    order_.pop_back();
  }

  std::vector<const Operation*> operations_;
  std::vector<bool> done_;
  std::size_t low_ = 0;   // all operations before it are done
  std::size_t open_ = 0;  // number of operations that ended and are not done
  KeyValue value_;
  // A fingerprint of 128 bits of the operations that are done, for `seen_`.
  std::pair<std::uint64_t, std::uint64_t> set_{0, 0};
  std::set<std::pair<std::pair<std::uint64_t, std::uint64_t>, KeyValue>> seen_;
  std::vector<Frame> stack_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> best_;
  std::vector<std::size_t> best_next_;
  std::uint64_t states_ = 0;
  std::uint64_t looked_at_ = 0;
  std::size_t listed_ = 0;  // candidates in stack_
};

// The value of one key after each position where it was written.
std::map<std::uint64_t, KeyValue> Values(const std::vector<const Operation*>& operations) {
  std::map<std::uint64_t, const Operation*> writes;
  for (const Operation* o : operations) {
    if ((o->kind == Kind::kPut || o->kind == Kind::kSwap) && o->position != 0) {
      writes[o->position] = o;
    }
  }
  std::map<std::uint64_t, KeyValue> values = {{0, std::nullopt}};
  KeyValue value;
  for (const auto& [position, o] : writes) {
    if (o->kind == Kind::kPut || value == o->expected) value = o->value;
    values[position] = value;
  }
  return values;
}

std::optional<HistoryVerdict::Violation> JudgeGets(
    const std::vector<const Operation*>& operations) {
  const std::map<std::uint64_t, KeyValue> values = Values(operations);
  for (const Operation* o : operations) {
    if (o->kind != Kind::kGet || !o->ended) continue;
    const KeyValue& there = std::prev(values.upper_bound(o->position))->second;
    if (there == o->result) continue;
    return HistoryVerdict::Violation{"a serializable read of key " + std::to_string(o->key) +
                                         " is of no state: at its index the key is " + Text(there),
                                     {Describe(*o)}};
  }
  return std::nullopt;
}

// The positions of a session never go back, whatever keys the session reads.
std::optional<HistoryVerdict::Violation> JudgeSessions(const trace::History& history) {
  std::map<std::pair<std::uint32_t, std::uint64_t>, const Operation*> last;
  for (const Operation& o : history) {
    if (o.kind != Kind::kGet || !o.ended) continue;
    const Operation*& before = last[{o.server, o.session}];
    if (before != nullptr && before->position > o.position) {
      return HistoryVerdict::Violation{
          "serializable reads of server " + std::to_string(o.server) + " go back in time",
          {Describe(*before), Describe(o)}};
    }
    before = &o;
  }
  return std::nullopt;
}

}  // namespace

HistoryVerdict JudgeHistory(const trace::History& history, std::uint64_t max_states) {
  HistoryVerdict verdict;
  std::map<std::uint32_t, std::vector<const Operation*>> by_key;
  for (const Operation& o : history) by_key[o.key].push_back(&o);
  for (auto& [key, operations] : by_key) {
    std::stable_sort(operations.begin(), operations.end(),
                     [](const Operation* a, const Operation* b) { return a->began < b->began; });
  }
  verdict.violation = JudgeSessions(history);
  for (auto& [key, operations] : by_key) {
    if (verdict.violation) return verdict;
    verdict.operations += operations.size();
    verdict.violation = JudgeGets(operations);
    if (verdict.violation) return verdict;
    // A read without an answer says nothing.
    std::erase_if(operations, [](const Operation* o) {
      return o->kind == Kind::kGet || (o->kind == Kind::kRead && !o->ended);
    });
    if (operations.empty()) continue;
    Search search(std::move(operations));
    switch (search.Run(max_states)) {
      case Search::Result::kOrdered:
        break;
      case Search::Result::kNone:
        verdict.violation = search.Explain();
        break;
      case Search::Result::kGivenUp:
        ++verdict.undecided;
        break;
    }
    verdict.states += search.states();
  }
  return verdict;
}

}  // namespace conformance
