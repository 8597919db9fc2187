// The clients of the simulated cluster: their requests, and the history of what they saw.  An
// operation ends when the server that was asked answers.  If the server crashes first or never
// answers, the client cannot know whether the operation took effect.
#include <charconv>

#include "tracegen/cluster/cluster.h"

namespace tracegen {
namespace {

std::string KeyName(std::uint32_t key) { return std::to_string(key); }

// The value of a key is the number of the operation that wrote it.
trace::KeyValue ValueOf(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

}  // namespace

trace::Operation& Cluster::Begin(trace::Operation::Kind kind, ServerId server, std::uint32_t key) {
  trace::Operation& operation = history_.emplace_back();
  operation.kind = kind;
  operation.id = history_.size();
  operation.key = key;
  operation.server = server;
  operation.session = At(server).starts;
  operation.began = ++moment_;
  return operation;
}

void Cluster::Propose(ServerId server, std::uint32_t value) {
  ++counts_.proposals;
  using Op = trace::Operation::Kind;
  const bool swaps = value % 5 == 4;
  trace::Operation& operation = Begin(swaps ? Op::kSwap : Op::kPut, server, value % kKeys);
  operation.value = operation.id;
  const std::string key = KeyName(operation.key);
  const std::string written = std::to_string(operation.value);
  if (!swaps) return At(server).server->Propose(Put(operation.id, key, written));
  const std::optional<std::string> expected = At(server).store.Get(key);
  operation.expected = ValueOf(expected);
  At(server).server->Propose(CompareAndSwap(operation.id, key, expected, written));
}

void Cluster::Read(ServerId server, std::uint32_t key) {
  ++counts_.reads;
  const std::uint64_t read = Begin(trace::Operation::Kind::kRead, server, key % kKeys).id;
  const ServerStatus status = At(server).server->status();
  At(server).asked[read] = status.role == ServerStatus::Role::kLeader ? status.term : 0;
  EmitRead(trace::EventName::kReadIndex, server, read, 0);
  At(server).server->Read(read);
}

// The client retries: the server asks for the same read once more, with the same context.
bool Cluster::ReadAgain(ServerId server, std::uint32_t k) {
  auto asked = At(server).asked.begin();
  for (; k > 0 && asked != At(server).asked.end(); --k) ++asked;
  if (asked == At(server).asked.end()) return false;
  At(server).server->Read(asked->first);
  return true;
}

void Cluster::Get(ServerId server, std::uint32_t key) {
  trace::Operation& operation = Begin(trace::Operation::Kind::kGet, server, key % kKeys);
  operation.ended = ++moment_;
  operation.result = ValueOf(At(server).store.Get(KeyName(operation.key)));
  operation.position = At(server).store.applied();
}

std::uint64_t Cluster::Apply(ServerId server, std::uint64_t index, std::string_view command) {
  Slot& slot = At(server);
  ++counts_.applied;
  const KvStore::Effect effect = slot.store.Apply(index, command);
  if (effect.request != 0 && effect.request <= history_.size()) {
    trace::Operation& operation = history_[effect.request - 1];
    if (operation.position == 0) operation.position = index;
    const bool waits = operation.server == server && operation.session == slot.starts;
    if (waits && !operation.ended) {
      operation.ended = ++moment_;
      operation.swapped = effect.written;
    }
  }
  ServeWaitingReads(server);
  return slot.store.digest();
}

void Cluster::ServeWaitingReads(ServerId server) {
  Slot& slot = At(server);
  std::erase_if(slot.waiting, [&](const auto& read) {
    if (read.second > slot.store.applied()) return false;
    FinishRead(server, read.first);
    return true;
  });
}

void Cluster::AnswerRead(ServerId server, std::uint64_t read, std::uint64_t index) {
  Slot& slot = At(server);
  ++counts_.reads_served;
  EmitRead(trace::EventName::kReadState, server, read, index);
  if (slot.asked.erase(read) == 0) return;  // a repeated request may be answered twice
  if (slot.store.applied() >= index) return FinishRead(server, read);
  slot.waiting.emplace_back(read, index);
}

void Cluster::FinishRead(ServerId server, std::uint64_t read) {
  trace::Operation& operation = history_[read - 1];
  operation.ended = ++moment_;
  operation.result = ValueOf(At(server).store.Get(KeyName(operation.key)));
  operation.position = At(server).store.applied();
}

}  // namespace tracegen
