// A trace for other tools: a module of TLA+ for the trace specification, or the states of the model
// along the trace in the format of itf.h.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "conformance/judge/judge_file.h"
#include "conformance/judge/verdict.h"
#include "raft/trace/reader.h"

namespace conformance {

// Writes a trace item by item.
class TraceExporter {
 public:
  virtual ~TraceExporter() = default;
  virtual void Begin(std::ostream& out) = 0;
  virtual void Header(const trace::Header& header, std::uint64_t line, std::ostream& out) = 0;
  virtual void Event(const trace::Event& event, std::uint64_t line, std::ostream& out) = 0;
  virtual void End(std::ostream& out) = 0;
  // Why the export cannot go on, with the line of the trace.
  std::optional<trace::Error> problem;
  // What the judge says of the trace up to the problem.
  Verdict verdict = Verdict::kInvalid;
};

// A module that needs no module for JSON.  Its name is that of the file `out` (module_name.h).  The
// header in it says what the options say.
std::unique_ptr<TraceExporter> MakeTlaExporter(const std::string& out,
                                               const JudgeOptions& options = {});
// Judges the trace; its problem is an event that the specification does not allow.
std::unique_ptr<TraceExporter> MakeItfExporter(const JudgeOptions& options = {});

struct Exported {
  std::uint64_t events = 0;
  bool stopped = false;
  std::optional<trace::Error> error;  // the first problem, of the reader or of the exporter
};

// Writes all up to the first problem, or until `stop` (asked before each line; null: never) says
// so.
Exported Export(trace::Reader& reader, TraceExporter& exporter, std::ostream& out,
                const std::function<bool()>& stop = {});

}  // namespace conformance
