// For any input the reader returns values or a one-line error.  What it accepts it can write and
// read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include "raft/trace/reader.h"
#include "raft/trace/writer.h"

namespace {

void Demand(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto items = trace::ReadAll(trace::Reader::FromString(text));
  if (!items.has_value()) {
    Demand(items.error().line >= 1 && !items.error().message.empty());
    for (const char c : items.error().message) Demand(c >= 0x20 && c < 0x7f);
    return 0;
  }
  std::string again;
  for (const trace::Item& item : items.value()) {
    std::visit([&](const auto& value) { trace::AppendJson(value, again); }, item.value);
  }
  const auto second = trace::ReadAll(trace::Reader::FromString(again));
  Demand(second.has_value() && second.value().size() == items.value().size());
  for (std::size_t k = 0; k < items.value().size(); ++k) {
    Demand(second.value()[k].value == items.value()[k].value);
  }
  // The fast parser and the complete parser must agree.  A backslash in a key makes the fast one
  // give the line to the complete one.
  const std::size_t end = text.find('\n');
  const std::string line = text.substr(0, end);
  if (!line.starts_with("{\"")) return 0;
  const auto quick = trace::ReadAll(trace::Reader::FromString(line));
  const auto thorough = trace::ReadAll(trace::Reader::FromString(R"({"\\":0,)" + line.substr(1)));
  Demand(quick.has_value() == thorough.has_value());
  if (!quick.has_value()) return 0;
  Demand(quick.value().size() == thorough.value().size());
  if (!quick.value().empty()) Demand(quick.value()[0].value == thorough.value()[0].value);
  return 0;
}
