// Which behaviour of the specification a trace has shown.  It counts abstract states: the state of
// the model after each event, without the numbers that grow and without the names of the servers.
// It also counts which step a server took in which abstract state.  Two runs that show the same
// states and steps did the same kind of thing.  A run that shows a new one is worth keeping and
// changing (model-guided fuzzing).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "conformance/judge/raft_trace.h"
#include "raft/trace/event.h"

namespace conformance {

class Coverage {
 public:
  // Call it after the judge took `event`; `candidate` explains all events so far.
  void Observe(const Candidate& candidate, const trace::Event& event, const TraceContext& context);

  struct Seen {
    std::vector<std::uint64_t> states;  // of the whole cluster, as numbers below 2^56
    std::vector<std::uint64_t> steps;   // of one server: its state and the step that it takes
  };
  // Both are sorted, and each number stands once.
  Seen Take();

 private:
  std::uint64_t Abstract(const Candidate& candidate, const TraceContext& context,
                         spec::Server i) const;

  std::array<std::uint64_t, spec::kMaxServers> servers_{};
  spec::Term newest_term_ = 0;
  spec::Server newest_ = 0;  // a server of the newest term: the leader, if there is one
  spec::Index most_committed_ = 0;
  Seen seen_;
};

}  // namespace conformance
