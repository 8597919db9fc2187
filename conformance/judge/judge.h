// The judge takes the events of a trace one by one.  It holds the set of model states that explain
// them; this is nearly always one state.  Memory grows with the messages in flight and the distinct
// log entries, not with the number of lines.  One judge judges one trace.  A judge is not
// thread-safe; several judges may run at the same time.
//
//   conformance::Judge judge;
//   while (next event) if (!judge.Feed(event, line)) ...;   // false: no longer explained
//   conformance::Report report = judge.Finish();
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "conformance/judge/because.h"
#include "conformance/judge/observer.h"
#include "conformance/judge/raft_trace.h"
#include "conformance/judge/verdict.h"
#include "raft/trace/event.h"

namespace conformance {

class Judge {
 public:
  Judge();
  ~Judge();
  Judge(Judge&&) noexcept;
  Judge& operator=(Judge&&) noexcept;
  // A copy goes on alone, from the same events.  It costs a copy of all entries of the trace.
  Judge(const Judge&);
  Judge& operator=(const Judge&) = delete;

  // What the trace says of itself.  Call it before the first event.  Without a header PreVote and
  // CheckQuorum may be on or off, and the trace shows neither the network nor the disks.
  void SetHeader(const trace::Header& header);

  // For a node with etcd's DisableConfChangeValidation, whatever a header says: its leaders may
  // propose a membership change before the last one is applied.  Call it before the first event.
  void AllowUnvalidatedChanges();

  // Judges the next event.  False once the trace has left the specification; from then on events
  // are only observed for broken properties.  `line` and `file` say where the event stands, for the
  // report; `file` is for traces of several files (merge.h).
  bool Feed(const trace::Event& event, std::uint64_t line, std::size_t file = 0);

  // For a trace that is merged from files of several servers: the order of lines of two servers
  // says nothing about time.  `seq` must grow within each file only.  A read must return only what
  // the server that was asked knew itself.  Call it before the first event.
  void TrustNoClock();
  // Does the event need something from another server that has not happened yet?  For example a
  // message that was not sent, a write that is not done, an entry that is not committed.
  Wait Waits(const trace::Event& event);
  // Adds to the rejection the lines that still wait.
  void NoteWaiting(std::vector<RelatedEvent> waiting);

  bool explained() const;
  // Was a property broken?
  bool violated() const { return report_.violation || observer_.violation(); }

  // Would `event` be a step of the specification, and which, or why not?  It is tried on the states
  // that explain the events so far: the first that takes it without harm is told, else the first.
  // Costs a copy of all entries of the trace for each.
  StepExplanation Explain(const trace::Event& event) const;

  // The first of the states that explain the events so far, and what all of them share.
  const Candidate& explanation() const { return candidates_.front(); }
  const TraceContext& context() const { return *context_; }

  Report Finish();

 private:
  struct Recent {
    std::uint64_t line = 0;
    std::size_t file = 0;
    trace::Event event;
  };

  StepExplanation ExplainOn(const Candidate& tried, const trace::Event& event) const;
  // Adds to the attempts why the model expects what it does, and messages that would help.
  // `before` is the server before the event, `after` the explanation that was tried.  Returns a
  // hint, or nothing.
  std::string TellReasons(std::vector<Attempt>& attempts, std::vector<std::string>& nearest,
                          const trace::Event& event, const spec::ServerState& before,
                          const Candidate& after, const TraceContext& context) const;
  // False if a line is missing, repeated or moved.
  bool InSequence(const trace::Event& event, std::uint64_t line, std::size_t file);
  void Reject(const trace::Event& event, std::uint64_t line, std::size_t file,
              const Candidate& before, StepResult result);
  // Drops the explanations that break a property, if another explanation breaks none.
  void DropViolating(std::uint64_t line, std::size_t file);
  bool TooManyExplanations(std::uint64_t line, std::size_t file);
  void KeepLearnt();
  void MergeCandidates();
  void Remember(const trace::Event& event, std::uint64_t line, std::size_t file);

  static constexpr std::size_t kRecentEvents = 32;

  std::unique_ptr<TraceContext> context_;  // at one place, because the candidates point into it
  std::vector<Candidate> candidates_;
  // The states of the servers before the event, for the report.
  spec::State before_{};
  Observer observer_;
  std::size_t observed_in_ = 0;  // the file in which it found a violation
  Report report_;
  std::array<Recent, kRecentEvents> recent_;  // a ring buffer
  std::uint64_t remembered_ = 0;
  Origins origins_;
  // Of each explanation after the event; kept to reuse its memory.
  std::vector<std::optional<spec::Violation>> violations_;
  std::vector<std::uint64_t> last_seq_;  // of each file, for a merged trace
};

}  // namespace conformance
