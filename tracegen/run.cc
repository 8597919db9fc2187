#include "tracegen/run.h"

namespace tracegen {

trace::Header MakeHeader(const Schedule& schedule) {
  trace::Header header;
  header.version = trace::kFormatVersion;
  header.servers.emplace();
  const Settings& s = schedule.settings;
  const std::uint32_t voters = s.voters == 0 ? s.servers : s.voters;
  for (std::uint32_t k = 1; k <= voters; ++k) header.servers->push_back(k);
  header.seed = schedule.settings.seed;
  header.pre_vote = s.pre_vote;
  header.check_quorum = s.check_quorum;
  header.async_storage = s.async_storage;
  header.answers_older_terms = true;
  header.votes_carry_commit = true;
  header.lease_reads = s.lease_reads;
  header.messages_logged = true;
  header.network_logged = true;
  header.disk_logged = true;
  return header;
}

RunResult Run(const Schedule& schedule, trace::Sink& sink) {
  Cluster cluster(schedule.settings, &sink);
  for (const Action& action : schedule.actions) cluster.Execute(action);
  return {cluster.counts(), cluster.stuck()};
}

}  // namespace tracegen
