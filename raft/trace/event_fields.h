// Which fields belong to which event, and which of them nobody can judge without.  This is the one
// table of it: the judge refuses fields that do not belong (nobody would compare them), and the
// JSON Schema, the table of events in docs/trace_schema.md and the tests are made from it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "raft/trace/event.h"

namespace trace {

// A part of an event: a field, or several that always go together.
enum class Part : std::uint8_t {
  kServer,  // state, role, log, conf, lead: the server at the moment of the event
  kMsg,
  kChanges,     // prop.cc.changes
  kTransition,  // prop.cc.transition
  kNewConf,     // prop.cc.newconf
  kMembers,     // prop.cc.members
  kProgress,    // prop.match, prop.next
  kEntry,
  kIndex,
  kEnts,
  kDurable,
  kResult,
  kRead,
  kClock,
};

// The fields of each part, as paths; `state` stands for all of kServer.
inline constexpr std::array<std::string_view, 14> kPartNames = {"state",
                                                                "msg",
                                                                "prop.cc.changes",
                                                                "prop.cc.transition",
                                                                "prop.cc.newconf",
                                                                "prop.cc.members",
                                                                "prop.match, prop.next",
                                                                "entry",
                                                                "index",
                                                                "ents",
                                                                "durable",
                                                                "result",
                                                                "read",
                                                                "clock"};

// A set of parts.
using Parts = std::uint32_t;
constexpr Parts operator|(Part a, Part b) {
  return 1U << static_cast<unsigned>(a) | 1U << static_cast<unsigned>(b);
}
constexpr Parts operator|(Parts set, Part part) { return set | 1U << static_cast<unsigned>(part); }
constexpr bool Has(Parts set, Part part) { return (set >> static_cast<unsigned>(part) & 1U) != 0; }
constexpr Parts Only(Part part) { return 1U << static_cast<unsigned>(part); }

struct EventFields {
  EventName event;
  // Which state of the server the fields show, as the page says it.
  std::string_view moment;
  Parts belongs;
  // The fields that judging cannot do without, separated by commas; for some of them under a
  // condition, which the page states.
  std::string_view needs;
};

// In the order of EventName.
inline constexpr std::array<EventFields, kEventNames.size()> kEventFields = {{
    {EventName::kInitState, "loading", Only(Part::kServer), ""},
    {EventName::kBecomeCandidate, "after", Only(Part::kServer), ""},
    {EventName::kBecomeFollower, "after", Only(Part::kServer), ""},
    {EventName::kBecomeLeader, "after", Only(Part::kServer), ""},
    {EventName::kCommit, "after", Only(Part::kServer), ""},
    {EventName::kReplicate, "before", Part::kServer | Part::kEntry, ""},
    {EventName::kChangeConf, "before",
     Part::kServer | Part::kChanges | Part::kTransition | Part::kEntry | Part::kIndex,
     "prop.cc.changes"},
    {EventName::kApplyConfChange, "before", Part::kServer | Part::kNewConf | Part::kMembers, ""},
    {EventName::kReady, "as it is", Only(Part::kServer), ""},
    {EventName::kSendAppendEntriesRequest, "after", Part::kServer | Part::kMsg | Part::kProgress,
     "msg"},
    {EventName::kReceiveAppendEntriesRequest, "before", Part::kServer | Part::kMsg, "msg"},
    {EventName::kSendAppendEntriesResponse, "after", Part::kServer | Part::kMsg, "msg"},
    {EventName::kReceiveAppendEntriesResponse, "before", Part::kServer | Part::kMsg, "msg"},
    {EventName::kSendRequestVoteRequest, "after", Part::kServer | Part::kMsg, "msg"},
    {EventName::kReceiveRequestVoteRequest, "before", Part::kServer | Part::kMsg, "msg"},
    {EventName::kSendRequestVoteResponse, "before", Part::kServer | Part::kMsg, "msg"},
    {EventName::kReceiveRequestVoteResponse, "before", Part::kServer | Part::kMsg, "msg"},
    {EventName::kSendSnapshot, "never", 0, ""},
    {EventName::kReceiveSnapshot, "never", 0, ""},
    {EventName::kPersist, "after", Part::kServer | Part::kIndex | Part::kEnts | Part::kDurable, ""},
    {EventName::kCrash, "none", Part::kIndex | Part::kEnts | Part::kDurable, ""},
    {EventName::kApply, "as it is", Part::kServer | Part::kEntry | Part::kIndex | Part::kResult,
     ""},
    {EventName::kDropMessage, "none", Only(Part::kMsg), "msg"},
    {EventName::kDuplicateMessage, "none", Only(Part::kMsg), "msg"},
    {EventName::kBecomePreCandidate, "after", Only(Part::kServer), ""},
    {EventName::kSendMessage, "after", Part::kServer | Part::kMsg, "msg, msg.type"},
    {EventName::kReceiveMessage, "before", Part::kServer | Part::kMsg, "msg"},
    {EventName::kCompact, "after", Part::kServer | Part::kIndex | Part::kDurable, "index"},
    {EventName::kReadIndex, "none", Only(Part::kRead), ""},
    {EventName::kReadState, "none", Part::kRead | Part::kIndex, ""},
    {EventName::kForgetLeader, "after", Only(Part::kServer), ""},
    {EventName::kTick, "after", Part::kServer | Part::kClock, ""},
    {EventName::kLeaseRead, "before", Part::kServer | Part::kIndex, ""},
}};
// The order is checked where it costs nothing.
static_assert([] {
  for (std::size_t k = 0; k < kEventFields.size(); ++k) {
    if (kEventFields[k].event != static_cast<EventName>(k)) return false;
  }
  return true;
}());

constexpr const EventFields& FieldsOf(EventName event) {
  return kEventFields[static_cast<std::size_t>(event)];
}

// The fields that some event needs.
inline constexpr std::array<std::string_view, 4> kNeeds = {"msg", "msg.type", "index",
                                                           "prop.cc.changes"};

// Of each event the set of those that it needs, a bit for each.
inline constexpr std::array<std::uint8_t, kEventNames.size()> kNeededBits = [] {
  std::array<std::uint8_t, kEventNames.size()> bits{};
  for (const EventFields& fields : kEventFields) {
    for (std::string_view rest = fields.needs; !rest.empty();) {
      const std::string_view field = rest.substr(0, rest.find(','));
      std::size_t k = 0;
      while (kNeeds.at(k) != field) ++k;  // a name that is not above does not compile
      bits[static_cast<std::size_t>(fields.event)] |= static_cast<std::uint8_t>(1U << k);
      rest.remove_prefix(std::min(rest.size(), field.size() + 2));  // with the comma and the blank
    }
  }
  return bits;
}();

// The first field that judging the event needs and that it does not tell; empty if there is none.
constexpr std::string_view MissingField(const Event& e) {
  const unsigned needs = kNeededBits[static_cast<std::size_t>(e.name)];
  if (needs == 0) return {};
  if ((needs & 1U) != 0 && !e.msg) return kNeeds[0];
  if ((needs & 2U) != 0 && !e.msg->type) return kNeeds[1];
  if ((needs & 4U) != 0 && !e.index) return kNeeds[2];
  if ((needs & 8U) == 0) return {};
  // Each change with its server and its kind.
  if (!e.prop || !e.prop->cc || !e.prop->cc->changes) return kNeeds[3];
  const auto& changes = *e.prop->cc->changes;
  const bool told = std::all_of(changes.begin(), changes.end(),
                                [](const SingleConfChange& one) { return one.node && one.action; });
  return told ? std::string_view() : kNeeds[3];
}

// Does the line say that a message arrived?
constexpr bool IsReceive(EventName event) {
  return kEventNames[static_cast<std::size_t>(event)].starts_with("Receive");
}

// A field that does not belong to the event; empty if there is none.
constexpr std::string_view StrayField(const Event& e) {
  const Parts belongs = FieldsOf(e.name).belongs;
  const auto stray = [belongs](const auto& field, Part part) {
    return field.has_value() && !Has(belongs, part);
  };
  if (!Has(belongs, Part::kServer)) {
    if (e.state) return "state";
    if (e.role) return "role";
    if (e.log) return "log";
    if (e.conf) return "conf";
    if (e.lead) return "lead";
  }
  if (stray(e.msg, Part::kMsg)) return "msg";
  if (stray(e.entry, Part::kEntry)) return "entry";
  if (stray(e.index, Part::kIndex)) return "index";
  if (stray(e.ents, Part::kEnts)) return "ents";
  if (stray(e.durable, Part::kDurable)) return "durable";
  if (stray(e.result, Part::kResult)) return "result";
  if (stray(e.read, Part::kRead)) return "read";
  if (stray(e.clock, Part::kClock)) return "clock";
  if (!e.prop) return {};
  if (stray(e.prop->match, Part::kProgress)) return "prop.match";
  if (stray(e.prop->next, Part::kProgress)) return "prop.next";
  if (!e.prop->cc) return {};
  const ConfChange& cc = *e.prop->cc;
  if (stray(cc.changes, Part::kChanges)) return "prop.cc.changes";
  if (stray(cc.transition, Part::kTransition)) return "prop.cc.transition";
  if (stray(cc.newconf, Part::kNewConf)) return "prop.cc.newconf";
  return stray(cc.members, Part::kMembers) ? "prop.cc.members" : std::string_view();
}

}  // namespace trace
