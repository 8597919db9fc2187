#include "conformance/command/ci_options.h"

#include <iostream>

#include "conformance/command/terminal.h"
#include "conformance/report/whole_file.h"

namespace command {
namespace {

bool WriteReport(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  const std::string trouble = conformance::WriteWhole(path, text);
  if (!trouble.empty()) Complain(trouble);
  return trouble.empty();
}

}  // namespace

bool WriteCiReports(const CiOptions& options, const std::string& command,
                    const std::vector<conformance::NamedResult>& results) {
  if (options.github) std::cout << conformance::GitHubAnnotations(results);
  const bool junit = WriteReport(options.junit, conformance::JUnitXml(command, results));
  return WriteReport(options.sarif, conformance::Sarif(results)) && junit;
}

}  // namespace command
