#include "conformance/command/export.h"

#include <iostream>
#include <optional>
#include <vector>

#include "conformance/command/exit_status.h"
#include "conformance/command/progress.h"
#include "conformance/command/terminal.h"
#include "conformance/judge/plural.h"
#include "conformance/report/module_name.h"
#include "conformance/report/trace_export.h"
#include "conformance/report/whole_file.h"

namespace command {

int Export(const ExportOptions& options) {
  if (options.to == "tla") {
    if (const std::string why = conformance::WhyNoModule(options.out); !why.empty()) {
      return Refuse(why);
    }
  }
  std::optional<InputProgress> progress(std::in_place, std::vector{options.trace});
  auto opened = trace::Reader::Open(options.trace, progress->WatchOf());
  if (!opened) {
    return Refuse(options.trace + ": " + opened.error().message);
  }
  if (conformance::IsSameFile(options.trace, options.out)) {
    return Refuse(options.out + ": is the trace; expected another file for what is exported");
  }
  std::optional<conformance::WholeFile> file;
  if (!options.out.empty()) {
    file.emplace(options.out);
    if (!file->stream()) return Refuse(file->Commit());
  }
  std::ostream& out = file ? file->stream() : std::cout;
  const auto exporter = options.to == "itf"
                            ? conformance::MakeItfExporter(options.judge)
                            : conformance::MakeTlaExporter(options.out, options.judge);
  const auto [events, stopped, error] = conformance::Export(*opened, *exporter, out, &Interrupted);
  progress.reset();
  if (stopped) {
    Complain(options.trace + ": interrupted after " + conformance::Counted(events, "event") +
             (file ? "; " + options.out + " is not written" : "; the rest is missing"));
    return kUnfinished;
  }
  // What comes before a problem is exported, too.
  if (file) {
    if (const std::string trouble = file->Commit(); !trouble.empty()) return Refuse(trouble);
  }
  if (!error) return kNothingFound;
  Complain(options.trace + ":" + std::to_string(error->line) + ": " + error->message);
  return exporter->problem ? StatusOf(exporter->verdict) : kBadInput;
}

}  // namespace command
