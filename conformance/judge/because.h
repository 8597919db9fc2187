// Why the model expects what it expects of a line that is refused: the line that gave the value, or
// the action and the message that would give it now.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/judge/compare.h"
#include "conformance/judge/verdict.h"
#include "raft/trace/event.h"
#include "spec/raft_membership.h"
#include "spec/raft_network.h"
#include "spec/raft_state.h"

namespace conformance {

// Where an event stands.
struct EventPlace {
  std::uint64_t line = 0;  // 0: nowhere
  std::size_t file = 0;
  trace::EventName name = trace::EventName::kInitState;
};

// For each variable of each server the last event that changed it.
class Origins {
 public:
  static constexpr std::size_t kVariables = 12;

  // The event at `place` led server i from `before` to `after`.
  void Note(spec::Server i, const spec::ServerState& before, const spec::ServerState& after,
            const EventPlace& place);
  const EventPlace& Of(spec::Server i, std::size_t variable) const { return last_[i][variable]; }

 private:
  std::array<std::array<EventPlace, kVariables>, spec::kMaxServers> last_{};
};

// What is known of a refused line of server i.
struct Refused {
  spec::Server i = spec::kNil;
  const spec::ServerState& before;  // before the line
  const spec::ServerState& after;   // after the action that was tried
  const Origins& origins;
  const Servers& servers;
  EventPlace received;  // the line with which the server received a message just now
  const trace::Message* message = nullptr;  // the message; null if there is none
};

// Fills in `because` of each difference of the attempt.
void TellWhy(Attempt& attempt, const Refused& refused);

// The line is one of a node that does not validate membership changes, as it seems: how to say so.
// Empty if it is not.
std::string HintOfUnvalidated(const std::vector<Attempt>& attempts, const trace::Event& event,
                              const Refused& refused, const spec::LogTree& tree);

// Messages in flight to server i that would lead to what the line shows, if a line told that they
// were received: at most three.  `before`: the server before the line.
std::vector<std::string> WouldLeadThere(const trace::Event& event, spec::Server i,
                                        const spec::ServerState& before,
                                        const spec::BagNetwork& network, const Servers& servers,
                                        const spec::LogTree& tree);

}  // namespace conformance
