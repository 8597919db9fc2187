// The write-ahead log on a real disk: synced appends per second, compared with the syncs per second
// of the disk, and the time to open a large log.
//
// Usage: wal_bench FOLDER [MEBIBYTES]       FOLDER is made, and removed; default 1024 MiB
#include "raft/storage/wal.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>

#include "raft/storage/real_disk.h"

namespace {

constexpr int kSyncs = 500;
constexpr int kRounds = 4;
constexpr std::size_t kPayload = 64;
constexpr std::uint64_t kBatch = 1000;

using Clock = std::chrono::steady_clock;
double Since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

[[noreturn]] void Die(const std::string& why) {
  std::cerr << "wal_bench: " << why << "\n";
  std::exit(1);
}

std::unique_ptr<raft::Wal> Open(const std::string& folder) {
  auto wal = raft::Wal::Open(raft::DiskAt(folder), {{raft::NodeId(1)}});
  if (!wal.has_value()) Die(wal.error().message);
  return std::move(wal.value());
}

// The baseline: writes as many bytes as a record has into preallocated space, and syncs them.
double PlainSyncs(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || ::posix_fallocate(fd, 0, 64 << 20) != 0) Die("cannot make " + file.string());
  ::fsync(fd);
  const std::string bytes(136, 'x');
  const auto began = Clock::now();
  for (int k = 0; k < kSyncs; ++k) {
    const auto at = static_cast<off_t>(bytes.size()) * k;
    if (::pwrite(fd, bytes.data(), bytes.size(), at) < 0 || ::fdatasync(fd) != 0) {
      Die("cannot write " + file.string());
    }
  }
  const double rate = kSyncs / Since(began);
  ::close(fd);
  return rate;
}

double WalSyncs(raft::Wal& wal) {
  const std::string payload(kPayload, 'x');
  const auto began = Clock::now();
  for (int k = 0; k < kSyncs; ++k) {
    const raft::Index index = wal.LastIndex() + 1;
    const raft::IoStatus saved = wal.Save({}, {{raft::Term(1), index, {}, payload}},
                                          raft::HardState{raft::Term(1), {}, index - 1}, true);
    if (!saved.has_value()) Die(saved.error().message);
  }
  return kSyncs / Since(began);
}

void Fill(const std::string& folder, std::uint64_t mebibytes) {
  const auto wal = Open(folder);
  const std::string payload(kPayload, 'x');
  const std::uint64_t each = raft::FrameSize(18 + kPayload);
  const std::uint64_t batches = (mebibytes << 20U) / each / kBatch;
  for (std::uint64_t k = 0; k < batches; ++k) {
    std::vector<raft::Entry> entries;
    for (std::uint64_t e = 1; e <= kBatch; ++e) {
      entries.push_back({raft::Term(1), wal->LastIndex() + e, {}, payload});
    }
    const raft::IoStatus saved = wal->Save({}, entries, std::nullopt, k + 1 == batches);
    if (!saved.has_value()) Die(saved.error().message);
  }
}

int Main(const std::filesystem::path& folder, std::uint64_t mebibytes) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  {
    const auto wal = Open((folder / "syncs").string());
    double plain = 0;
    double ours = 0;
    for (int k = 0; k < kRounds; ++k) {  // alternating, because the speed of a disk varies
      plain += PlainSyncs(folder / "plain");
      ours += WalSyncs(*wal);
    }
    std::printf("synced appends, one at a time: %.0f a second; a plain loop: %.0f; ratio %.2f\n",
                ours / kRounds, plain / kRounds, ours / plain);
  }
  auto began = Clock::now();
  Fill((folder / "large").string(), mebibytes);
  const double filled = Since(began);
  began = Clock::now();
  const auto wal = Open((folder / "large").string());
  const double opened = Since(began);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "%llu MiB, %llu entries: written in %.1f s, opened in %.2f s, %.0f MiB a second; "
      "most memory of the process %ld MiB\n",
      static_cast<unsigned long long>(mebibytes),
      static_cast<unsigned long long>(wal->LastIndex().value()), filled, opened,
      static_cast<double>(mebibytes) / opened, usage.ru_maxrss / 1024);
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t mebibytes = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 1024;
  if (argc < 2 || argc > 3 || mebibytes == 0) {
    std::cerr << "usage: wal_bench FOLDER [MEBIBYTES]\n";
    return 2;
  }
  return Main(argv[1], mebibytes);
}
