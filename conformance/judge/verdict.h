// What the judge says of a trace, and why.  Plain data; explain.h turns it into text and JSON.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

enum class Verdict : std::uint8_t {
  kAccepted,  // a behaviour of the specification, and something was compared
  kRejected,  // not a behaviour of the specification
  kViolated,  // breaks a property
  kInvalid,   // not a trace that can be judged: unreadable, empty, or beyond what is modelled
};
inline constexpr std::array<std::string_view, 4> kVerdictNames = {"accepted", "rejected",
                                                                  "violated", "invalid"};

// A field of an event that is not what the specification says.
struct Difference {
  std::string field;     // as in the JSON: state.term, msg.index, ...
  std::string expected;  // what the model has
  std::string found;     // what the trace says
};

// One action of the specification that could have explained the event, and what stood against it:
// a guard that is false, with the values that make it so, or fields that differ after it.
struct Attempt {
  std::string action;
  std::string guard;   // the false conjunct, as TLA+ text; empty if the action was taken
  std::string values;  // `currentTerm[i] = 4, m.term = 5`
  std::vector<Difference> differences;
};

struct ServerView {
  std::string server;
  std::string text;  // the model's state of it
};

struct RelatedEvent {
  std::uint64_t line = 0;
  std::string text;
  std::size_t file = 0;  // of the files that make up the trace
};

// May an event be the next one?
struct StepExplanation {
  bool allowed = false;
  std::vector<std::string> actions;     // taken, if it is allowed; with those that no line shows
  std::vector<Attempt> attempts;        // if it is not
  std::vector<std::string> nearest;     // messages in flight that nearly fit
  std::string out_of_scope;             // why it cannot be judged
  std::vector<ServerView> before;       // the servers concerned
  std::vector<ServerView> after;        // those of them that changed, if it is allowed
  std::optional<std::string> violated;  // a property that the step breaks
};

// Where a trace first leaves the specification.
struct Rejection {
  std::uint64_t line = 0;
  std::size_t file = 0;
  std::string event;
  std::string action;  // of the first attempt; groups failures
  std::string reason;  // one line
  std::vector<Attempt> attempts;
  std::vector<std::string> nearest;  // what was in flight instead
  std::vector<ServerView> servers;   // the model's state before the event
  std::vector<RelatedEvent> before;  // the last events of these servers
  // Of files that are merged: all that is left waits for something that never comes.
  std::vector<RelatedEvent> waiting;
};

// A property that is broken by what was observed, whatever the specification says.
struct PropertyViolation {
  std::uint64_t line = 0;
  std::string property;
  std::string what;
  std::size_t file = 0;
  std::vector<std::string> details;  // what is to be seen beside it, a line each
};

struct Report {
  std::vector<std::string> files;  // of a merged trace, in the order of their numbers; else empty
  Verdict verdict = Verdict::kInvalid;
  std::uint64_t events = 0;  // judged, up to and with the rejected one
  std::uint64_t fields_compared = 0;
  std::uint64_t inferred_steps = 0;    // steps that no line of the trace shows
  std::uint64_t most_candidates = 1;   // explanations alive at once
  std::uint64_t ambiguous_events = 0;  // after which there was more than one
  std::uint64_t candidates_left = 1;   // at the end
  std::string invalid;                 // why, if invalid
  std::uint64_t invalid_line = 0;
  std::size_t invalid_file = 0;
  std::optional<Rejection> rejection;
  std::optional<PropertyViolation> violation;                 // the first
  std::map<std::string, std::uint64_t, std::less<>> actions;  // how often each was taken
};

}  // namespace conformance
