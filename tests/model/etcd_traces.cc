// Writes traces of our library that use only what etcd's own trace specification models: no
// PreVote, CheckQuorum, duplication or crash.  A trace ends before the first response to an older
// term, which etcd sends only with CheckQuorum.
//
// Usage: etcd_traces FOLDER
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "raft/trace/writer.h"
#include "tests/conformance/etcd_view.h"
#include "tracegen/generator/generator.h"
#include "tracegen/servers/our_server.h"

namespace {

constexpr std::uint64_t kTraces = 30;
constexpr std::size_t kMostEvents = 300;

bool KnownToEtcd(const tracegen::Action& action) {
  using tracegen::Kind;
  switch (action.kind) {
    case Kind::kTick:
    case Kind::kProcess:
    case Kind::kDeliver:
    case Kind::kDrop:
    case Kind::kPropose:
    case Kind::kCampaign:
    case Kind::kCut:
    case Kind::kIsolate:
    case Kind::kHeal:
    case Kind::kRun:
    case Kind::kAdd:
    case Kind::kAddLearner:
    case Kind::kRemove:
    case Kind::kCompact:
      return true;
    default:
      return false;
  }
}

// Its DeleteServer requires a voter; AddNewServer and AddLearner require a server that is no
// member.
bool MovesNobody(const trace::Event& event, std::vector<trace::NodeId>& learners) {
  using Action = trace::SingleConfChange::Action;
  if (event.name != trace::EventName::kChangeConf) return false;
  const trace::SingleConfChange& change = event.prop->cc->changes->front();
  const auto has = [&change](const std::vector<trace::NodeId>& servers) {
    return std::find(servers.begin(), servers.end(), *change.node) != servers.end();
  };
  const bool votes = has((*event.conf)[0]);
  if (change.action == Action::kRemoveServer) return !votes;
  if (change.action == Action::kAddNewServer) return votes;
  if (votes || has(learners)) return true;
  learners.push_back(*change.node);
  return false;
}

bool IsOfOlderTerm(const trace::Event& event) {
  const bool asks = event.name == trace::EventName::kReceiveAppendEntriesRequest ||
                    event.name == trace::EventName::kReceiveRequestVoteRequest;
  return asks && *event.msg->term < *event.state->term;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: etcd_traces FOLDER\n");
    return 2;
  }
  for (std::uint64_t seed = 0; seed < kTraces; ++seed) {
    tracegen::Schedule schedule =
        tracegen::GenerateSchedule(seed, {}, tracegen::OurImplementation());
    tracegen::Settings& s = schedule.settings;
    s.pre_vote = s.check_quorum = s.lease_reads = s.async_storage = s.wal = false;
    std::erase_if(schedule.actions, [](const auto& action) { return !KnownToEtcd(action); });
    std::string lines;
    std::size_t events = 0;
    std::vector<trace::NodeId> learners;
    for (const trace::Event& event : conformance::testing::Record(schedule).events) {
      if (!conformance::testing::IsEtcds(event)) continue;
      if (IsOfOlderTerm(event) || MovesNobody(event, learners) || ++events > kMostEvents) break;
      trace::AppendJson(conformance::testing::AsEtcdWrites(event), lines);
    }
    std::ofstream(std::filesystem::path(argv[1]) / (std::to_string(seed) + ".ndjson")) << lines;
  }
  return 0;
}
