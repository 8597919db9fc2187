#include "raft/trace/describe.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace trace {
namespace {

// Enumerators come from readers that checked them; a name beyond the list is still shown.
template <class Names, class Enum>
std::string_view NameOf(const Names& names, Enum value) {
  const auto place = static_cast<std::size_t>(value);
  return place < names.size() ? names[place] : std::string_view("?");
}

void Number(std::string_view label, const Field<std::uint64_t>& field, std::string& out) {
  if (field) out.append(" ").append(label).append(" ").append(std::to_string(*field));
}

void NonZero(std::string_view label, const Field<std::uint64_t>& field, std::string& out) {
  if (field.value_or(0) != 0) Number(label, field, out);
}

void Ids(const std::vector<NodeId>& ids, std::string& out) {
  out += '{';
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i != 0) out += ',';
    out += std::to_string(ids[i]);
  }
  out += '}';
}

void NonEmpty(std::string_view label, const Field<std::vector<NodeId>>& ids, std::string& out) {
  if (!ids || ids->empty()) return;
  out.append(" ").append(label).append(" ");
  Ids(*ids, out);
}

void OneMembers(const Members& members, std::string& out) {
  NonEmpty("voters", members.voters, out);
  NonEmpty("outgoing", members.outgoing, out);
  NonEmpty("learners", members.learners, out);
  NonEmpty("learnersNext", members.learners_next, out);
  if (members.auto_leave.value_or(false)) out += " autoLeave";
}

void OneEntry(const Entry& entry, std::string& out) {
  out += " (";
  out.append("term ").append(entry.term ? std::to_string(*entry.term) : "?");
  Number("digest", entry.digest, out);
  out += ')';
}

void Entries(const Field<std::vector<Entry>>& entries, std::string& out) {
  if (!entries || entries->empty()) return;
  out += " ents";
  for (const Entry& entry : *entries) OneEntry(entry, out);
}

void Server(const Event& event, std::string& out) {
  if (event.state) {
    Number("term", event.state->term, out);
    Number("vote", event.state->vote, out);
    Number("commit", event.state->commit, out);
  }
  Number("log", event.log, out);
  if (event.role) {
    std::string_view role = NameOf(kRoleNames, *event.role);
    if (role.starts_with("State")) role.remove_prefix(5);
    out.append(" ").append(role);
  }
  if (event.conf) {
    out += " conf ";
    Ids((*event.conf)[0], out);
    if (!(*event.conf)[1].empty()) Ids((*event.conf)[1], out);
  }
  NonZero("lead", event.lead, out);
}

void OneMessage(const Message& message, std::string& out) {
  out.append(" ").append(message.type ? NameOf(kMessageTypeNames, *message.type) : "message");
  if (message.from || message.to) {
    out.append(" ").append(message.from ? std::to_string(*message.from) : "?");
    out.append("->").append(message.to ? std::to_string(*message.to) : "?");
  }
  Number("term", message.term, out);
  NonZero("entries", message.entries, out);
  NonZero("logTerm", message.log_term, out);
  NonZero("index", message.index, out);
  NonZero("commit", message.commit, out);
  NonZero("vote", message.vote, out);
  if (message.reject.value_or(false)) out += " reject";
  NonZero("rejectHint", message.reject_hint, out);
  Entries(message.ents, out);
  if (message.force.value_or(false)) out += " force";
  Number("sent", message.sent, out);
  if (message.snapshot) {
    out += " snapshot";
    Number("index", message.snapshot->index, out);
    Number("term", message.snapshot->term, out);
    if (message.snapshot->members) OneMembers(*message.snapshot->members, out);
  }
}

void Change(const ConfChange& change, std::string& out) {
  out += " change";
  if (change.changes) {
    for (const SingleConfChange& single : *change.changes) {
      out.append(" ").append(single.action ? NameOf(kConfChangeActionNames, *single.action) : "?");
      out.append(" ").append(single.node ? std::to_string(*single.node) : "?");
    }
  }
  if (change.transition) out.append(" ").append(NameOf(kTransitionNames, *change.transition));
  if (change.newconf) {
    out += " to ";
    Ids(*change.newconf, out);
  }
  if (change.members) OneMembers(*change.members, out);
}

void Rest(const Event& event, std::string& out) {
  if (event.prop) {
    if (event.prop->cc) Change(*event.prop->cc, out);
    Number("match", event.prop->match, out);
    Number("next", event.prop->next, out);
  }
  Number("index", event.index, out);
  if (event.entry) {
    out += " entry";
    OneEntry(*event.entry, out);
  }
  Entries(event.ents, out);
  if (event.durable) {
    out += " durable";
    Number("term", event.durable->term, out);
    Number("vote", event.durable->vote, out);
    Number("commit", event.durable->commit, out);
    Number("log", event.durable->log, out);
    Number("logTerm", event.durable->log_term, out);
    NonZero("snapshot", event.durable->snapshot, out);
  }
  Number("result", event.result, out);
  Number("read", event.read, out);
  Number("clock", event.clock, out);
}

}  // namespace

std::string Describe(const Event& event) {
  std::string server;
  Server(event, server);
  std::string message;
  if (event.msg) OneMessage(*event.msg, message);
  std::string rest;
  Rest(event, rest);
  std::string out = "server " + std::to_string(event.node) + " ";
  out += NameOf(kEventNames, event.name);
  // Each part begins with a space of its own, so that the eye finds server, message and the rest.
  for (const std::string& part : {server, message, rest}) {
    if (!part.empty()) out.append(" ").append(part);
  }
  return out;
}

}  // namespace trace
