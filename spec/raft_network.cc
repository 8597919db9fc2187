#include "spec/raft_network.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace spec {
namespace {

// splitmix64's finaliser (Steele et al. 2014): every bit of the input reaches every bit.
std::uint64_t Mix(std::uint64_t x) {
  x ^= x >> 30U;
  x *= 0xbf58476d1ce4e5b9U;
  x ^= x >> 27U;
  x *= 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

Message Seen(Message m) {
  m.entries = kEmptyLog;
  return m;
}

}  // namespace

std::size_t BagNetwork::Hash::operator()(const Message& m) const {
  std::uint64_t h = static_cast<std::uint64_t>(m.type) | std::uint64_t{m.from} << 8U |
                    std::uint64_t{m.to} << 16U | std::uint64_t{m.reject ? 1U : 0U} << 24U |
                    std::uint64_t{m.force ? 1U : 0U} << 25U | std::uint64_t{m.entry_count} << 32U;
  for (const std::uint64_t part : {m.term, m.index, m.log_term, m.commit, m.hint}) {
    h = Mix(h + 0x9e3779b97f4a7c15U) ^ part;
  }
  return static_cast<std::size_t>(Mix(h));
}

void BagNetwork::Send(const Message& m) {
  last_sent_ = m;
  if (Promises(m.type)) {
    pending_[m.from].push_back(m);
  } else {
    AddCopy(m);
  }
}

void BagNetwork::HandOver(Server i, const ServerState::Durable& disk, bool installs) {
  writes_[i].push_back({disk, installs, {}});
  writes_[i].back().messages.swap(pending_[i]);
}

BagNetwork::Write BagNetwork::FinishWrite(Server i) {
  Write write = std::move(writes_[i].front());
  writes_[i].pop_front();
  for (const Message& m : write.messages) AddCopy(m);
  return write;
}

bool BagNetwork::ReleaseOne(Server i, std::size_t k, const Message& m) {
  std::vector<Message>& messages = writes_[i][k].messages;
  const auto found = std::find(messages.begin(), messages.end(), m);
  if (found == messages.end()) return false;
  messages.erase(found);
  AddCopy(m);
  return true;
}

void BagNetwork::AddCopy(const Message& m) {
  Copies& copies = copies_.try_emplace(Seen(m), Copies{m.entries, 0}).first->second;
  if (copies.entries != m.entries) {
    std::fprintf(stderr,
                 "internal error: spec/raft_network: one message with two contents: from %u to %u "
                 "term %llu index %llu, logs %llu and %llu\n",
                 unsigned{m.from}, unsigned{m.to}, static_cast<unsigned long long>(m.term),
                 static_cast<unsigned long long>(m.index),
                 static_cast<unsigned long long>(copies.entries),
                 static_cast<unsigned long long>(m.entries));
    std::abort();
  }
  ++copies.count;
}

void BagNetwork::ForgetLoopback(Server i) {
  std::erase_if(copies_,
                [i](const auto& item) { return item.first.from == i && item.first.to == i; });
}

std::optional<Message> BagNetwork::Find(const Message& seen) const {
  const auto found = copies_.find(Seen(seen));
  if (found == copies_.end()) {
    const Message* const delivered =
        remember_delivered_ ? delivered_.Find(seen, Hash()(seen)) : nullptr;
    return delivered == nullptr ? std::nullopt : std::optional(*delivered);
  }
  Message m = found->first;
  m.entries = found->second.entries;
  return m;
}

int BagNetwork::InFlight(const Message& m) const {
  const auto found = copies_.find(Seen(m));
  return found == copies_.end() ? 0 : found->second.count;
}

void BagNetwork::Discard(const Message& m) {
  const auto found = copies_.find(Seen(m));
  if (--found->second.count > 0) return;
  if (remember_delivered_ && m.from != m.to) {
    Message delivered = found->first;
    delivered.entries = found->second.entries;
    delivered_.Insert(delivered, Hash()(delivered));
  }
  copies_.erase(found);
}

void BagNetwork::ForEach(const std::function<bool(const Message&, int)>& keep,
                         const std::function<void(const Message&)>& f) const {
  std::vector<Message> kept;
  for (const auto& [seen, copies] : copies_) {
    Message m = seen;
    m.entries = copies.entries;
    if (keep(m, copies.count)) kept.push_back(m);
  }
  delivered_.ForEach([&](const Message& m, std::uint64_t /*hash*/) {
    if (!copies_.contains(Seen(m)) && keep(m, 0)) kept.push_back(m);
  });
  std::sort(kept.begin(), kept.end());
  for (const Message& m : kept) f(m);
}

bool BagNetwork::KnowsDeliveredOf(const BagNetwork& other) const {
  bool knows = true;
  other.delivered_.ForEach([&](const Message& m, std::uint64_t hash) {
    knows = knows && (delivered_.Find(m, hash) != nullptr || copies_.contains(Seen(m)));
  });
  return knows;
}

bool operator==(const BagNetwork& a, const BagNetwork& b) {
  return a.pending_ == b.pending_ && a.writes_ == b.writes_ && a.last_sent_ == b.last_sent_ &&
         a.copies_ == b.copies_ && a.remember_delivered_ == b.remember_delivered_ &&
         a.KnowsDeliveredOf(b) && b.KnowsDeliveredOf(a);
}

}  // namespace spec
