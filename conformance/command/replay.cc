#include "conformance/command/replay.h"

#include <iostream>
#include <optional>

#include "conformance/campaign/stopwatch.h"
#include "conformance/command/exit_status.h"
#include "conformance/command/terminal.h"
#include "conformance/report/report.h"
#include "conformance/report/small_file.h"
#include "conformance/report/whole_file.h"
#include "conformance/trial/trial.h"
#include "raft/trace/writer.h"

namespace command {

int Replay(const ReplayOptions& options, const tracegen::Implementation& implementation) {
  const auto text = conformance::ReadSmallFile(options.schedule);
  if (!text) return Refuse(text.error());
  const auto parsed = tracegen::ParseSchedule(*text);
  if (!parsed) {
    return Refuse(options.schedule + ":" + std::to_string(parsed.error().line) + ": " +
                  parsed.error().message);
  }
  const campaign::Stopwatch watch;
  if (conformance::IsSameFile(options.schedule, options.trace)) {
    return Refuse(options.trace + ": is the schedule; expected another file for the trace");
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
  const trial::Result judged = trial::Run(*parsed, implementation, trial_options);
  if (writer) {
    writer->Flush();
    if (const std::string trouble = trace_file->Commit(); !trouble.empty()) return Refuse(trouble);
  }
  const std::string name = options.trace.empty() ? options.schedule : options.trace;
  std::cout << (options.json ? conformance::ReportJson(judged.report, name, watch.Seconds()) + "\n"
                             : conformance::ReportText(judged.report, name, ColourOutput()));
  if (judged.report.verdict == conformance::Verdict::kInvalid) return kBadInput;
  return judged.failure.empty() ? kNothingFound : kFound;
}

}  // namespace command
