#include "conformance/report/ci_reports.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>
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

// XML 1.0 has no way to write most control characters, and pugixml writes them all the same; bytes
// that are no ASCII come from file names only, and may be no UTF-8.
std::string XmlText(std::string_view text) {
  std::string kept(text);
  for (char& c : kept) {
    const auto byte = static_cast<unsigned char>(c);
    if (c != '\n' && (byte < 0x20 || byte >= 0x7f)) c = '?';
  }
  return kept;
}

void Set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(XmlText(value).c_str());
}

void AddCase(pugi::xml_node suite, const JudgedFile& file) {
  pugi::xml_node test = suite.append_child("testcase");
  Set(test, "classname", "raftcheck.validate");
  Set(test, "name", file.file);
  Set(test, "time", Seconds(file.seconds));
  if (file.report.verdict == Verdict::kAccepted) return;
  const bool invalid = file.report.verdict == Verdict::kInvalid;
  pugi::xml_node why = test.append_child(invalid ? "error" : "failure");
  Set(why, "type", RuleOf(file.report));
  Set(why, "message", ReasonOf(file.report));
  why.text().set(XmlText(ReportText(file.report, file.file, false)).c_str());
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
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  Set(declaration, "version", "1.0");
  Set(declaration, "encoding", "UTF-8");
  pugi::xml_node suite = document.append_child("testsuite");
  std::size_t failures = 0;
  std::size_t errors = 0;
  double seconds = 0;
  for (const JudgedFile& file : files) {
    const bool invalid = file.report.verdict == Verdict::kInvalid;
    errors += invalid ? 1 : 0;
    failures += !invalid && file.report.verdict != Verdict::kAccepted ? 1 : 0;
    seconds += file.seconds;
  }
  Set(suite, "name", "raftcheck validate");
  Set(suite, "tests", std::to_string(files.size()));
  Set(suite, "failures", std::to_string(failures));
  Set(suite, "errors", std::to_string(errors));
  Set(suite, "time", Seconds(seconds));
  for (const JudgedFile& file : files) AddCase(suite, file);
  std::ostringstream text;
  document.save(text, "  ");
  return text.str();
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
  std::string text = Counted(files.size(), "trace") + ": ";
  bool first = true;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    text += (first ? "" : ", ") + std::to_string(counts[k]) + " " + std::string(kVerdictNames[k]);
    first = false;
  }
  return text + "; " + Counted(events, "event") + "\n";
}

}  // namespace conformance
