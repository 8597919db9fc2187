#include "conformance/command/judge.h"

#include "raft/check.h"

namespace command {
namespace {

class JudgeSink : public trace::Sink {
 public:
  struct Stop {};  // thrown when a property is broken: nothing that follows matters

  JudgeSink(conformance::Validator& validator, trace::Sink* also)
      : validator_(validator), also_(also) {}
  void Emit(const trace::Event& event) override {
    // The header is line 1 of the trace.
    validator_.Feed(event, ++events_ + 1);
    if (also_ != nullptr) also_->Emit(event);
    if (validator_.violated()) throw Stop{};
  }
  std::uint64_t events() const { return events_; }

 private:
  conformance::Validator& validator_;
  trace::Sink* also_;
  std::uint64_t events_ = 0;
};

}  // namespace

Judged Judge(const tracegen::Schedule& schedule, trace::Sink* also) {
  Judged judged;
  conformance::Validator validator;
  validator.SetHeader(tracegen::MakeHeader(schedule));
  JudgeSink sink(validator, also);
  std::string broken_check;
  raft::CatchChecks(true);
  try {
    judged.run = tracegen::Run(schedule, sink);
  } catch (const raft::CheckError& error) {
    broken_check = error.what;
  } catch (const JudgeSink::Stop&) {
  }
  raft::CatchChecks(false);
  judged.report = validator.Finish();
  conformance::Report& report = judged.report;
  if (!broken_check.empty() && !report.violation) {
    // The implementation stopped itself: an invariant of its own is broken.
    report.verdict = conformance::Verdict::kViolated;
    report.violation = {sink.events() + 1, "ImplementationCheck", broken_check};
  }
  if (!judged.run.stuck.empty() && !report.violation && !report.rejection) {
    report.verdict = conformance::Verdict::kViolated;
    report.violation = {sink.events() + 1, "Liveness", judged.run.stuck};
  }
  if (report.violation) {
    judged.failure = report.violation->property;
  } else if (report.rejection) {
    judged.failure = report.rejection->action + " refused";
  } else if (report.verdict != conformance::Verdict::kAccepted && report.events > 0) {
    judged.failure = "not judged: " + report.invalid;
  }
  return judged;
}

}  // namespace command
