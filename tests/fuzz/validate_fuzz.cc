// Almost valid traces: the judge must reach a verdict and explain it for any input.  The mutator
// drops, repeats and swaps whole lines, so that the rest keeps its meaning.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "conformance/judge/judge.h"
#include "conformance/report/ci_reports.h"
#include "conformance/report/report.h"
#include "raft/trace/reader.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  trace::Reader reader =
      trace::Reader::FromString(std::string(reinterpret_cast<const char*>(data), size));
  conformance::Judge judge;
  bool begun = false;
  for (trace::Item item;;) {
    const auto more = reader.Read(item);
    if (!more.has_value() || !more.value()) break;
    if (const auto* header = std::get_if<trace::Header>(&item.value)) {
      if (begun) break;
      judge.SetHeader(*header);
    } else {
      const auto& event = std::get<trace::Event>(item.value);
      static_cast<void>(judge.Waits(event));
      judge.Feed(event, item.line);
    }
    begun = true;
  }
  const conformance::Report report = judge.Finish();
  if (conformance::ReportText(report, "fuzz", false).empty()) std::abort();
  if (conformance::ReportJson(report, "fuzz", 0).empty()) std::abort();
  if (conformance::JUnitXml("validate", {conformance::ResultOf({"fuzz", report, 0})}).empty())
    std::abort();
  return 0;
}

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<std::string> lines(1);
  for (std::size_t k = 0; k < size; ++k) {
    const char c = static_cast<char>(data[k]);
    lines.back() += c;
    if (c == '\n') lines.emplace_back();
  }
  const auto any = [&] { return random() % lines.size(); };
  switch (random() % 4) {
    case 0:
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(any()));
      break;
    case 1:
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(any()), lines[any()]);
      break;
    case 2:
      std::swap(lines[any()], lines[any()]);
      break;
    default: {
      std::string& line = lines[any()];
      std::vector<std::uint8_t> bytes(line.begin(), line.end());
      const std::size_t length = bytes.size();
      bytes.resize(length + 64);
      bytes.resize(LLVMFuzzerMutate(bytes.data(), length, bytes.size()));
      line.assign(bytes.begin(), bytes.end());
    }
  }
  std::string text;
  for (const std::string& line : lines) text += line;
  text.resize(std::min(text.size(), most));
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
