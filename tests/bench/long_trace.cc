// Writes a long trace of a run without faults: five servers, one leader, proposals to each server
// in turn, and a compaction now and then.
//
// Usage: long_trace EVENTS FILE [--etcd]      --etcd: as etcd would write it, without a header
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "raft/trace/writer.h"
#include "tests/conformance/etcd_view.h"
#include "tracegen/cluster/cluster.h"
#include "tracegen/servers/our_server.h"

namespace {

class Lines : public trace::Sink {
 public:
  Lines(const char* path, bool etcd) : out_(path, std::ios::binary), etcd_(etcd) {}
  void Write(const trace::Header& header) {
    if (!etcd_) trace::AppendJson(header, buffer_);
  }
  void Emit(const trace::Event& event) override {
    if (etcd_ && !conformance::testing::IsEtcds(event)) return;
    ++events;
    if (etcd_) {
      trace::AppendJson(conformance::testing::AsEtcdWrites(event), buffer_);
    } else {
      trace::AppendJson(event, buffer_);
    }
    if (buffer_.size() > kBlock) Flush();
  }
  bool Flush() {
    out_ << buffer_;
    buffer_.clear();
    return static_cast<bool>(out_.flush());
  }
  std::uint64_t events = 0;

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 20U;
  std::ofstream out_;
  bool etcd_;
  std::string buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: long_trace EVENTS FILE [--etcd]\n");
    return 2;
  }
  using tracegen::Kind;
  const std::uint64_t events = std::stoull(argv[1]);
  tracegen::Schedule schedule;
  schedule.settings.servers = 5;
  Lines lines(argv[2], argc > 3 && std::string_view(argv[3]) == "--etcd");
  lines.Write(tracegen::MakeHeader(schedule.settings, tracegen::OurImplementation()));
  tracegen::Cluster cluster(schedule.settings, &lines, tracegen::OurImplementation());
  cluster.Execute({Kind::kRun, {20}});
  constexpr std::uint32_t kCompaction = 1000;  // in proposals
  for (std::uint32_t value = 1; lines.events < events; ++value) {
    cluster.Execute({Kind::kPropose, {1 + value % 5, value}});
    cluster.Execute({Kind::kRun, {1}});
    if (value % kCompaction == 0) {
      for (std::uint32_t server = 1; server <= 5; ++server) {
        cluster.Execute({Kind::kCompact, {server, 100}});
      }
    }
  }
  return lines.Flush() ? 0 : 1;
}
