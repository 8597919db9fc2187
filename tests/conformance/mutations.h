// All ways to make one field of an event wrong.  They are derived from the field lists of
// raft/trace/event.h, so a new field is mutated automatically.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "raft/trace/event.h"

namespace conformance::testing {

struct Mutation {
  std::string field;
  trace::Event event;
};

class Mutator {
 public:
  // All mutations of `event`; each changes one field.
  static std::vector<Mutation> Of(const trace::Event& event) {
    Mutator mutator(event);
    mutator.Walk("", mutator.working_);
    return std::move(mutator.mutations_);
  }

 private:
  explicit Mutator(const trace::Event& event) : working_(event) {}

  template <class T>
  void With(const std::string& path, T& field, T wrong) {
    if (field == wrong) return;
    std::swap(field, wrong);
    mutations_.push_back({path, working_});
    std::swap(field, wrong);
  }

  template <class T>
  void Walk(const std::string& path, std::optional<T>& field) {
    if (field) Walk(path, *field);
  }
  template <class T>
  requires requires(T& value) {
    T::Visit(value, [](const char*, auto&) {});
  }
  void Walk(const std::string& path, T& value) {
    T::Visit(value, [&](const char* name, auto& field) {
      Walk(path.empty() ? name : path + "." + name, field);
    });
  }
  template <class T>
  void Walk(const std::string& path, std::vector<T>& list) {
    if (list.empty()) return;
    std::vector<T> shorter(list.begin(), list.end() - 1);
    With(path, list, shorter);
    for (std::size_t k = 0; k < list.size(); ++k) Walk(path + "[]", list[k]);
  }
  void Walk(const std::string& path, trace::Conf& conf) {
    Walk(path + "[0]", conf[0]);
    With(path + "[1]", conf[1], std::vector<trace::NodeId>{1});
  }
  void Walk(const std::string& path, std::uint64_t& number) {
    With(path, number, number + 1);
    if (number > 0) With(path, number, number - 1);
  }
  void Walk(const std::string& path, bool& truth) { With(path, truth, !truth); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void Walk(const std::string& path, Enum& value) {
    const auto other = static_cast<Enum>((static_cast<int>(value) + 1) % 3);
    With(path, value, other);
  }

  trace::Event working_;
  std::vector<Mutation> mutations_;
};

}  // namespace conformance::testing
