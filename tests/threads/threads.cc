// Runs everything that uses threads under ThreadSanitizer: a campaign, searches, random walks.  It
// prints nothing and returns 0 if all of them end as expected; a data race ends the process.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "conformance/campaign/campaign.h"
#include "spec/model/exploration.h"
#include "tracegen/servers/our_server.h"

namespace {

spec::ModelSettings Load(const std::string& name) {
  std::ifstream file(std::string(RAFTCHECK_SOURCE_DIR) + "/tla/" + name);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto config = spec::explorer::ParseConfig(text);
  const auto settings = config ? spec::SettingsOf(*config) : tl::unexpected(config.error());
  if (settings) return *settings;
  std::fprintf(stderr, "%s: %s\n", name.c_str(), settings.error().c_str());
  return {};
}

bool Says(bool right, const char* what) {
  std::printf("%-40s %s\n", what, right ? "as expected" : "WRONG");
  return right;
}

bool RunsACampaign() {
  campaign::Options options;
  options.schedules = 300;
  options.jobs = 4;
  campaign::Campaign campaign(options, tracegen::OurImplementation());
  campaign.Run([](const campaign::FailureGroup&) {}, [](const campaign::Campaign&) {});
  return campaign.totals().schedules == options.schedules && campaign.failures().empty();
}

bool Searches(bool exact_and_symmetric) {
  spec::ModelSettings settings = Load("MCRaftTransfer.cfg");
  settings.symmetry = settings.symmetry || exact_and_symmetric;
  spec::explorer::Options options;
  options.workers = 8;
  options.exact = exact_and_symmetric;
  const auto report = spec::Exploration(settings).Search(options);
  return report.end == spec::explorer::End::kComplete && report.counts.distinct > 0;
}

bool Walks() {
  spec::explorer::WalkOptions options;
  options.workers = 8;
  options.walks = 2000;
  const auto report = spec::Exploration(Load("MCRaft.cfg")).Simulate(options);
  return !report.finding && report.error.empty();
}

}  // namespace

int main() {
  bool right = Says(RunsACampaign(), "a campaign on 4 threads");
  right = Says(Searches(false), "a search by 8 workers") && right;
  right = Says(Searches(true), "an exact one, up to symmetry") && right;
  right = Says(Walks(), "random walks by 8 workers") && right;
  return right ? 0 : 1;
}
