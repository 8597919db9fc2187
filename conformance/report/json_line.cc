#include "conformance/report/json_line.h"

#include <nlohmann/json.hpp>

namespace conformance {
namespace {

// Bytes that are no UTF-8 can only come from a file's name.
template <class T>
std::string Dump(const T& value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

JsonLine& JsonLine::AddText(std::string_view key, const std::string& text) {
  members_ += (members_.empty() ? "\"" : ",\"") + std::string(key) + "\":" + text;
  return *this;
}

JsonLine& JsonLine::Add(std::string_view key, std::uint64_t value) {
  return AddText(key, std::to_string(value));
}
JsonLine& JsonLine::Add(std::string_view key, int value) {
  return AddText(key, std::to_string(value));
}
JsonLine& JsonLine::Add(std::string_view key, double value) { return AddText(key, Dump(value)); }
JsonLine& JsonLine::Add(std::string_view key, bool value) {
  return AddText(key, value ? "true" : "false");
}
JsonLine& JsonLine::Add(std::string_view key, std::string_view value) {
  return AddText(key, Dump(value));
}
JsonLine& JsonLine::Add(std::string_view key, const std::vector<std::string>& values) {
  return AddText(key, Dump(values));
}
JsonLine& JsonLine::Add(std::string_view key, const std::vector<std::uint64_t>& values) {
  return AddText(key, Dump(values));
}
JsonLine& JsonLine::Add(std::string_view key, const JsonLine& object) {
  return AddText(key, object.Text());
}
JsonLine& JsonLine::AddNull(std::string_view key) { return AddText(key, "null"); }

}  // namespace conformance
