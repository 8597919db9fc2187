// The definitions of mc_raft.h, which are inlined for speed.  Only mc_raft_search_inl.h includes
// them, and tests/model/probe.cc, which searches a changed specification.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "spec/model/mc_raft.h"
#include "spec/model/raft_next_inl.h"

namespace spec {

// Returns true if all bytes are equal.  Unlike memcmp it needs no call and no branch.
template <class Part>
bool SameBytes(const Part& a, const Part& b) {
  static_assert(alignof(Part) == 1, "no padding");
  static_assert(sizeof(Part) >= 8);
  const auto* x = reinterpret_cast<const std::uint8_t*>(&a);
  const auto* y = reinterpret_cast<const std::uint8_t*>(&b);
  std::uint64_t different = 0;
  const auto compare = [&](std::size_t at) {
    std::uint64_t p = 0;
    std::uint64_t q = 0;
    std::memcpy(&p, x + at, 8);
    std::memcpy(&q, y + at, 8);
    different |= p ^ q;
  };
  for (std::size_t at = 0; at + 8 <= sizeof(Part); at += 8) compare(at);
  if constexpr (sizeof(Part) % 8 != 0) compare(sizeof(Part) - 8);
  return different == 0;
}

template <int n>
McRaft<n>::McRaft(ModelSettings settings)
    : settings_(std::move(settings)),
      logs_(settings_.next.values, AllChanges(settings_.next, settings_.constants.initial)) {
  base_ = MakeWorker().next().Initial();
  for (const std::string& name : settings_.invariants) {
    invariants_.push_back(*std::find_if(kStateProperties<View>.begin(),
                                        kStateProperties<View>.end(),
                                        [&](const auto& p) { return p.name == name; }));
    looks_at_messages_ = looks_at_messages_ || invariants_.back().of == Of::kMessages;
  }
  for (const std::string& name : settings_.step_properties) {
    step_properties_.push_back(*std::find_if(kStepProperties<View>.begin(),
                                             kStepProperties<View>.end(),
                                             [&](const auto& p) { return p.name == name; }));
    steps_look_at_messages_ =
        steps_look_at_messages_ || step_properties_.back().of == Of::kMessages;
  }
  servers_ = Types::Set::FirstN(settings_.constants.servers);
  if (settings_.symmetry) FindPermutations();
}

template <int n>
typename McRaft<n>::Changes McRaft<n>::ChangesOf(const State& before, const State& after) const {
  Changes changes;
  for (Server i = 0; i < Server{n}; ++i) {
    if (!SameBytes(before.state[i], after.state[i])) changes.servers.Insert(i);
  }
  changes.history = !SameBytes(before.history, after.history);
  return changes;
}

template <int n>
bool McRaft<n>::InBounds(const State& state) const {
  return InBounds(state, {servers_, true});
}

template <int n>
bool McRaft<n>::InBounds(const State& state, const Changes& changes) const {
  const Bounds& bounds = settings_.bounds;
  if (!bounds.active) return true;
  const bool servers = changes.servers.All([&](Server i) {
    const auto& s = state.state[i];
    return s.current_term <= bounds.max_term && PackedLogs::Length(s.log) <= bounds.max_log_length;
  });
  if (!servers) return false;
  std::size_t messages = 0;
  for (const auto& slot : state.network.Slots()) {
    messages += slot.queued + (slot.in_flight != 0 ? 1U : 0U);
    if (slot.in_flight > bounds.max_copies) return false;
  }
  return messages <= bounds.max_messages;
}

template <int n>
int McRaft<n>::BrokenInvariant(const State& state) const {
  return BrokenInvariant(state, {servers_, true});
}

template <int n>
int McRaft<n>::BrokenInvariant(const State& state, const Changes& changes) const {
  const bool any = changes.history || !changes.servers.Empty();
  if (!any && !looks_at_messages_) return explorer::kHolds;
  View all = ViewOf(state);
  View changed = all;
  if (!changes.history) changed.looked_at = changes.servers;
  for (std::size_t k = 0; k < invariants_.size(); ++k) {
    const auto& invariant = invariants_[k];
    if (!any && invariant.of != Of::kMessages) continue;
    if (!changes.history && invariant.of == Of::kHistory) continue;
    if (!invariant.holds(invariant.of == Of::kEachServer ? changed : all)) {
      return static_cast<int>(k);
    }
  }
  return explorer::kHolds;
}

template <int n>
int McRaft<n>::BrokenStep(const State& before, const State& after, const Move& move,
                          const Changes& changes) const {
  if (changes.servers.Empty() && !steps_look_at_messages_) return explorer::kHolds;
  const View was = ViewOf(before);
  View is = ViewOf(after);
  is.looked_at = changes.servers;
  for (std::size_t k = 0; k < step_properties_.size(); ++k) {
    if (!step_properties_[k].holds(was, is, move)) return static_cast<int>(k);
  }
  return explorer::kHolds;
}

// ---- States as bytes: first the number of messages, then a bit mask with one bit per four bytes
// that says which of them differ from the initial state, then the differences.

template <int n>
void McRaft<n>::Encode(const State& state, std::vector<std::uint8_t>& bytes) const {
  // Groups may extend beyond the used bytes; there both states hold the same.
  static_assert((offsetof(State, network) + Next::Network::kMostBytes + 31) / 32 * 32 <=
                sizeof(State));
  const std::size_t groups = (BytesOf(state).size() + 31) / 32;
  const std::size_t start = bytes.size();
  bytes.resize(start + 1 + groups + groups * 32);
  std::uint8_t* mask = bytes.data() + start;
  std::uint8_t* to = mask + 1 + groups;
  *mask++ = static_cast<std::uint8_t>(state.network.Slots().size());
  const auto* is = reinterpret_cast<const std::uint8_t*>(&state);
  const auto* was = reinterpret_cast<const std::uint8_t*>(&base_);
  for (std::size_t group = 0; group < groups; ++group) {
    std::size_t differing = 0;
    for (std::size_t w = 0; w < 8; ++w) {
      std::uint32_t now = 0;
      std::uint32_t before = 0;
      std::memcpy(&now, is + 32 * group + 4 * w, 4);
      std::memcpy(&before, was + 32 * group + 4 * w, 4);
      const std::uint32_t different = now ^ before;
      const std::size_t differs = different != 0 ? 1 : 0;
      std::memcpy(to, &different, 4);  // the next word overwrites it if there is no difference
      to += 4 * differs;
      differing |= differs << w;
    }
    *mask++ = static_cast<std::uint8_t>(differing);
  }
  bytes.resize(static_cast<std::size_t>(to - bytes.data()));
}

template <int n>
std::size_t McRaft<n>::Decode(std::span<const std::uint8_t> bytes, State& state) const {
  // Not `state = base_`: if g++ knows the size, it copies word by word, which is slower.
  CopyBytes(&state, &base_, sizeof base_);
  const std::size_t messages = bytes[0];
  const std::size_t size = BytesOf(base_).size() + messages * sizeof(typename Next::Network::Slot);
  const std::size_t groups = (size + 31) / 32;
  const std::uint8_t* const masks = bytes.data() + 1;
  const std::uint8_t* from = masks + groups;
  auto* to = reinterpret_cast<std::uint8_t*>(&state);
  for (std::size_t group = 0; group < groups; ++group) {
    for (unsigned mask = masks[group]; mask != 0; mask &= mask - 1U) {
      std::uint8_t* const word =
          to + 32 * group + 4 * static_cast<std::size_t>(std::countr_zero(mask));
      std::uint32_t now = 0;
      std::uint32_t different = 0;
      std::memcpy(&now, word, 4);
      std::memcpy(&different, from, 4);
      now ^= different;
      std::memcpy(word, &now, 4);
      from += 4;
    }
  }
  return static_cast<std::size_t>(from - bytes.data());
}

template <int n>
std::uint64_t McRaft<n>::Worker::Fingerprint(const State& state) const {
  const auto plain = BytesOf(state);
  std::uint64_t smallest = XXH3_64bits(plain.data(), plain.size());
  for (const Permutation& permutation : model_->permutations_) {
    State renamed = state;
    model_->Permute(permutation, renamed);
    const auto bytes = BytesOf(renamed);
    smallest = std::min<std::uint64_t>(smallest, XXH3_64bits(bytes.data(), bytes.size()));
  }
  return smallest;
}

// The permuted state with the smallest bytes represents all of them.
template <int n>
typename McRaft<n>::State McRaft<n>::Worker::Canonical(const State& state) const {
  State smallest = state;
  for (const Permutation& permutation : model_->permutations_) {
    State renamed = state;
    model_->Permute(permutation, renamed);
    const auto a = BytesOf(renamed);
    const auto b = BytesOf(smallest);
    if (std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end())) smallest = renamed;
  }
  return smallest;
}

