// How one line of a trace is tried against one explanation: the class behind Step of raft_trace.h,
// spread over raft_trace.cc (order of lines, lines of a running server), raft_trace_start.cc
// (starting and stopping), raft_trace_disk.cc, raft_trace_membership.cc, raft_trace_messages.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/judge/raft_trace.h"

namespace conformance {

std::string_view NameOf(const trace::Event& event);

class Stepper {
 public:
  Stepper(Candidate& candidate, const trace::Event& event, TraceContext& context)
      : candidate_(candidate), raft_(candidate.raft), event_(event), context_(context) {}
  StepResult Run();
  Wait Waits();

 private:
  using Name = trace::EventName;
  using Stage = ServerProgress::Stage;

  spec::ServerState& server() { return raft_.state[i_]; }
  ServerProgress& progress() { return candidate_.progress[i_]; }

  // A field that does not belong to the line; nullptr if there is none.
  const char* StrayField() const;
  void CheckProperties(const spec::ServerState& before);

  // Results.
  bool Refuse(std::string_view action, std::string guard, std::string values = {},
              std::vector<Difference> differences = {});
  bool Take(std::string_view action, const spec::Outcome& outcome);
  bool TakeUnseen(std::string_view action, const spec::Outcome& outcome);
  bool Agrees(std::string_view action, Comparison& comparison);

  // Comparing.
  Shown ShownNow();
  bool ShowsState(std::string_view action);
  // The line shows the state, and the message that was queued last.
  bool ShowsSent(std::string_view action, const spec::Message& m);
  const spec::Message& LastQueued() { return raft_.network.LastSent(); }
  Comparison Compare() const { return Comparison(context_.servers); }
  void CompareMessage(Comparison& comparison, const spec::Message& m) {
    comparison.Message(*event_.msg, m, context_.tree, raft_.constants);
  }

  // What must come first.
  bool InOrder();
  // A message in hand asks for BecomeFollower, and another line came: under a lease a vote request
  // is ignored.
  bool PutAside();
  bool IsOfHand();
  // etcd writes no line when a server becomes a pre-candidate; the next line shows its role.
  void InferPreCandidate();
  void InferBeforeCampaign();
  spec::Index CommitUnseen();
  void InferCommit();

  // Lines of a server.
  bool OfServer();
  bool OutOfScope(const char* why);
  bool OnCommit();
  bool OnReplicate();
  bool OnBecomeCandidate();
  bool OnApply();
  bool OnRead();

  // The disk.
  bool OnReady();
  // Nothing to write, no message that waits: such a Ready needs no Persist.
  bool NothingIsNew();
  // The oldest writes of server i are done.
  bool InferPersist(spec::Server i, std::size_t count);
  bool FinishWritesBefore(const spec::ServerState::Durable& disk);
  // How many writes must be done before the line's message can leave; 0 if it waits for none.
  std::size_t WritesBeforeMessage(spec::Server from) const;
  void InferInstalled();
  void InferCompaction();
  bool OnPersist();
  bool OnCompact();
  void CompareDurable(Comparison& comparison, const trace::Durable& durable,
                      const spec::ServerState::Durable& disk);
  // Does the write of these entries lead from the one log to the other?
  void CompareWritten(Comparison& comparison, const Written& written, spec::LogId before,
                      spec::LogId after);

  // Starting and stopping.
  bool OnCrash();
  bool OnInitState();
  // What the disk may hold after a crash, of the length that the line shows.
  std::vector<Loadable> LoadableLogs(bool first);
  bool KeepPossible(std::vector<Loadable>& logs);
  // Before the stored state is loaded, only the log and the configuration show.
  bool ShowsLoading();
  bool OnLoaded();
  bool OnBecomeFollower();
  bool OnGivesWay();
  void ElseIgnored();
  // Whose message, which no line shows, can have told the term of this line; kNil if nobody's.
  spec::Server TellsNewerTerm() const;
  bool StartWithSnapshot();
  void LearnFirstTerm();
  // It has nothing: etcd's RawNode.Bootstrap may come.
  bool IsNewborn();
  void StartBootstrap();
  bool FinishBootstrap();

  // Membership.
  bool OnChangeConf();
  bool OnApplyConfChange();
  bool OnLoadedConf();
  // The configuration that a server starts with: that of the snapshot, or one that the application
  // stored, which the log up to `most` made at some time and which the line shows.
  spec::Config LoadedConf(const std::vector<trace::NodeId>& voters,
                          const std::vector<trace::NodeId>* outgoing, spec::Index most);
  spec::ServerSet SetOf(const std::vector<trace::NodeId>& ids) const;
  // The application does not apply again what is in the configuration that it stored.
  void SkipApplied();
  bool AppliesFrom(spec::ServerSet voters);
  void ApplyAgain();
  void SettleStored();
  void ApplyOpenly();
  void SettleChange();
  bool OnBootstrapConf();
  // The servers of the line's new configuration; all become known.
  spec::ServerSet NewVoters();
  void CompareNewConf(Comparison& comparison, const spec::Config& config);
  spec::ConfChange ToSpecChange(const trace::ConfChange& change);
  // The announced entries, in the order of the log.
  std::vector<Announced> InLogOrder(const std::vector<Announced>& announced);

  // Messages.
  bool IsResponse() const {
    return event_.name == Name::kSendAppendEntriesResponse ||
           event_.name == Name::kSendRequestVoteResponse ||
           (event_.name == Name::kSendMessage && event_.msg &&
            event_.msg->type == trace::MessageType::kMsgPreVoteResp);
  }
  bool IsToItself() const {
    return IsResponse() && event_.msg && event_.msg->to && *event_.msg->to == event_.node;
  }
  bool IsOfNetwork() const {
    return event_.name == Name::kDropMessage || event_.name == Name::kDuplicateMessage;
  }
  static std::string_view HandlerOf(const spec::Message& response);
  // Does the line carry a message of a type that its name allows, which we know?
  bool HasMessage();
  bool OnSend();
  bool OnSendByType(spec::Server j);
  bool OnSendToItself();
  bool Sends(std::string_view action, const spec::Outcome& outcome);
  bool OnAcknowledgeItself();
  bool OnSendResponse();
  // The model's message that a line means, if it is known.
  std::optional<spec::Message> Find();
  // The same, and its fields count as compared.  That it arrived may tell that a write is done.
  std::optional<spec::Message> FindCounted();
  bool NotInFlight(std::string_view action);
  bool OnReceive();
  bool OnStale(const spec::Message& m);
  bool OnAnswerStale(const spec::Message& m);
  bool HandleNow(const spec::Message& m);
  // May the message be ignored, because of a lease?
  bool MayBeIgnored(const spec::Message& m);
  bool MayHaveForgotten(const spec::Message& m);
  void InferForgotten(const spec::Message& m);
  void OfNetwork();

  Candidate& candidate_;
  spec::Raft<spec::BagNetwork>& raft_;
  const trace::Event& event_;
  TraceContext& context_;
  spec::Server i_ = spec::kNil;
  bool restarted_ = false;  // by this line
  StepResult result_;
};

}  // namespace conformance
