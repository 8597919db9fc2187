// What the simulated cluster itself writes to the trace: disks, applications, network, clients.
#include "raft/trace_message.h"
#include "tracegen/cluster.h"

namespace tracegen {

trace::Durable Cluster::DurableOf(std::uint32_t server) const {
  const Disk::Content& content = servers_[server - 1].disk.durable();
  trace::Durable durable;
  durable.term = content.hard_state.term.value();
  durable.vote = content.hard_state.vote.value();
  durable.commit = content.hard_state.commit.value();
  durable.log = content.last_index().value();
  durable.log_term = content.last_term().value();
  durable.snapshot = content.snapshot->index.value();
  return durable;
}

void Cluster::EmitPersist(std::uint32_t server, const std::vector<raft::Entry>& entries) {
  trace::Event event;
  event.name = trace::EventName::kPersist;
  event.node = server;
  event.durable = DurableOf(server);
  event.ents.emplace();
  event.index = entries.empty() ? 0 : entries.front().index.value();
  for (const raft::Entry& entry : entries) {
    event.ents->push_back({entry.term.value(), raft::Digest(entry)});
  }
  recorder_->Emit(event);
}

// `changed` entries at the end of the log were written and not yet synced.
void Cluster::EmitCrash(std::uint32_t server, std::size_t changed) {
  const Disk::Content& content = At(server).disk.durable();
  const std::vector<raft::Entry>& entries = content.entries;
  trace::Event event;
  event.name = trace::EventName::kCrash;
  event.node = server;
  event.durable = DurableOf(server);
  event.ents.emplace();
  event.index = changed == 0 ? 0 : content.last_index().value() - changed + 1;
  for (std::size_t k = entries.size() - changed; k < entries.size(); ++k) {
    event.ents->push_back({entries[k].term.value(), raft::Digest(entries[k])});
  }
  recorder_->Emit(event);
}

void Cluster::EmitApply(std::uint32_t server, const raft::Entry& entry) {
  trace::Event event;
  event.name = trace::EventName::kApply;
  event.node = server;
  event.index = entry.index.value();
  event.entry = {entry.term.value(), raft::Digest(entry)};
  event.result = At(server).store.digest();
  recorder_->Emit(event);
}

void Cluster::EmitCompact(std::uint32_t server) {
  trace::Event event;
  event.name = trace::EventName::kCompact;
  event.node = server;
  event.index = At(server).disk.durable().first.value() - 1;
  event.durable = DurableOf(server);
  recorder_->Emit(event);
}

void Cluster::EmitRead(trace::EventName name, std::uint32_t server, std::uint64_t read,
                       raft::Index index) {
  if (!recorder_) return;
  trace::Event event;
  event.name = name;
  event.node = server;
  event.read = read;
  if (name == trace::EventName::kReadState) event.index = index.value();
  recorder_->Emit(event);
}

void Cluster::EmitMessage(trace::EventName name, const raft::Message& message) {
  if (!recorder_) return;
  trace::Event event;
  event.name = name;
  event.node = message.to.value();
  event.msg.emplace();
  if (raft::ShowMessage(message, *event.msg)) recorder_->Emit(event);
}

}  // namespace tracegen