// ---- Symmetry.

template <int n>
void McRaft<n>::Permute(const Permutation& by, State& state) const {
  using Set = typename Types::Set;
  const auto servers = static_cast<Server>(settings_.constants.servers);
  const auto server = [&](Server& i) {
    if (i != kNil) i = by.server[i];
  };
  const auto set = [&](Set& members) {
    Set renamed;
    for (Server i = 0; i < servers; ++i) {
      if (members.Contains(i)) renamed.Insert(by.server[i]);
    }
    members = renamed;
  };
  const auto log = [&](auto& entries) {
    LogId renamed = kEmptyLog;
    const LogId old = entries;
    for (Index k = 1; k <= PackedLogs::Length(old); ++k) {
      renamed =
          logs_.Append(renamed, PackedLogs::TermAt(old, k), by.code[PackedLogs::CodeAt(old, k)]);
    }
    entries = renamed;
  };
  const auto old = state.state;
  for (Server i = 0; i < servers; ++i) {
    auto& s = state.state[by.server[i]];
    s = old[i];
    log(s.log);
    log(s.durable.log);
    server(s.voted_for);
    server(s.leader_id);
    server(s.durable.vote);
    set(s.votes_responded);
    set(s.votes_granted);
    set(s.config.voters);
    set(s.config.outgoing);
    set(s.config.learners);
    set(s.config.learners_next);
    for (Server j = 0; j < servers; ++j) {
      s.match_index[by.server[j]] = old[i].match_index[j];
    }
  }
  auto& history = state.history;
  for (auto& leaders : history.elections) set(leaders);
  for (Index k = 0; k < PackedLogs::Length(history.committed); ++k) {
    set(history.voters[k]);
    set(history.outgoing[k]);
  }
  log(history.committed);
  for (auto& read : history.reads) {
    server(read.server);
    server(read.leader);
    set(read.acks);
  }
  state.network.Transform([&](auto& m) {
    server(m.from);
    server(m.to);
    log(m.entries);
  });
}

