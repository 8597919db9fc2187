#include "tests/trace/schema.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "raft/trace/event_fields.h"
#include "raft/trace/format.h"

namespace trace {
namespace {

using Json = nlohmann::ordered_json;

// Every struct that an event can hold needs a name here; otherwise it does not compile.
template <class Struct>
constexpr std::string_view kStructName = Struct::kHasNoNameInSchemaCc;
template <>
constexpr std::string_view kStructName<Event> = "event";
template <>
constexpr std::string_view kStructName<Header> = "header";
template <>
constexpr std::string_view kStructName<State> = "state";
template <>
constexpr std::string_view kStructName<Entry> = "entry";
template <>
constexpr std::string_view kStructName<Message> = "message";
template <>
constexpr std::string_view kStructName<Durable> = "durable";
template <>
constexpr std::string_view kStructName<SingleConfChange> = "change";
template <>
constexpr std::string_view kStructName<ConfChange> = "confChange";
template <>
constexpr std::string_view kStructName<Members> = "members";
template <>
constexpr std::string_view kStructName<Snapshot> = "snapshot";
template <>
constexpr std::string_view kStructName<Properties> = "properties";

Json Reference(std::string_view name) { return {{"$ref", "#/$defs/" + std::string(name)}}; }

template <class Struct>
void Define(Json& definitions);

// The schema of one value; structs inside of it are added to the definitions.
template <class T>
Json Value(std::string_view name, const T& example, Json& definitions) {
  if constexpr (IsField<T>::value) {
    return Value(name, typename T::value_type{}, definitions);
  } else if constexpr (Visitable<T>) {
    Define<T>(definitions);
    return Reference(kStructName<T>);
  } else if constexpr (IsList<T>::value) {
    return {{"type", "array"}, {"items", Value(name, typename T::value_type{}, definitions)}};
  } else if constexpr (std::is_same_v<T, Conf>) {
    return {{"type", "array"},
            {"items", Value(name, example[0], definitions)},
            {"minItems", example.size()},
            {"maxItems", example.size()}};
  } else if constexpr (std::is_enum_v<T>) {
    return {{"enum", Names<T>::kList}};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else {
    return Reference(IsStringField(name) ? "decimal" : "uint64");
  }
}

template <class Struct>
void Define(Json& definitions) {
  const std::string name(kStructName<Struct>);
  if (definitions.contains(name)) return;
  definitions[name] = nullptr;  // reserves its place before those of the structs inside of it
  Json properties = Json::object();
  Json required = Json::array();
  Struct example{};
  Struct::Visit(example, [&](std::string_view field_name, auto& field) {
    using FieldType = std::remove_cvref_t<decltype(field)>;
    properties[std::string(field_name)] = Value(field_name, field, definitions);
    if (!IsField<FieldType>::value) required.push_back(field_name);
  });
  Json schema = {{"type", "object"}, {"properties", properties}};
  if (!required.empty()) schema["required"] = required;
  schema["additionalProperties"] = false;
  definitions[name] = schema;
}

// `{"a": {"properties": {"b": inner}}}` for the path a.b.
Json At(const std::string& path, Json inner) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos) return {{path, std::move(inner)}};
  return At(path.substr(0, dot), {{"properties", {{path.substr(dot + 1), std::move(inner)}}}});
}

// Fields that do not belong to the event must not be there.
Json RuleOfEvent(const EventFields& row) {
  Json properties = Json::object();
  for (std::size_t k = 0; k < kPartNames.size(); ++k) {
    if (Has(row.belongs, static_cast<Part>(k))) continue;
    std::string names(kPartNames[k]);
    if (k == 0) names = "state, role, log, conf, lead";
    for (std::size_t from = 0; from < names.size();) {
      const std::size_t to = std::min(names.find(", ", from), names.size());
      properties.merge_patch(At(names.substr(from, to - from), false));
      from = to + 2;
    }
  }
  const std::string_view name = kEventNames[static_cast<std::size_t>(row.event)];
  Json then = {{"properties", properties}};
  if (Has(row.belongs, Part::kMsg)) then["required"] = {"msg"};
  return {{"if", {{"properties", {{"name", {{"const", name}}}}}}}, {"then", then}};
}

// If a line has this tag, its body follows this schema; lines with other tags may hold anything.
Json Rule(std::string_view tag, std::string_view key) {
  return {{"if", {{"properties", {{"tag", {{"const", tag}}}}}, {"required", {"tag"}}}},
          {"then", {{"properties", {{key, Reference(key)}}}, {"required", {key}}}}};
}

}  // namespace

std::string JsonSchema() {
  Json definitions;
  Define<Event>(definitions);
  Define<Header>(definitions);
  for (const EventFields& row : kEventFields) {
    definitions["event"]["allOf"].push_back(RuleOfEvent(row));
  }
  definitions["uint64"] = {
      {"type", "integer"}, {"minimum", 0}, {"maximum", std::numeric_limits<std::uint64_t>::max()}};
  definitions["decimal"] = {
      {"description", "an unsigned 64-bit integer as a decimal string; as an id, 0 is nobody"},
      {"type", "string"},
      {"pattern", "^(0|[1-9][0-9]{0,19})$"}};
  const Json schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "One line of a Raft trace, version " + std::to_string(kFormatVersion)},
      {"description",
       "Made from raft/trace/event.h, explained in docs/trace_schema.md. Lines without one of the "
       "two tags are other log lines, which readers skip."},
      {"type", "object"},
      {"allOf", {Rule(kTraceTag, "event"), Rule(kHeaderTag, "header")}},
      {"$defs", definitions}};
  return schema.dump(2) + "\n";
}

}  // namespace trace
