// Shared by the tests of raft/trace: random events, and helpers to read text.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "raft/trace/event.h"
#include "raft/trace/format.h"
#include "raft/trace/reader.h"
#include "raft/trace/result.h"
#include "raft/trace/writer.h"

namespace trace::testing {

// rapidcheck runs a hundred cases, which are few for a format; this runs `times` as many.  Calling
// rc::check again would draw the same cases.
template <class Property>
bool CheckMany(const std::string& what, int times, const Property& property) {
  rc::detail::TestMetadata metadata;
  metadata.id = what;
  metadata.description = what;
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess *= times;
  const auto result = rc::detail::checkTestable(property, metadata, params);
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << "\n";
  return result.template is<rc::detail::SuccessResult>();
}

inline std::string ToJson(const auto& value) {
  std::string text;
  AppendJson(value, text);
  return text;
}

inline Result<std::vector<Item>> ReadText(std::string text) {
  return ReadAll(Reader::FromString(std::move(text)));
}

// The folder of real traces, if it is beside the checkout.
inline std::filesystem::path EtcdFolder() {
  return std::filesystem::path(RAFTCHECK_SOURCE_DIR) / ".." / "shared" / "data" / "etcd";
}

inline std::string FileText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Call only inside of a property.  It visits the field lists, so no new field can be forgotten.
// Choices from a few values ignore rapidcheck's size, because small cases must reach all of them,
// too.
template <class T>
void Fill(T& value) {
  if constexpr (IsField<T>::value) {
    value.reset();
    if (*rc::gen::arbitrary<bool>()) Fill(value.emplace());
  } else if constexpr (Visitable<T>) {
    T::Visit(value, [](std::string_view, auto& field) { Fill(field); });
  } else if constexpr (IsList<T>::value) {
    value.resize(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, 4)));
    for (auto& element : value) Fill(element);
  } else if constexpr (std::is_same_v<T, Conf>) {
    for (auto& side : value) Fill(side);
  } else if constexpr (std::is_enum_v<T>) {
    const auto place = rc::gen::inRange<std::size_t>(0, Names<T>::kList.size());
    value = static_cast<T>(*rc::gen::resize(rc::kNominalSize, place));
  } else if constexpr (std::is_same_v<T, bool>) {
    value = *rc::gen::arbitrary<bool>();
  } else {
    constexpr std::uint64_t kHalf = std::uint64_t{1} << 53U;  // doubles are not exact beyond this
    const std::vector<std::uint64_t> edges = {kHalf, kHalf + 1, ~std::uint64_t{0}};
    value = *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 20),
                            rc::gen::arbitrary<std::uint64_t>(), rc::gen::elementOf(edges));
  }
}

// Every field is present, every list has two elements, and all numbers differ.
template <class T>
void FillAll(T& value, std::uint64_t& next) {
  if constexpr (IsField<T>::value) {
    FillAll(value.emplace(), next);
  } else if constexpr (Visitable<T>) {
    T::Visit(value, [&](std::string_view, auto& field) { FillAll(field, next); });
  } else if constexpr (IsList<T>::value) {
    value.resize(2);
    for (auto& element : value) FillAll(element, next);
  } else if constexpr (std::is_same_v<T, Conf>) {
    for (auto& side : value) FillAll(side, next);
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(Names<T>::kList.size() - 1);
  } else if constexpr (std::is_same_v<T, bool>) {
    value = true;
  } else {
    value = next++;
  }
}

inline Event FullEvent() {
  Event event;
  std::uint64_t next = 1;
  FillAll(event, next);
  return event;
}

}  // namespace trace::testing
