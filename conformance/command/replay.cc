#include "conformance/command/replay.h"

#include <iostream>
#include <optional>
#include <string>

#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/progress.h"
#include "conformance/command/terminal.h"
#include "conformance/judge/plural.h"
#include "conformance/report/report.h"
#include "conformance/report/whole_file.h"
#include "conformance/trial/trial.h"
#include "raft/trace/writer.h"

namespace command {

int Replay(const ReplayOptions& options, const tracegen::Implementation& implementation) {
  const auto text = ReadInput(options.schedule);
  if (!text) return text.error();
  const auto parsed = tracegen::ParseSchedule(*text);
  if (!parsed) {
    return Refuse(options.schedule + ":" + std::to_string(parsed.error().line) + ": " +
                  parsed.error().message);
  }
  const campaign::Stopwatch watch;
  if (const std::string why = conformance::WhyNotWritten(
          {options.schedule}, {options.trace, options.ci.junit, options.ci.sarif});
      !why.empty()) {
    return Refuse(why);
  }
  std::optional<conformance::WholeFile> trace_file;
  std::optional<trace::Writer> writer;
  if (!options.trace.empty()) {
    trace_file.emplace(options.trace);
    if (!trace_file->stream()) return Refuse(trace_file->Commit());
    writer.emplace(trace_file->stream());
    writer->Write(tracegen::MakeHeader(parsed->settings, implementation));
  }
  trial::Options trial_options;
  trial_options.also = writer ? &*writer : nullptr;
  std::optional<Progress> progress(std::in_place);
  trial_options.stop = [&](std::size_t actions) {
    if (progress->IsDue()) {
      progress->Show(std::to_string(actions) + " of " +
                     conformance::Counted(parsed->actions.size(), "action"));
    }
    return Interrupted();
  };
  const trial::Result judged = trial::Run(*parsed, implementation, trial_options);
  progress.reset();
  if (writer) {
    writer->Flush();
    if (const std::string trouble = trace_file->Commit(); !trouble.empty()) return Refuse(trouble);
  }
  const std::string name = options.trace.empty() ? options.schedule : options.trace;
  std::cout << (options.json ? conformance::ReportJson(judged.report, name, watch.Seconds()) + "\n"
                             : conformance::ReportText(judged.report, name, ColourOutput()));
  const int status = StatusOf(judged.report.verdict);
  const conformance::JudgedFile result{name, judged.report, watch.Seconds()};
  const bool written = WriteCiReports(options.ci, "replay", {conformance::ResultOf(result)});
  return written ? status : Worse(status, kBadInput);
}

}  // namespace command
