// The judge: takes the events of a trace one by one and holds the set of model states that explain
// them, nearly always one.  Streaming: memory grows with live messages and distinct log entries,
// not with the number of lines.  One judge judges one trace; not thread-safe, many may run.
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

  // What the trace says of itself; before its first event.  Without one nothing is taken for
  // granted: PreVote and CheckQuorum may be on, the network and the disk are not in the trace.
  void SetHeader(const trace::Header& header);

  // `line` is where the event stands, for the report.  False once the trace has left the
  // specification; from then on events are only observed for broken properties.
  // `file` is for traces of several files (merge.h).
  bool Feed(const trace::Event& event, std::uint64_t line, std::size_t file = 0);

  // For who merges files of several servers.  The order of lines of two servers says nothing about
  // time, then: `seq` only grows within a file, and a read is only held to what the server that was
  // asked knew itself.  Before the first event.
  void TrustNoClock();
  // Does the event need something of another server that is not there yet?  A message that was not
  // sent, or is not durable where it must be; a commit.
  Wait Waits(const trace::Event& event);
  // With the rejection: what else is left.
  void NoteWaiting(std::vector<RelatedEvent> waiting);

  bool explained() const;
  // Is a property broken?
  bool violated() const { return report_.violation || observer_.violation(); }

  // Would `event` be a step of the specification, and which, or why not?  It is tried on the first of
  // the states that explain the events so far.  The judge stays as it is; it only comes to know the
  // servers and the log entries that the event names.
  StepExplanation Explain(const trace::Event& event);

  // The first of these states, and what they share.
  const Candidate& explanation() const { return candidates_.front(); }
  const TraceContext& context() const { return *context_; }

  Report Finish();

 private:
  struct Recent {
    std::uint64_t line = 0;
    std::size_t file = 0;
    trace::Event event;
  };

  // A missing, repeated or moved line.
  bool InSequence(const trace::Event& event, std::uint64_t line, std::size_t file);
  void Reject(const trace::Event& event, std::uint64_t line, std::size_t file,
              const Candidate& before, StepResult result);
  // Explanations that break a property are dropped where another does not.
  void DropViolating(std::vector<std::optional<spec::Violation>> violations, std::uint64_t line,
                     std::size_t file);
  void MergeCandidates();
  void Remember(const trace::Event& event, std::uint64_t line, std::size_t file);

  static constexpr std::size_t kRecentEvents = 32;

  std::unique_ptr<TraceContext> context_;
  std::vector<Candidate> candidates_;
  // The servers' states before the event, for the report.
  spec::State before_{};
  Observer observer_;
  std::size_t observed_in_ = 0;  // the file of its violation
  Report report_;
  std::array<Recent, kRecentEvents> recent_;  // a ring
  std::uint64_t remembered_ = 0;
  std::vector<std::uint64_t> last_seq_;  // by file, without a clock
};

}  // namespace conformance
