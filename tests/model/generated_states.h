// States of a small model by chance, for guards.cc: typed, most of them unreachable, and the same
// for the same seed.  They keep TypeOK (tla/RaftState.tla), and beside it only what the TLA+ text
// needs to be defined at all:
//   - commitIndex is within the log: TakeRead and refused votes read the entry there;
//   - without an installed snapshot, log[i] holds what the snapshot on the disk stands for: Restart
//     makes the configuration of it.
//   - an installed snapshot is newer than the one on the disk: in spec/ the snapshot of a disk says
//     where its log begins.
#pragma once

#include <cstdint>
#include <vector>

#include "raft/random.h"
#include "spec/model/model_network.h"
#include "spec/model/model_settings.h"
#include "spec/raft.h"

namespace spec::testing {

using Types = ModelTypes<kSmallModel>;
using Network = ModelNetwork<Types>;
using Model = Raft<Network>;
using ModelState = Variables<Network>;
using Set = Types::Set;

inline constexpr Server kServers = 3;
inline constexpr Value kValues = 2;
inline constexpr std::uint64_t kReads = 2;
inline constexpr Term kNewestTerm = 3;

// The membership changes that entries hold and that are asked for.
std::vector<ConfChange> Changes();

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  // From `first` to `last`.
  std::uint64_t Between(std::uint64_t first, std::uint64_t last) {
    return first + random_.Below(last - first + 1);
  }
  bool Percent(unsigned percent) { return random_.Below(100) < percent; }
  Server AnyServer() { return static_cast<Server>(Between(0, kServers - 1)); }
  Server ServerOrNil() { return Percent(40) ? kNil : AnyServer(); }
  Set AnySet();

 private:
  raft::Random random_;
};

class GeneratedStates {
 public:
  GeneratedStates(std::uint64_t seed, const Constants& constants, const PackedLogs& logs)
      : chance_(seed), constants_(constants), logs_(logs) {}

  ModelState Next();
  // A message to a server of this state, most often to this one.
  Network::Message MessageTo(const ModelState& state, Server to);
  // A disk that a crash of server i may leave, or nearly.
  Network::Durable Disk(const ModelState& state, Server i);
  Chance& chance() { return chance_; }

 private:
  LogId Entry(LogId log);
  LogId Log();
  void DrawRole(Server i);
  void DrawConfig(Server i);
  void DrawDisk(Server i);
  void DrawHistory();
  // `own` is the receiver's log.
  void DrawFields(Network::Message& m, LogId own);

  Chance chance_;
  const Constants& constants_;
  const PackedLogs& logs_;
  LogId trunk_ = kEmptyLog;  // what many logs of one state begin with
  ModelState state_;
};

}  // namespace spec::testing
