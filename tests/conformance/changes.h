// Traces with less and with more than they had: fields removed, absurd fields added.  Like the
// mutations they are derived from the field lists of raft/trace/event.h.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "raft/trace/event.h"
#include "tests/conformance/mutations.h"

namespace conformance::testing {

template <class T>
concept HasFields = requires(T& value) {
  T::Visit(value, [](const char*, auto&) {});
};

// Walks over the fields that an event has and over those that it lacks.
class FieldWalk {
 public:
  // The paths of the fields of `event`, without name and nid.
  static std::set<std::string> PathsOf(trace::Event event) {
    FieldWalk walk;
    walk.on_present_ = [&](const std::string& path, auto) {
      walk.paths_.insert(path);
      return false;
    };
    walk.Walk("", event);
    return walk.paths_;
  }

  // `event` without the fields for which `removes(path)` holds; it is asked for each place.
  static trace::Event Without(trace::Event event,
                              const std::function<bool(const std::string&)>& removes) {
    FieldWalk walk;
    walk.on_present_ = [&](const std::string& path, auto) { return removes(path); };
    walk.Walk("", event);
    return event;
  }

  // For each field that `event` lacks: the event with an absurd value there.
  static std::vector<Mutation> WithOneMore(trace::Event event) {
    FieldWalk walk;
    std::vector<Mutation> more;
    walk.on_absent_ = [&](const std::string& path) { more.push_back({path, event}); };
    walk.Walk("", event);
    return more;
  }

 private:
  static void Absurd(std::uint64_t& number) { number = 987654; }
  static void Absurd(bool& truth) { truth = true; }
  template <class Enum>
  requires std::is_enum_v<Enum>
  static void Absurd(Enum& value) { value = static_cast<Enum>(2); }
  static void Absurd(trace::Conf& conf) { conf = {{{987654}, {987653}}}; }
  template <HasFields T>
  static void Absurd(T& value) {
    T::Visit(value, [](const char*, auto& field) {
      field.emplace();
      Absurd(*field);
    });
  }
  template <class T>
  static void Absurd(std::vector<T>& list) {
    list.resize(1);
    Absurd(list[0]);
  }

  template <class T>
  void Walk(const std::string& path, std::optional<T>& field) {
    if (field) {
      if (on_present_ && on_present_(path, 0)) {
        field.reset();
        return;
      }
      Walk(path, *field);
    } else if (on_absent_) {
      field.emplace();
      Absurd(*field);
      on_absent_(path);
      field.reset();
    }
  }
  template <HasFields T>
  void Walk(const std::string& path, T& value) {
    T::Visit(value, [&](const char* name, auto& field) {
      Walk(path.empty() ? std::string(name) : path + "." + name, field);
    });
  }
  template <class T>
  void Walk(const std::string& path, std::vector<T>& list) {
    for (T& item : list) Walk(path + "[]", item);
  }
  template <class T>
  void Walk(const std::string& /*path*/, T& /*value*/) {}

  std::function<bool(const std::string&, int)> on_present_;
  std::function<void(const std::string&)> on_absent_;
  std::set<std::string> paths_;
};

}  // namespace conformance::testing
