#include "transcript.h"

namespace scenarios {
namespace {

using raft::Message;
using raft::MessageType;

std::string EntryText(const raft::Entry& entry) {
  std::string text = Number(entry.index) + "@" + Number(entry.term);
  if (entry.type == raft::EntryType::kConfChange) return text + " change";
  return entry.data.empty() ? text : text + " " + std::string(entry.data.view());
}

std::string IdsText(const std::vector<raft::NodeId>& ids) {
  std::string text;
  for (const raft::NodeId id : ids) text += (text.empty() ? "" : " ") + Number(id);
  return text;
}

std::string MembersText(const raft::ConfState& conf) {
  std::string text = "voters " + IdsText(conf.voters);
  if (!conf.voters_outgoing.empty()) text += ", outgoing " + IdsText(conf.voters_outgoing);
  if (!conf.learners.empty()) text += ", learners " + IdsText(conf.learners);
  if (!conf.learners_next.empty()) text += ", to learn " + IdsText(conf.learners_next);
  return text + (conf.auto_leave ? ", auto-leave" : "");
}

std::string NameOf(raft::NodeId id) {
  if (id == raft::kAppendThread) return "append";
  return id == raft::kApplyThread ? "apply" : Number(id);
}

}  // namespace

std::string EntriesText(const std::vector<raft::Entry>& entries) {
  std::string text;
  for (const raft::Entry& entry : entries) text += (text.empty() ? "" : ", ") + EntryText(entry);
  return text;
}

std::string MessageText(const Message& m) {
  std::string text = NameOf(m.from) + "->" + NameOf(m.to) + " " +
                     std::string(raft::kMessageTypeNames[static_cast<std::size_t>(m.type)]);
  if (m.term != raft::Term()) text += " term " + Number(m.term);
  if (m.type == MessageType::kApp || m.type == MessageType::kVote ||
      m.type == MessageType::kPreVote) {
    text += " after " + Number(m.index) + "@" + Number(m.log_term);
  } else if (m.index != raft::Index()) {
    text += " index " + Number(m.index);
  }
  if (m.commit != raft::Index()) text += " commit " + Number(m.commit);
  if (m.reject) text += " REJECTED";
  if (m.reject && m.type == MessageType::kAppResp) {
    text += ", try " + Number(m.reject_hint) + "@" + Number(m.log_term);
  }
  if (!m.entries.empty() && m.type != MessageType::kStorageApplyResp) {
    text += " [" + EntriesText(m.entries) + "]";
  }
  if (m.snapshot) {
    text += " snapshot " + Number(m.snapshot->index) + "@" + Number(m.snapshot->term) + " " +
            MembersText(m.snapshot->conf_state);
  }
  if (m.context.view() == raft::kTransferContext) text += " forced";
  return text + "\n";
}

void Transcript::OnReady(tracegen::ServerId server, const raft::Ready& ready) {
  Say("Ready of " + std::to_string(server) + "\n");
  if (ready.soft_state) {
    Say("  " + std::string(raft::kRoleNames[static_cast<std::size_t>(ready.soft_state->role)]) +
        " leader " + Number(ready.soft_state->leader) + "\n");
  }
  if (ready.hard_state) {
    Say("  term " + Number(ready.hard_state->term) + " vote " + Number(ready.hard_state->vote) +
        " commit " + Number(ready.hard_state->commit) + (ready.must_sync ? "" : " (no sync)") +
        "\n");
  }
  if (ready.snapshot) Say("  snapshot " + Number(ready.snapshot->index) + "\n");
  if (!ready.entries.empty()) Say("  append " + EntriesText(ready.entries) + "\n");
  for (const Message& m : ready.messages) Say("  send " + MessageText(m));
  for (const raft::ReadState& read : ready.read_states) {
    Say("  read " + std::string(read.context.view()) + " at " + Number(read.index) + "\n");
  }
  if (!ready.committed_entries.empty()) {
    Say("  apply " + EntriesText(ready.committed_entries) + "\n");
  }
}

void Transcript::OnStorageWork(const Message& work) {
  if (work.to == raft::kApplyThread) return Say("  apply " + EntriesText(work.entries) + "\n");
  for (const Message& m : work.responses) Say("  " + MessageText(m));
}

void Transcript::OnMembership(tracegen::ServerId /*server*/, const raft::ConfState& members) {
  Say("  now " + MembersText(members) + "\n");
}

void Transcript::OnReceive(const Message& message, bool taken) {
  Say(MessageText(message));
  if (!taken) Say("  not taken\n");
}

}  // namespace scenarios
