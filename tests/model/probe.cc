// Searches models and prints one line of JSON for each.  spec_mutants.py compiles it with a changed
// spec/, so it must compile fast.  Usage: probe MODEL.cfg...
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "spec/explorer/breadth_first.h"
#include "spec/model/mc_raft.h"
#include "spec/model/mc_raft_inl.h"

namespace {

std::string NameOf(const spec::ModelSettings& settings, const spec::explorer::Finding& finding) {
  using Kind = spec::explorer::Finding::Kind;
  const auto at = static_cast<std::size_t>(finding.property);
  if (finding.kind == Kind::kDeadlock) return "deadlock";
  return finding.kind == Kind::kStep ? settings.step_properties[at] : settings.invariants[at];
}

void Search(const spec::ModelSettings& settings) {
  using Model = spec::McRaft<spec::kSmallModel>;
  spec::explorer::Options options;
  options.workers = 1;
  options.max_states = 20'000'000;
  const Model model(settings);
  const auto report = spec::explorer::BreadthFirst<Model>(model, options).Run();
  std::printf("{\"distinct\": %llu, \"generated\": %llu, \"depth\": %llu, \"violation\": \"%s\"}\n",
              static_cast<unsigned long long>(report.counts.distinct),
              static_cast<unsigned long long>(report.counts.generated),
              static_cast<unsigned long long>(report.counts.depth),
              report.finding ? NameOf(settings, *report.finding).c_str() : "");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  for (int k = 1; k < argc; ++k) {
    std::ifstream file(argv[k]);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const auto parsed = spec::explorer::ParseConfig(text);
    const auto settings = parsed ? spec::SettingsOf(*parsed) : tl::unexpected(parsed.error());
    if (!settings) {
      std::fprintf(stderr, "%s: %s\n", argv[k], settings.error().c_str());
      return 2;
    }
    Search(*settings);
  }
  return 0;
}
