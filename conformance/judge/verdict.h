// What the judge says of a trace, and why.  Plain data; conformance/report/ turns it into text and
// JSON.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/judge/properties.h"

namespace conformance {

enum class Verdict : std::uint8_t {
  kAccepted,  // a behaviour of the specification, and something was compared
  kRejected,  // not a behaviour of the specification
  kViolated,  // breaks a property
  kInvalid,   // not a trace that can be judged: unreadable, empty, or beyond what is modelled
  kStopped,   // the judge was stopped before the end, and has accepted what comes before
};
inline constexpr std::array<std::string_view, 5> kVerdictNames = {"accepted", "rejected",
                                                                  "violated", "invalid", "stopped"};

// A field of an event that differs from the model.
struct Difference {
  std::string field;     // as in the JSON: state.term, msg.index, ...
  std::string expected;  // what the model has
  std::string found;     // what the trace says
  std::string because;   // where the expected value comes from; empty if nobody can say
};

// One action of the specification that could have explained the event, and why it did not: a guard
// is false, with the values that make it false, or fields differ after the action.
struct Attempt {
  std::string action;
  std::string guard;   // the false conjunct, as TLA+ text; empty if the action was taken
  std::string values;  // `currentTerm[i] = 4, m.term = 5`
  std::vector<Difference> differences;
};

struct ServerView {
  std::string server;
  std::string text;  // its state in the model
};

struct RelatedEvent {
  std::uint64_t line = 0;
  std::string text;
  std::size_t file = 0;  // number of the file, in a trace of several files
};

// Is an event a step of the specification?
struct StepExplanation {
  bool allowed = false;
  std::vector<std::string> actions;     // if it is: the actions, also those that no line shows
  std::vector<Attempt> attempts;        // if it is not: the actions that could not explain it
  std::vector<std::string> nearest;     // messages in flight that nearly fit, or would help
  std::string hint;                     // how it would be allowed; empty if nobody knows a way
  std::string out_of_scope;             // why the event cannot be judged; empty if it can
  std::vector<ServerView> before;       // the servers that the event names
  std::vector<ServerView> after;        // if it is: those of them that changed
  std::optional<std::string> violated;  // a property that the step breaks
};

// Where a trace first leaves the specification.
struct Rejection {
  std::uint64_t line = 0;
  std::size_t file = 0;
  std::string event;
  std::string action;  // of the first attempt; failures are grouped by it
  std::string reason;  // one line of text
  std::vector<Attempt> attempts;
  std::vector<std::string> nearest;  // messages in flight that nearly fit, or would help
  std::string hint;                  // how it would be allowed; empty if nobody knows a way
  std::vector<ServerView> servers;   // the model's state before the event
  std::vector<RelatedEvent> before;  // the last events of these servers
  // In a merged trace: the lines that wait for something that never comes.
  std::vector<RelatedEvent> waiting;
};

// A property that the trace breaks.
struct PropertyViolation {
  std::uint64_t line = 0;
  std::string property;
  std::string what;
  std::size_t file = 0;
  std::vector<std::string> details;  // more of what was seen, one line each
  Basis basis = Basis::kLines;
};

struct Report {
  std::vector<std::string> files;  // of a merged trace, by number; else empty
  Verdict verdict = Verdict::kInvalid;
  std::uint64_t events = 0;  // events that were judged, with the rejected one
  std::uint64_t fields_compared = 0;
  std::uint64_t inferred_steps = 0;    // steps that no line of the trace shows
  std::uint64_t most_candidates = 1;   // the largest number of explanations at one time
  std::uint64_t ambiguous_events = 0;  // events after which there was more than one explanation
  std::uint64_t candidates_left = 1;   // explanations at the end
  std::uint64_t bytes_left_out = 0;    // of a last line whose end nobody waited for
  std::uint64_t bytes_unread = 0;      // of the file, where reading was stopped before its end
  std::string invalid;                 // why the trace is invalid or stopped, if it is
  std::uint64_t invalid_line = 0;
  std::size_t invalid_file = 0;
  std::optional<Rejection> rejection;
  std::optional<PropertyViolation> violation;                 // the first
  std::map<std::string, std::uint64_t, std::less<>> actions;  // how often each was taken
};

}  // namespace conformance
