// The commands of scenarios: words to the simulated cluster (tracegen/cluster/cluster.h).
// docs/scenarios.md lists them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tracegen/cluster/cluster.h"
#include "transcript.h"

namespace scenarios {

using Words = std::vector<std::string>;

class Interpreter {
 public:
  Interpreter() : ours_(tracegen::OurImplementation(transcript_)) {}
  // The effect of the command in some lines, or an error such as "unknown command".
  std::string Do(const Words& words);

 private:
  struct Command {
    void (Interpreter::*run)(const Words&);
    std::size_t operands;  // the smallest number
  };
  static const Command* Find(const std::string& word);

  void Servers(const Words& words);
  void Tick(const Words& words);
  void Campaign(const Words& words);
  void Propose(const Words& words);
  void Change(const Words& words);
  void Process(const Words& words);
  void Write(const Words& words);
  void Apply(const Words& words);
  void Deliver(const Words& words);
  void Drop(const Words& words);
  void Settle(const Words& words);
  void Run(const Words& words);
  void Read(const Words& words);
  void Transfer(const Words& words);
  void Forget(const Words& words);
  void Unreachable(const Words& words);
  void Compact(const Words& words);
  void Cut(const Words& words);
  void Heal(const Words& words);
  void Restart(const Words& words);
  void Status(const Words& words);
  void Log(const Words& words);

  tracegen::Cluster& cluster();
  tracegen::ServerId Named(const std::string& word);
  raft::Node& NodeAt(tracegen::ServerId server) { return NodeOf(cluster().ServerAt(server)); }
  bool Execute(tracegen::Kind kind, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0);
  void Settle();
  void Work(tracegen::Kind kind, tracegen::ServerId server);
  void LoseWhatIsCut();

  Transcript transcript_;
  const tracegen::Implementation ours_;
  std::uint32_t servers_ = 0;
  std::unique_ptr<tracegen::Cluster> cluster_;
};

}  // namespace scenarios
