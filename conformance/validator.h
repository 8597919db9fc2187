// The judge: takes the events of a trace one by one and holds the set of model states that explain
// them, nearly always one.  Streaming: memory grows with live messages and distinct log entries,
// not with the number of lines.  One validator judges one trace; not thread-safe, many may run.
//
//   conformance::Validator validator;
//   while (next event) if (!validator.Feed(event, line)) ...;   // false: no longer explained
//   conformance::Report report = validator.Finish();
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "conformance/observer.h"
#include "conformance/raft_trace.h"
#include "conformance/verdict.h"
#include "raft/trace/event.h"

namespace conformance {

class Validator {
 public:
  Validator();
  ~Validator();
  Validator(Validator&&) noexcept;
  Validator& operator=(Validator&&) noexcept;

  // What the trace says of itself; before its first event.  Without one nothing is taken for
  // granted: PreVote and CheckQuorum may be on, the network and the disk are not in the trace.
  void SetHeader(const trace::Header& header);

  // `line` is where the event stands, for the report.  False once the trace has left the
  // specification; from then on events are only observed for broken properties.
  bool Feed(const trace::Event& event, std::uint64_t line);
  bool explained() const;
  // Is a property broken?
  bool violated() const { return report_.violation || observer_.violation(); }

  Report Finish();

 private:
  struct Recent {
    std::uint64_t line = 0;
    trace::Event event;
  };

  void Reject(const trace::Event& event, std::uint64_t line, const Candidate& before,
              StepResult result);
  void MergeCandidates();
  void Remember(const trace::Event& event, std::uint64_t line);

  static constexpr std::size_t kRecentEvents = 32;

  std::unique_ptr<TraceContext> context_;
  std::vector<Candidate> candidates_;
  // The servers' states before the event, for the report.
  spec::State before_{};
  Observer observer_;
  Report report_;
  std::array<Recent, kRecentEvents> recent_;  // a ring
  std::uint64_t remembered_ = 0;
};

}  // namespace conformance
