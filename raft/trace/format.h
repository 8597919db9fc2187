// What the writer, the reader and the schema must agree on beyond the field lists of event.h: which
// names have an enumeration, and which numbers travel as strings.  Private to this folder.
// Read next: writer.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "raft/trace/event.h"
#include "raft/trace/name_hash.h"

namespace trace {

// Ids and numbers are the same type in C++, so the name decides.  Ids are decimal strings because
// etcd writes them so; digests because JSON readers that hold numbers as doubles
// lose bits above 2^53.
inline constexpr std::array<std::string_view, 15> kStringFields = {
    "nid",  "vote",   "from",     "to",       "conf",         "newconf", "servers", "digest",
    "lead", "voters", "outgoing", "learners", "learnersNext", "result",  "read"};

constexpr bool IsStringField(std::string_view name) {
  return NameHash<kStringFields>::Find(name) != NameHash<kStringFields>::kNotThere;
}

// The names of an enumeration, by type, and what a message calls it.
template <class Enum>
struct Names;
template <>
struct Names<EventName> {
  static constexpr const auto& kList = kEventNames;
  static constexpr std::string_view kWhat = "event name";
};
template <>
struct Names<Role> {
  static constexpr const auto& kList = kRoleNames;
  static constexpr std::string_view kWhat = "role";
};
template <>
struct Names<MessageType> {
  static constexpr const auto& kList = kMessageTypeNames;
  static constexpr std::string_view kWhat = "message type";
};
template <>
struct Names<SingleConfChange::Action> {
  static constexpr const auto& kList = kConfChangeActionNames;
  static constexpr std::string_view kWhat = "action";
};

template <>
struct Names<Transition> {
  static constexpr const auto& kList = kTransitionNames;
  static constexpr std::string_view kWhat = "transition";
};

template <class T>
struct IsField : std::false_type {};
template <class T>
struct IsField<std::optional<T>> : std::true_type {};

template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};

// A struct of event.h: it has a Visit.
template <class T>
concept Visitable = requires(T& value) {
  T::Visit(value, [](std::string_view, auto&) {});
};

// Which members of a struct, by their place, hold numbers that are decimal strings.
template <class T>
std::uint64_t DecimalMembers() {
  static const std::uint64_t decimal = [] {
    T value;
    std::uint64_t members = 0;
    unsigned place = 0;
    T::Visit(value, [&](std::string_view name, const auto& /*member*/) {
      members |= std::uint64_t{IsStringField(name) ? 1U : 0U} << place++;
    });
    return members;
  }();
  return decimal;
}

inline constexpr std::string_view kTraceTag = "trace";       // etcd's
inline constexpr std::string_view kHeaderTag = "raftcheck";  // ours

}  // namespace trace