template <int n>
void McRaft<n>::FindPermutations() {
  const auto& next = settings_.next;
  std::vector<Server> servers(static_cast<std::size_t>(settings_.constants.servers));
  std::iota(servers.begin(), servers.end(), Server{0});
  const auto renamed = [&](const Permutation& by, ServerSet set) {
    ServerSet to;
    for (Server i = 0; i < static_cast<Server>(servers.size()); ++i) {
      if (set.Contains(i)) to.Insert(by.server[i]);
    }
    return to;
  };
  do {
    Permutation by;
    std::copy(servers.begin(), servers.end(), by.server.begin());
    bool alike = true;
    for (const ServerSet set :
         {settings_.constants.initial.voters, next.joiners, next.learners, next.leavers}) {
      alike = alike && renamed(by, set) == set;
    }
    for (const ServerSet target : next.targets) alike = alike && renamed(by, target) == target;
    if (!alike) continue;
    for (std::size_t c = 0; c < logs_.changes().size(); ++c) {
      ConfChange change = logs_.changes()[c];
      change.add = renamed(by, change.add);
      change.add_learner = renamed(by, change.add_learner);
      change.remove = renamed(by, change.remove);
      const auto to = std::find(logs_.changes().begin(), logs_.changes().end(), change);
      by.code[next.values + 1 + c] = static_cast<std::uint8_t>(
          next.values + 1 + static_cast<std::size_t>(to - logs_.changes().begin()));
    }
    std::vector<std::uint8_t> values(next.values);
    std::iota(values.begin(), values.end(), std::uint8_t{1});
    do {
      std::copy(values.begin(), values.end(), by.code.begin() + 1);
      if (!std::is_sorted(servers.begin(), servers.end()) ||
          !std::is_sorted(values.begin(), values.end())) {
        permutations_.push_back(by);
      }
    } while (std::next_permutation(values.begin(), values.end()));
  } while (std::next_permutation(servers.begin(), servers.end()));
}

}  // namespace spec
