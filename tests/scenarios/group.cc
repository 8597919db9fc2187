#include "group.h"

#include <algorithm>
#include <stdexcept>

#include "status_text.h"

namespace scenarios {
namespace {

using raft::Message;
using raft::MessageType;

std::string Number(auto value) { return std::to_string(value.value()); }

std::string EntryText(const raft::Entry& entry) {
  std::string text = Number(entry.index) + "@" + Number(entry.term);
  if (entry.type == raft::EntryType::kConfChange) return text + " change";
  return entry.data.empty() ? text : text + " " + std::string(entry.data.view());
}

std::string EntriesText(const std::vector<raft::Entry>& entries) {
  std::string text;
  for (const raft::Entry& entry : entries) text += (text.empty() ? "" : ", ") + EntryText(entry);
  return text;
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

std::uint64_t NumberOf(const std::string& word) { return std::stoull(word); }

}  // namespace

std::string Group::Do(const Words& words) {
  static const std::map<std::string, std::pair<Command, std::size_t>> kCommands = {
      {"servers", {&Group::Servers, 1}},
      {"tick", {&Group::Tick, 1}},
      {"campaign", {&Group::Campaign, 1}},
      {"propose", {&Group::Propose, 2}},
      {"change", {&Group::Change, 1}},
      {"process", {&Group::Process, 1}},
      {"deliver", {&Group::Deliver, 1}},
      {"drop", {&Group::Drop, 1}},
      {"settle", {&Group::Settle, 0}},
      {"run", {&Group::Run, 1}},
      {"write", {&Group::Write, 1}},
      {"apply", {&Group::Apply, 1}},
      {"status", {&Group::Status, 1}},
      {"log", {&Group::Log, 1}},
      {"transfer", {&Group::Transfer, 2}},
      {"read", {&Group::Read, 2}},
      {"compact", {&Group::Compact, 2}},
      {"forget-leader", {&Group::Forget, 1}},
      {"unreachable", {&Group::Unreachable, 2}},
      {"cut", {&Group::Cut, 1}},
      {"heal", {&Group::Heal, 0}},
      {"restart", {&Group::Restart, 1}}};
  const auto command = kCommands.find(words[0]);
  if (command == kCommands.end()) return "unknown command: " + words[0] + "\n";
  if (words.size() <= command->second.second) return "too few words\n";
  try {
    const std::string text = (this->*command->second.first)(words);
    return text.empty() ? "ok\n" : text;
  } catch (const std::exception& error) {
    return std::string("wrong: ") + error.what() + "\n";
  }
}

Group::Server& Group::At(const std::string& word) { return servers_.at(NumberOf(word)); }

// servers N [voters=K] [settings]
std::string Group::Servers(const Words& words) {
  const std::uint64_t count = NumberOf(words[1]);
  std::uint64_t voters = count;
  raft::Config config;
  config.election_ticks = 5;
  for (std::size_t k = 2; k < words.size(); ++k) {
    const std::string name = words[k].substr(0, words[k].find('='));
    const std::string value = words[k].substr(std::min(words[k].size(), name.size() + 1));
    if (name == "voters")
      voters = NumberOf(value);
    else if (name == "pre-vote")
      config.pre_vote = true;
    else if (name == "check-quorum")
      config.check_quorum = true;
    else if (name == "lease-reads")
      config.read_only = raft::ReadOnly::kLeaseBased;
    else if (name == "async")
      config.async_storage_writes = true;
    else if (name == "no-forwarding")
      config.disable_proposal_forwarding = true;
    else if (name == "max-inflight")
      config.max_inflight_messages = std::stoi(value);
    else if (name == "max-inflight-bytes")
      config.max_inflight_bytes = NumberOf(value);
    else if (name == "max-message")
      config.max_message_bytes = NumberOf(value);
    else if (name == "max-uncommitted")
      config.max_uncommitted_bytes = NumberOf(value);
    else if (name == "max-committed")
      config.max_committed_bytes = NumberOf(value);
    else
      return "unknown setting: " + words[k] + "\n";
  }
  servers_.clear();
  network_.clear();
  cut_.clear();
  raft::ConfState conf;
  for (std::uint64_t id = 1; id <= voters; ++id) conf.voters.emplace_back(id);
  for (std::uint64_t id = 1; id <= count; ++id) {
    Server& server = servers_[id];
    server.storage = std::make_unique<raft::MemoryStorage>(conf);
    server.conf_state = conf;
    server.config = config;
    server.config.id = raft::NodeId(id);
    server.config.storage = server.storage.get();
    server.config.seed = id;
    if (const auto wrong = raft::Validate(server.config)) return *wrong + "\n";
    Start(server);
  }
  return "";
}

void Group::Start(Server& server) {
  const raft::SnapshotPtr snapshot = server.storage->GetSnapshot();
  server.applied = snapshot->index;
  server.conf_state = snapshot->conf_state;
  server.config.applied = server.applied;
  server.node = std::make_unique<raft::Node>(server.config);
}

std::string Group::Tick(const Words& words) {
  const std::uint64_t count = words.size() > 2 ? NumberOf(words[2]) : 1;
  for (std::uint64_t k = 0; k < count; ++k) At(words[1]).node->Tick();
  return "";
}

std::string Group::Campaign(const Words& words) {
  At(words[1]).node->Campaign();
  return "";
}

std::string Group::Propose(const Words& words) {
  const raft::ProposeResult result = At(words[1]).node->Propose(words[2]);
  return Text(result) + "\n";
}

// change 1 v2 l3 r4 [joint|explicit]; without servers: leave the joint configuration
std::string Group::Change(const Words& words) {
  raft::ConfChange change;
  for (std::size_t k = 2; k < words.size(); ++k) {
    const std::string& word = words[k];
    if (word == "joint")
      change.transition = raft::ConfChangeTransition::kJointImplicit;
    else if (word == "explicit")
      change.transition = raft::ConfChangeTransition::kJointExplicit;
    else {
      const auto type = word[0] == 'v'   ? raft::ConfChangeType::kAddNode
                        : word[0] == 'l' ? raft::ConfChangeType::kAddLearnerNode
                                         : raft::ConfChangeType::kRemoveNode;
      change.changes.push_back({type, raft::NodeId(NumberOf(word.substr(1)))});
    }
  }
  std::string why;
  const raft::ProposeResult result = At(words[1]).node->ProposeConfChange(change, &why);
  return Text(result) + (why.empty() ? "" : ": " + why) + "\n";
}

void Group::Send(Message message) {
  const auto to = servers_.find(message.to.value());
  if (message.to == message.from && to != servers_.end()) {
    to->second.node->Step(std::move(message));
  } else {
    network_.push_back(std::move(message));
  }
}

std::string Group::ApplyAll(Server& server, const std::vector<raft::Entry>& entries) {
  std::string text;
  for (const raft::Entry& entry : entries) {
    server.applied = entry.index;
    if (entry.type == raft::EntryType::kNormal) continue;
    server.conf_state = server.node->ApplyConfChange(*raft::Decode(entry.data.view()));
    text += "  now " + MembersText(server.conf_state) + "\n";
  }
  return text;
}

std::string Group::TakeReady(Server& server) {
  if (!server.node->HasReady()) return "";
  raft::Ready& ready = server.node->TakeReady();
  std::string text = "Ready of " + Number(server.node->id()) + "\n";
  if (ready.soft_state) {
    text += "  " + std::string(raft::kRoleNames[static_cast<std::size_t>(ready.soft_state->role)]) +
            " leader " + Number(ready.soft_state->leader) + "\n";
  }
  if (ready.hard_state) {
    text += "  term " + Number(ready.hard_state->term) + " vote " + Number(ready.hard_state->vote) +
            " commit " + Number(ready.hard_state->commit) + (ready.must_sync ? "" : " (no sync)") +
            "\n";
  }
  if (ready.snapshot) text += "  snapshot " + Number(ready.snapshot->index) + "\n";
  if (!ready.entries.empty()) text += "  append " + EntriesText(ready.entries) + "\n";
  for (const Message& m : ready.messages) text += "  send " + MessageText(m);
  for (const raft::ReadState& read : ready.read_states) {
    text += "  read " + std::string(read.context.view()) + " at " + Number(read.index) + "\n";
  }
  if (!ready.committed_entries.empty()) {
    text += "  apply " + EntriesText(ready.committed_entries) + "\n";
  }
  if (server.config.async_storage_writes) {
    for (Message& m : ready.messages) {
      if (m.to == raft::kAppendThread)
        server.to_write.push_back(std::move(m));
      else if (m.to == raft::kApplyThread)
        server.to_apply.push_back(std::move(m));
      else
        Send(std::move(m));
    }
    return text;
  }
  if (ready.snapshot) {
    server.storage->Install(ready.snapshot);
    server.applied = ready.snapshot->index;
    server.conf_state = ready.snapshot->conf_state;
  }
  server.storage->Append(ready.entries);
  if (ready.hard_state) server.storage->SetHardState(*ready.hard_state);
  for (Message& m : ready.messages) Send(std::move(m));
  text += ApplyAll(server, ready.committed_entries);
  server.node->Advance();
  return text;
}

std::string Group::Process(const Words& words) { return TakeReady(At(words[1])); }

std::string Group::Write(const Words& words) {
  Server& server = At(words[1]);
  if (server.to_write.empty()) return "nothing to write\n";
  Message write = std::move(server.to_write.front());
  server.to_write.erase(server.to_write.begin());
  if (write.snapshot) {
    server.storage->Install(write.snapshot);
    server.applied = write.snapshot->index;
    server.conf_state = write.snapshot->conf_state;
  }
  server.storage->Append(write.entries);
  if (write.term != raft::Term()) {
    server.storage->SetHardState({write.term, write.vote, write.commit});
  }
  std::string text;
  for (Message& m : write.responses) {
    text += "  " + MessageText(m);
    if (m.to == server.config.id)
      server.node->Step(std::move(m));
    else
      Send(std::move(m));
  }
  return text;
}

std::string Group::Apply(const Words& words) {
  Server& server = At(words[1]);
  if (server.to_apply.empty()) return "nothing to apply\n";
  Message apply = std::move(server.to_apply.front());
  server.to_apply.erase(server.to_apply.begin());
  std::string text = "  apply " + EntriesText(apply.entries) + "\n";
  text += ApplyAll(server, apply.entries);
  for (Message& m : apply.responses) server.node->Step(std::move(m));
  return text;
}

bool Group::IsCut(const Message& m) const { return cut_.count({m.from.value(), m.to.value()}) > 0; }

std::string Group::DeliverTo(std::uint64_t to) {
  std::vector<Message> all;
  all.swap(network_);
  std::vector<Message> arrive;
  for (Message& m : all) {
    if (m.to.value() == to && servers_.count(to) > 0) {
      if (!IsCut(m)) arrive.push_back(std::move(m));
    } else {
      network_.push_back(std::move(m));
    }
  }
  std::string text;
  for (Message& m : arrive) {
    text += MessageText(m);
    const bool snapshot = m.type == MessageType::kSnap;
    const raft::NodeId from = m.from;
    const raft::NodeId receiver = m.to;
    const bool taken = servers_.at(to).node->Step(std::move(m));
    if (!taken) text += "  not taken\n";
    if (snapshot) servers_.at(from.value()).node->ReportSnapshot(receiver, taken);
  }
  return text;
}

std::string Group::Deliver(const Words& words) { return DeliverTo(NumberOf(words[1])); }

// drop 2: everything that is in flight to server 2
std::string Group::Drop(const Words& words) {
  const raft::NodeId to(NumberOf(words[1]));
  std::string text;
  for (const Message& m : network_) {
    if (m.to != to) continue;
    text += MessageText(m);
    if (m.type == MessageType::kSnap) servers_.at(m.from.value()).node->ReportSnapshot(to, false);
  }
  std::erase_if(network_, [to](const Message& m) { return m.to == to; });
  return text;
}

// Everybody does all that there is to do; with `quiet` nothing is said.
std::string Group::Settle(const Words& words) {
  std::string text;
  for (bool busy = true; busy;) {
    busy = false;
    for (auto& [id, server] : servers_) {
      const std::string name = std::to_string(id);
      std::string more = TakeReady(server);
      while (!server.to_write.empty()) more += "write " + name + "\n" + Write({"write", name});
      while (!server.to_apply.empty()) more += "apply " + name + "\n" + Apply({"apply", name});
      more += DeliverTo(id);
      busy = busy || !more.empty();
      text += more;
    }
  }
  return words.size() > 1 && words[1] == "quiet" ? "" : text;
}

// run N [SERVERS]: so many times, those servers (or all) tick, and all settle
std::string Group::Run(const Words& words) {
  for (std::uint64_t k = NumberOf(words[1]); k > 0; --k) {
    for (auto& [id, server] : servers_) {
      const std::string name = std::to_string(id);
      const bool named = std::find(words.begin() + 2, words.end(), name) != words.end();
      if (words.size() == 2 || named) server.node->Tick();
    }
    Settle({"settle", "quiet"});
  }
  std::string text;
  for (auto& [id, server] : servers_) {
    text += std::to_string(id) + ": " +
            std::string(raft::kRoleNames[static_cast<std::size_t>(server.node->role())]) +
            " term " + Number(server.node->hard_state().term) + " leader " +
            Number(server.node->leader()) + " commit " + Number(server.node->hard_state().commit) +
            "\n";
  }
  return text;
}

std::string Group::Status(const Words& words) { return Text(At(words[1]).node->status()); }

std::string Group::Log(const Words& words) {
  const Server& server = At(words[1]);
  std::vector<raft::Entry> entries;
  const raft::MemoryStorage& storage = *server.storage;
  if (storage.LastIndex() >= storage.FirstIndex()) {
    storage.Entries(storage.FirstIndex(), storage.LastIndex() + 1, ~std::uint64_t{0}, entries);
  }
  const std::string text = EntriesText(entries);
  return (text.empty() ? "empty" : text) + ", commit " + Number(server.node->hard_state().commit) +
         "\n";
}

std::string Group::Transfer(const Words& words) {
  At(words[1]).node->TransferLeader(raft::NodeId(NumberOf(words[2])));
  return "";
}

std::string Group::Read(const Words& words) {
  At(words[1]).node->ReadIndex(raft::Payload(words[2]));
  return "";
}

// compact 1 5 [4]: a snapshot of what is applied, at most at 5; the log goes up to 4 (or 5)
std::string Group::Compact(const Words& words) {
  Server& server = At(words[1]);
  const raft::Index index(NumberOf(words[2]));
  if (index != server.applied) return "applied is " + Number(server.applied) + "\n";
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->index = index;
  snapshot->term = server.storage->TermAt(index);
  snapshot->conf_state = server.conf_state;
  server.storage->SaveSnapshot(std::move(snapshot));
  server.storage->Compact(words.size() > 3 ? raft::Index(NumberOf(words[3])) : index);
  return "";
}

std::string Group::Forget(const Words& words) {
  At(words[1]).node->ForgetLeader();
  return "";
}

std::string Group::Unreachable(const Words& words) {
  At(words[1]).node->ReportUnreachable(raft::NodeId(NumberOf(words[2])));
  return "";
}

// cut 1: nothing passes to or from server 1; cut 1 2: nor from 1 to 2
std::string Group::Cut(const Words& words) {
  const std::uint64_t one = NumberOf(words[1]);
  if (words.size() > 2) {
    cut_.insert({one, NumberOf(words[2])});
    return "";
  }
  for (const auto& [id, server] : servers_) {
    cut_.insert({one, id});
    cut_.insert({id, one});
  }
  return "";
}

std::string Group::Heal(const Words& /*words*/) {
  cut_.clear();
  return "";
}

// What was handed to the storage threads and not done is lost.
std::string Group::Restart(const Words& words) {
  Server& server = At(words[1]);
  server.to_write.clear();
  server.to_apply.clear();
  Start(server);
  return "";
}

}  // namespace scenarios
