#include "conformance/report/ci_reports.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "conformance/judge/words.h"
#include "conformance/report/report.h"

namespace conformance {
namespace {

std::string Seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", seconds);
  return text.data();
}

std::string VerdictName(const Report& report) {
  return std::string(kVerdictNames[static_cast<std::size_t>(report.verdict)]);
}

// What groups failures: a property, or an action.
std::string RuleOf(const Report& report) {
  if (report.violation) return report.violation->property;
  if (report.rejection) return report.rejection->action;
  return "unreadable";
}

// XML 1.0 has no way to write most control characters; bytes that are no ASCII come from file names
// only, and may be no UTF-8.
std::string XmlText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\n') {
      escaped += "&#10;";
    } else if (byte < 0x20 || byte >= 0x7f) {
      escaped += '?';
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string CaseXml(const JudgedFile& file) {
  std::string text = "  <testcase classname=\"raftcheck.validate\" name=\"" + XmlText(file.file) +
                     "\" time=\"" + Seconds(file.seconds) + "\"";
  if (file.report.verdict == Verdict::kAccepted) return text + "/>\n";
  const char* const kind = file.report.verdict == Verdict::kInvalid ? "error" : "failure";
  text += std::string(">\n    <") + kind + " type=\"" + XmlText(RuleOf(file.report)) +
          "\" message=\"" + XmlText(ReasonOf(file.report)) + "\">" +
          XmlText(ReportText(file.report, file.file, false)) + "</" + kind + ">\n";
  return text + "  </testcase>\n";
}

// The workflow commands of GitHub Actions have escapes of their own.
std::string CommandText(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%') {
      escaped += "%25";
    } else if (c == '\r') {
      escaped += "%0D";
    } else if (c == '\n') {
      escaped += "%0A";
    } else if (property && c == ':') {
      escaped += "%3A";
    } else if (property && c == ',') {
      escaped += "%2C";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// RFC 3986, for a path.
std::string Uri(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("/-._~").find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return uri;
}

}  // namespace

std::string JUnitXml(const std::vector<JudgedFile>& files) {
  std::size_t failures = 0;
  std::size_t errors = 0;
  double seconds = 0;
  std::string cases;
  for (const JudgedFile& file : files) {
    const bool invalid = file.report.verdict == Verdict::kInvalid;
    errors += invalid ? 1 : 0;
    failures += !invalid && file.report.verdict != Verdict::kAccepted ? 1 : 0;
    seconds += file.seconds;
    cases += CaseXml(file);
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"raftcheck validate\" "
         "tests=\"" +
         std::to_string(files.size()) + "\" failures=\"" + std::to_string(failures) +
         "\" errors=\"" + std::to_string(errors) + "\" time=\"" + Seconds(seconds) + "\">\n" +
         cases + "</testsuite>\n";
}

std::string Sarif(const std::vector<JudgedFile>& files) {
  using Json = nlohmann::ordered_json;
  Json results = Json::array();
  Json rules = Json::array();
  for (const JudgedFile& file : files) {
    const Report& report = file.report;
    if (report.verdict == Verdict::kAccepted) continue;
    const std::string id = VerdictName(report) + "/" + RuleOf(report);
    bool known = false;
    for (const Json& rule : rules) known = known || rule["id"] == id;
    if (!known) rules.push_back({{"id", id}});
    Json place = {{"artifactLocation", {{"uri", Uri(FileOf(report, file.file))}}}};
    if (LineOf(report) != 0) place["region"] = {{"startLine", LineOf(report)}};
    results.push_back({{"ruleId", id},
                       {"level", "error"},
                       {"message", {{"text", ReportText(report, file.file, false)}}},
                       {"locations", Json::array({{{"physicalLocation", place}}})}});
  }
  const Json log = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs", Json::array({{{"tool", {{"driver", {{"name", "raftcheck"}, {"rules", rules}}}}},
                             {"results", results}}})}};
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string GitHubAnnotations(const std::vector<JudgedFile>& files) {
  std::string text;
  for (const JudgedFile& file : files) {
    const Report& report = file.report;
    if (report.verdict == Verdict::kAccepted) continue;
    text += "::error file=" + CommandText(FileOf(report, file.file), true);
    if (LineOf(report) != 0) text += ",line=" + std::to_string(LineOf(report));
    text += ",title=" + CommandText(VerdictName(report) + ": " + RuleOf(report), true) +
            "::" + CommandText(ReasonOf(report), false) + "\n";
  }
  return text;
}

std::string SummaryText(const std::vector<JudgedFile>& files) {
  std::array<std::size_t, kVerdictNames.size()> counts{};
  std::uint64_t events = 0;
  for (const JudgedFile& file : files) {
    ++counts[static_cast<std::size_t>(file.report.verdict)];
    events += file.report.events;
  }
  std::string text = CountText(files.size(), "trace") + ": ";
  bool first = true;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    text += (first ? "" : ", ") + std::to_string(counts[k]) + " " + std::string(kVerdictNames[k]);
    first = false;
  }
  return text + "; " + CountText(events, "event") + "\n";
}

}  // namespace conformance
