// The properties by name, and who checks them: the one list of it.  docs/validating.md has it as a
// table; tests compare that, the properties of the models, and what the judge finds, with it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace conformance {

// What says that a property is broken.
enum class Basis : std::uint8_t {
  kLines,        // the lines of the trace alone, also after the trace has left the specification
  kExplanation,  // the state of the model in each explanation of the lines
  kRun,          // what the simulated cluster saw: its clients, a check of the implementation
};
inline constexpr std::array<std::string_view, 3> kBasisNames = {"lines", "explanation", "run"};

struct PropertyRow {
  std::string_view name;  // as in tla/RaftProperties.tla, if it is there
  std::string_view says;
  bool models = false;       // raftcheck model checks it, in every state or step
  bool lines = false;        // see Basis
  bool explanation = false;  // see Basis
  bool run = false;          // see Basis
};

// On traces a property is about all servers and all of history.  Where a trace has several
// explanations, LogMatching is about the logs as they are.
inline constexpr std::array<PropertyRow, 18> kProperties = {{
    {"ElectionSafety", "A term has at most one leader.", true, true, true},
    {"LogMatching", "Logs that agree on the term at an index agree up to there.", true, true, true},
    {"LeaderCompleteness", "A leader has every entry that was committed in an older term.", true,
     true, true},
    {"StateMachineSafety",
     "No two servers commit or apply different entries at one index, or get different results of "
     "it.",
     true, true, true},
    {"CommitWithinLog", "The commit index never points beyond the log.", true, true, true},
    {"CommittedIsDurable",
     "A committed entry is on disk on a quorum of the configuration in which it was committed.",
     true, false, true},
    {"OneChangeAtATime", "No log has two membership changes that are not committed.", true, false,
     true},
    {"ReadsSeeCommitted", "A read sees whatever was committed when it was asked for.", true, true,
     false},
    {"TermMonotonic", "The term falls only by a crash, and never on disk.", true, true, true},
    {"CommitMonotonic", "The commit index falls only by a crash, and never on disk.", true, true,
     true},
    {"MatchMonotonic", "Within its term a leader never unlearns what a member has.", true, false,
     true},
    {"LeaderAppendOnly", "A leader only appends to its log.", true, true, true},
    {"NewestTermIsOpened", "Somebody stands, or stood, for election in the newest term.", true},
    {"OpensTermAfterPreVote", "With PreVote nobody opens a term whom no quorum would elect.", true},
    {"AsksWhoHasWholeLog", "Whom its leader asks to campaign has all that the leader has.", true},
    {"Linearizability", "The operations of the clients on each key have one order.", false, false,
     false, true},
    {"Liveness", "Some time after the faults have stopped, everybody is served.", false, false,
     false, true},
    {"ImplementationCheck", "No check inside the implementation stops it.", false, false, false,
     true},
}};

}  // namespace conformance
