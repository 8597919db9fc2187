// The judge alone: is the trace of this file a behaviour of the specification?
#include "conformance/judge/judge.h"

#include <iostream>
#include <variant>

#include "raft/trace/reader.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  trace::Reader reader = trace::Reader::Open(argv[1]).value();
  conformance::Judge judge;
  for (trace::Item item; reader.Read(item).value();) {
    if (const auto* header = std::get_if<trace::Header>(&item.value)) {
      judge.SetHeader(*header);
    } else {
      judge.Feed(std::get<trace::Event>(item.value), item.line);
    }
  }
  const conformance::Report report = judge.Finish();
  std::cout << conformance::kVerdictNames[static_cast<std::size_t>(report.verdict)] << ", "
            << report.events << " events\n";
  return report.verdict == conformance::Verdict::kAccepted ? 0 : 1;
}
