#include "interpreter.h"

#include <map>
#include <stdexcept>

#include "status_text.h"

namespace scenarios {
namespace {

using tracegen::Kind;
using tracegen::ServerId;

// For the election timeouts.  Some transcripts depend on who times out first, and so on this seed.
constexpr std::uint64_t kSeed = 199;

std::uint32_t NumberOf(const std::string& word) {
  return static_cast<std::uint32_t>(std::stoul(word));
}

}  // namespace

const Interpreter::Command* Interpreter::Find(const std::string& word) {
  static const std::map<std::string, Command> kCommands = {
      {"servers", {&Interpreter::Servers, 1}},
      {"tick", {&Interpreter::Tick, 1}},
      {"campaign", {&Interpreter::Campaign, 1}},
      {"propose", {&Interpreter::Propose, 2}},
      {"change", {&Interpreter::Change, 1}},
      {"process", {&Interpreter::Process, 1}},
      {"write", {&Interpreter::Write, 1}},
      {"apply", {&Interpreter::Apply, 1}},
      {"deliver", {&Interpreter::Deliver, 1}},
      {"drop", {&Interpreter::Drop, 1}},
      {"settle", {&Interpreter::Settle, 0}},
      {"run", {&Interpreter::Run, 1}},
      {"read", {&Interpreter::Read, 2}},
      {"transfer", {&Interpreter::Transfer, 2}},
      {"forget-leader", {&Interpreter::Forget, 1}},
      {"unreachable", {&Interpreter::Unreachable, 2}},
      {"compact", {&Interpreter::Compact, 2}},
      {"cut", {&Interpreter::Cut, 1}},
      {"heal", {&Interpreter::Heal, 0}},
      {"restart", {&Interpreter::Restart, 1}},
      {"status", {&Interpreter::Status, 1}},
      {"log", {&Interpreter::Log, 1}}};
  const auto command = kCommands.find(word);
  return command == kCommands.end() ? nullptr : &command->second;
}

std::string Interpreter::Do(const Words& words) {
  const Command* command = Find(words[0]);
  if (command == nullptr) return "unknown command: " + words[0] + "\n";
  if (words.size() <= command->operands) return "too few words\n";
  try {
    (this->*command->run)(words);
  } catch (const std::exception& error) {
    transcript_.Say(std::string("wrong: ") + error.what() + "\n");
  }
  const std::string text = transcript_.Take();
  return text.empty() ? "ok\n" : text;
}

tracegen::Cluster& Interpreter::cluster() {
  if (!cluster_) throw std::invalid_argument("there are no servers yet");
  return *cluster_;
}

ServerId Interpreter::Named(const std::string& word) {
  const ServerId server = NumberOf(word);
  if (server == 0 || server > servers_) throw std::invalid_argument("no server " + word);
  return server;
}

bool Interpreter::Execute(Kind kind, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return cluster().Execute({kind, {a, b, c}});
}

// servers N [voters=K] [settings]
void Interpreter::Servers(const Words& words) {
  tracegen::Settings settings;
  settings.seed = kSeed;
  settings.servers = NumberOf(words[1]);
  const std::map<std::string, bool*> switches = {{"pre-vote", &settings.pre_vote},
                                                 {"check-quorum", &settings.check_quorum},
                                                 {"lease-reads", &settings.lease_reads},
                                                 {"async", &settings.async_storage}};
  const std::map<std::string, std::uint32_t*> numbers = {
      {"voters", &settings.voters},
      {"max-inflight", &settings.max_inflight_messages},
      {"max-inflight-bytes", &settings.max_inflight_bytes},
      {"max-message", &settings.max_message_bytes},
      {"max-uncommitted", &settings.max_uncommitted_bytes},
      {"max-committed", &settings.max_committed_bytes}};
  for (std::size_t k = 2; k < words.size(); ++k) {
    const std::size_t equals = words[k].find('=');
    const std::string name = words[k].substr(0, equals);
    if (const auto found = switches.find(name); found != switches.end()) {
      *found->second = true;
    } else if (const auto number = numbers.find(name); number != numbers.end()) {
      *number->second = NumberOf(words[k].substr(equals + 1));
    } else if (name == "no-forwarding") {
      settings.forward_proposals = false;
    } else {
      throw std::invalid_argument("unknown setting " + words[k]);
    }
  }
  servers_ = settings.servers;
  cluster_ = std::make_unique<tracegen::Cluster>(settings, nullptr, ours_);
}

void Interpreter::Tick(const Words& words) {
  Execute(Kind::kTick, Named(words[1]), words.size() > 2 ? NumberOf(words[2]) : 1);
}

void Interpreter::Campaign(const Words& words) { Execute(Kind::kCampaign, Named(words[1])); }

// The command is the text itself, so that a scenario can count its bytes.  The cluster's key-value
// store ignores it.
void Interpreter::Propose(const Words& words) {
  transcript_.Say(Text(NodeAt(Named(words[1])).Propose(raft::Payload(words[2]))) + "\n");
}

// change 1 v2 l3 r4 [joint|explicit]; without servers: leave the joint configuration
void Interpreter::Change(const Words& words) {
  raft::ConfChange change;
  for (std::size_t k = 2; k < words.size(); ++k) {
    const std::string& word = words[k];
    if (word == "joint") {
      change.transition = raft::ConfChangeTransition::kJointImplicit;
    } else if (word == "explicit") {
      change.transition = raft::ConfChangeTransition::kJointExplicit;
    } else {
      const auto type = word[0] == 'v'   ? raft::ConfChangeType::kAddNode
                        : word[0] == 'l' ? raft::ConfChangeType::kAddLearnerNode
                                         : raft::ConfChangeType::kRemoveNode;
      change.changes.push_back({type, raft::NodeId(NumberOf(word.substr(1)))});
    }
  }
  std::string why;
  const raft::ProposeResult result = NodeAt(Named(words[1])).ProposeConfChange(change, &why);
  transcript_.Say(Text(result) + (why.empty() ? "" : ": " + why) + "\n");
}

void Interpreter::Process(const Words& words) { Work(Kind::kProcess, Named(words[1])); }

void Interpreter::Write(const Words& words) { Work(Kind::kWrite, Named(words[1])); }

void Interpreter::Apply(const Words& words) { Work(Kind::kApply, Named(words[1])); }

// The node hears at once that the work is done.
void Interpreter::Work(Kind kind, ServerId server) {
  const bool done = Execute(kind, server);
  if (!done && kind == Kind::kWrite) transcript_.Say("nothing to write\n");
  if (!done && kind == Kind::kApply) transcript_.Say("nothing to apply\n");
  while (cluster().Has(server, tracegen::Work::kAnswer)) Execute(Kind::kAnswer, server);
}

void Interpreter::Deliver(const Words& words) {
  const ServerId to = Named(words[1]);
  LoseWhatIsCut();
  for (ServerId from = 1; from <= servers_; ++from) {
    while (Execute(Kind::kDeliver, from, to)) {
    }
  }
}

// drop 2: everything that is in flight to server 2
void Interpreter::Drop(const Words& words) {
  const ServerId to = Named(words[1]);
  for (ServerId from = 1; from <= servers_; ++from) {
    while (const tracegen::PacketPtr packet = cluster().network().Peek(from, to, 0)) {
      transcript_.Say(MessageText(tracegen::MessageOf(*packet)));
      Execute(Kind::kDrop, from, to);
    }
  }
}

// The network keeps messages on a cut link until it is healed, but a scenario wants them lost.
void Interpreter::LoseWhatIsCut() {
  for (ServerId from = 1; from <= servers_; ++from) {
    for (ServerId to = 1; to <= servers_; ++to) {
      while (cluster().network().IsCut(from, to) && Execute(Kind::kDrop, from, to)) {
      }
    }
  }
}

// All servers do all their work; with `quiet` the transcript omits it.
void Interpreter::Settle(const Words& words) {
  Settle();
  if (words.size() > 1 && words[1] == "quiet") transcript_.Take();
}

void Interpreter::Settle() {
  Execute(Kind::kRun, 0);
  LoseWhatIsCut();
}

// run N [SERVERS]: N times these servers (default: all) tick, and then all settle
void Interpreter::Run(const Words& words) {
  std::vector<ServerId> clocks;
  for (std::size_t k = 2; k < words.size(); ++k) clocks.push_back(Named(words[k]));
  for (std::uint32_t k = NumberOf(words[1]); k > 0; --k) {
    if (clocks.empty()) Execute(Kind::kRun, 1);
    for (const ServerId server : clocks) Execute(Kind::kTick, server, 1);
    Settle();
  }
  transcript_.Take();
  for (ServerId server = 1; server <= servers_; ++server) {
    const raft::Node& node = NodeAt(server);
    transcript_.Say(std::to_string(server) + ": " +
                    std::string(raft::kRoleNames[static_cast<std::size_t>(node.role())]) +
                    " term " + Number(node.hard_state().term) + " leader " + Number(node.leader()) +
                    " commit " + Number(node.hard_state().commit) + "\n");
  }
}

// The text is the context.  The cluster's clients do not wait for this read.
void Interpreter::Read(const Words& words) {
  NodeAt(Named(words[1])).ReadIndex(raft::Payload(words[2]));
}

void Interpreter::Transfer(const Words& words) {
  Execute(Kind::kTransfer, Named(words[1]), NumberOf(words[2]));
}

void Interpreter::Forget(const Words& words) { Execute(Kind::kForget, Named(words[1])); }

void Interpreter::Unreachable(const Words& words) {
  Execute(Kind::kUnreachable, Named(words[1]), NumberOf(words[2]));
}

// compact 1 5 [4]: a snapshot of what is applied, which is up to 5; the log goes up to 4 (or 5)
void Interpreter::Compact(const Words& words) {
  const ServerId server = Named(words[1]);
  const std::uint32_t end = NumberOf(words[2]);
  const std::uint32_t gone = words.size() > 3 ? NumberOf(words[3]) : end;
  const std::uint64_t applied = cluster().StatusOf(server).applied;
  if (applied != end) return transcript_.Say("applied is " + std::to_string(applied) + "\n");
  if (!Execute(Kind::kCompact, server, end - gone)) transcript_.Say("nothing to compact\n");
}

// cut 1: nothing passes to or from server 1; cut 1 2: nor from 1 to 2
void Interpreter::Cut(const Words& words) {
  if (words.size() == 2) Execute(Kind::kIsolate, Named(words[1]));
  if (words.size() > 2) Execute(Kind::kCut, Named(words[1]), Named(words[2]));
}

void Interpreter::Heal(const Words& /*words*/) { Execute(Kind::kHeal); }

// All writes survive; work that was handed to the storage threads but not done is lost.
void Interpreter::Restart(const Words& words) {
  const ServerId server = Named(words[1]);
  Execute(Kind::kCrash, server, static_cast<std::uint32_t>(cluster().Unsynced(server)));
  Execute(Kind::kRestart, server);
}

void Interpreter::Status(const Words& words) {
  transcript_.Say(Text(NodeAt(Named(words[1])).status()));
}

void Interpreter::Log(const Words& words) {
  const ServerId server = Named(words[1]);
  const raft::Storage& storage = tracegen::StorageOf(cluster().ServerAt(server));
  std::vector<raft::Entry> entries;
  if (storage.LastIndex() >= storage.FirstIndex()) {
    storage.Entries(storage.FirstIndex(), storage.LastIndex() + 1, ~std::uint64_t{0}, entries);
  }
  const std::string text = EntriesText(entries);
  transcript_.Say((text.empty() ? "empty" : text) + ", commit " +
                  Number(NodeAt(server).hard_state().commit) + "\n");
}

}  // namespace scenarios
