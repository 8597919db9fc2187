#include "tracegen/run.h"

namespace tracegen {

trace::Header MakeHeader(const Schedule& schedule) {
  trace::Header header;
  header.version = trace::kFormatVersion;
  header.servers.emplace();
  for (std::uint32_t k = 1; k <= schedule.settings.servers; ++k) header.servers->push_back(k);
  header.seed = schedule.settings.seed;
  header.pre_vote = false;
  header.check_quorum = false;
  header.network_logged = true;
  header.disk_logged = true;
  return header;
}

RunResult Run(const Schedule& schedule, trace::Sink& sink) {
  Cluster cluster(schedule.settings, &sink);
  for (const Action& action : schedule.actions) cluster.Execute(action);
  return cluster.counts();
}

}  // namespace tracegen
