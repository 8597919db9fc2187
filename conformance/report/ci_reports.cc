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
#include "raft/trace/printable.h"

namespace conformance {
namespace {

std::string Seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", seconds);
  return text.data();
}

// What groups failures: a property, or an action.
std::string RuleOf(const Report& report) {
  if (report.violation) return report.violation->property;
  if (report.rejection) return report.rejection->action;
  return report.verdict == Verdict::kStopped ? "interrupted" : "unreadable";
}

NamedResult::Kind KindOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return NamedResult::Kind::kPassed;
    case Verdict::kRejected:
    case Verdict::kViolated:
      return NamedResult::Kind::kFailed;
    case Verdict::kInvalid:
    case Verdict::kStopped:
      break;
  }
  return NamedResult::Kind::kNotJudged;
}

bool IsTold(const NamedResult& result) {
  return result.kind == NamedResult::Kind::kFailed || result.kind == NamedResult::Kind::kNotJudged;
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

void AddCase(pugi::xml_node suite, std::string_view command, const NamedResult& result) {
  pugi::xml_node test = suite.append_child("testcase");
  Set(test, "classname", "raftcheck." + std::string(command));
  Set(test, "name", result.name);
  Set(test, "time", Seconds(result.seconds));
  if (result.kind == NamedResult::Kind::kPassed) return;
  if (result.kind == NamedResult::Kind::kSkipped) {
    Set(test.append_child("skipped"), "message", result.reason);
    return;
  }
  const bool failed = result.kind == NamedResult::Kind::kFailed;
  pugi::xml_node why = test.append_child(failed ? "failure" : "error");
  Set(why, "type", result.rule);
  Set(why, "message", result.reason);
  why.text().set(XmlText(result.story).c_str());
}

// The workflow commands of GitHub Actions have escapes of their own.  They go to a log, which a
// terminal may show.
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
  return trace::Printable(escaped);
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

NamedResult ResultOf(const JudgedFile& file) {
  const Report& report = file.report;
  NamedResult result;
  result.name = file.file;
  result.kind = KindOf(report.verdict);
  result.verdict = kVerdictNames[static_cast<std::size_t>(report.verdict)];
  result.seconds = file.seconds;
  result.file = FileOf(report, file.file);
  result.line = LineOf(report);
  if (!IsTold(result)) return result;
  result.rule = RuleOf(report);
  result.reason = ReasonOf(report);
  result.story = ReportText(report, file.file, false);
  return result;
}

std::vector<NamedResult> ResultsOf(const std::vector<JudgedFile>& files) {
  std::vector<NamedResult> results;
  for (const JudgedFile& file : files) results.push_back(ResultOf(file));
  return results;
}

std::string JUnitXml(std::string_view command, const std::vector<NamedResult>& results) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  Set(declaration, "version", "1.0");
  Set(declaration, "encoding", "UTF-8");
  pugi::xml_node suite = document.append_child("testsuite");
  std::array<std::size_t, 4> counts{};
  double seconds = 0;
  for (const NamedResult& result : results) {
    ++counts[static_cast<std::size_t>(result.kind)];
    seconds += result.seconds;
  }
  const auto count = [&](NamedResult::Kind kind) {
    return std::to_string(counts[static_cast<std::size_t>(kind)]);
  };
  Set(suite, "name", "raftcheck " + std::string(command));
  Set(suite, "tests", std::to_string(results.size()));
  Set(suite, "failures", count(NamedResult::Kind::kFailed));
  Set(suite, "errors", count(NamedResult::Kind::kNotJudged));
  Set(suite, "skipped", count(NamedResult::Kind::kSkipped));
  Set(suite, "time", Seconds(seconds));
  for (const NamedResult& result : results) AddCase(suite, command, result);
  std::ostringstream text;
  document.save(text, "  ");
  return text.str();
}

std::string Sarif(const std::vector<NamedResult>& results) {
  using Json = nlohmann::ordered_json;
  Json told = Json::array();
  Json rules = Json::array();
  Json notes = Json::array();
  bool all_judged = true;
  for (const NamedResult& result : results) {
    if (!IsTold(result)) continue;
    all_judged = all_judged && result.kind != NamedResult::Kind::kNotJudged;
    if (result.file.empty()) {  // a result has a place; the tool itself may say the rest
      notes.push_back({{"level", "error"}, {"message", {{"text", result.story}}}});
      continue;
    }
    const std::string id = result.verdict + "/" + result.rule;
    bool known = false;
    for (const Json& rule : rules) known = known || rule["id"] == id;
    if (!known) rules.push_back({{"id", id}});
    Json place = {{"artifactLocation", {{"uri", Uri(result.file)}}}};
    if (result.line != 0) place["region"] = {{"startLine", result.line}};
    told.push_back({{"ruleId", id},
                    {"level", "error"},
                    {"message", {{"text", result.story}}},
                    {"locations", Json::array({{{"physicalLocation", place}}})}});
  }
  const Json log = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       Json::array({{{"tool", {{"driver", {{"name", "raftcheck"}, {"rules", rules}}}}},
                     {"invocations", Json::array({{{"executionSuccessful", all_judged},
                                                   {"toolExecutionNotifications", notes}}})},
                     {"results", told}}})}};
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string GitHubAnnotations(const std::vector<NamedResult>& results) {
  std::string text;
  for (const NamedResult& result : results) {
    if (!IsTold(result)) continue;
    text += "::error ";
    if (!result.file.empty()) text += "file=" + CommandText(result.file, true) + ",";
    if (result.line != 0) text += "line=" + std::to_string(result.line) + ",";
    text += "title=" + CommandText(result.verdict + ": " + result.rule, true) +
            "::" + CommandText(result.reason, false) + "\n";
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
