#include "conformance/command/export.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "conformance/command/exit_status.h"
#include "conformance/command/terminal.h"
#include "conformance/report/trace_export.h"

namespace command {

int Export(const ExportOptions& options) {
  auto opened = trace::Reader::Open(options.trace);
  if (!opened) {
    return Refuse(options.trace + ": " + opened.error().message);
  }
  std::ofstream file;
  if (!options.out.empty()) {
    file.open(options.out, std::ios::binary);
    if (!file) {
      return Refuse(options.out + ": cannot be written: " + std::strerror(errno));
    }
  }
  std::ostream& out = options.out.empty() ? std::cout : file;
  const auto exporter = options.to == "itf" ? conformance::MakeItfExporter()
                                            : conformance::MakeTlaExporter(options.out);
  const auto error = conformance::Export(*opened, *exporter, out);
  out.flush();
  if (!out) {
    return Refuse((options.out.empty() ? "standard output" : options.out) + ": cannot be written");
  }
  if (!error) return kNothingFound;
  Complain(options.trace + ":" + std::to_string(error->line) + ": " + error->message);
  return options.to == "itf" && exporter->problem ? kFound : kBadInput;
}

}  // namespace command
