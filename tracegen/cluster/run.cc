#include "tracegen/cluster/run.h"

#include <exception>

namespace tracegen {

trace::Header MakeHeader(const Settings& settings, const Implementation& implementation) {
  trace::Header header = implementation.header;
  header.version = trace::kFormatVersion;
  header.servers.emplace();
  for (ServerId k = 1; k <= InitialMembers(settings); ++k) header.servers->push_back(k);
  header.seed = settings.seed;
  header.pre_vote = settings.pre_vote;
  header.check_quorum = settings.check_quorum;
  header.async_storage = settings.async_storage;
  header.lease_reads = settings.lease_reads;
  if (!settings.lease_reads) header.clock_logged.reset();
  if (header.clock_logged.value_or(false)) header.election_ticks = settings.election_ticks;
  header.network_logged = true;
  return header;
}

Schedule WriteOut(const Schedule& schedule, const Implementation& implementation) {
  Schedule single{schedule.settings, {}};
  try {
    Cluster cluster(schedule.settings, nullptr, implementation);
    cluster.WriteDown(&single.actions);
    for (const Action& action : schedule.actions) cluster.Execute(action);
  } catch (const std::exception&) {
  }
  return single;
}

RunResult Run(const Schedule& schedule, trace::Sink& sink, const Implementation& implementation) {
  Cluster cluster(schedule.settings, &sink, implementation);
  for (const Action& action : schedule.actions) cluster.Execute(action);
  return {cluster.counts(), cluster.stuck(), cluster.history()};
}

}  // namespace tracegen
