#include "conformance/campaign/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace campaign {
namespace {

// A corpus that grew for ever would be slower to run than it is worth.
constexpr std::size_t kMostEntries = 4096;

std::filesystem::path FileOf(const std::string& folder, std::size_t k) {
  return std::filesystem::path(folder) / fmt::format("{:04}.txt", k);
}

}  // namespace

bool Corpus::Add(const tracegen::Schedule& schedule, const conformance::Coverage::Seen& seen) {
  std::uint64_t novelty = 0;
  // Nearly every run has a state of the whole cluster that none had before: that tells nothing.
  for (const std::uint64_t state : seen.states) states_.Insert(state);
  for (const std::uint64_t step : seen.steps) novelty += steps_.Insert(step) ? 1 : 0;
  if (novelty == 0) return false;
  Insert({schedule, novelty, 0});
  return true;
}

void Corpus::Keep(const tracegen::Schedule& schedule) {
  const bool there = std::any_of(entries_.begin(), entries_.end(),
                                 [&](const Entry& entry) { return entry.schedule == schedule; });
  if (!there) Insert({schedule, 1, 0});
}

void Corpus::Insert(Entry entry) {
  if (entries_.size() < kMostEntries) {
    entries_.push_back(std::move(entry));
    return;
  }
  const auto least =
      std::min_element(entries_.begin(), entries_.end(),
                       [](const Entry& a, const Entry& b) { return Worth(a) < Worth(b); });
  if (Worth(*least) < Worth(entry)) *least = std::move(entry);
}

// Much that was new, and not much made of it yet.
double Corpus::Worth(const Entry& entry) {
  return static_cast<double>(entry.novelty) / static_cast<double>(1 + entry.taken);
}

Corpus::Choice Corpus::Choose(raft::Random& random) const {
  Choice choice;
  if (entries_.empty() || random.Below(4) == 0) return choice;
  constexpr int kTries = 4;
  for (int k = 0; k < kTries; ++k) {
    const std::size_t drawn = random.Below(entries_.size());
    if (k == 0 || Worth(entries_[drawn]) > Worth(entries_[choice.first])) choice.first = drawn;
  }
  choice.ancestors.first = &entries_[choice.first].schedule;
  choice.ancestors.second = &entries_[random.Below(entries_.size())].schedule;
  return choice;
}

std::string Corpus::Save(const std::string& folder) const {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fmt::format("cannot write {}: {}", folder, error.message());
  std::size_t k = 0;
  for (; k < entries_.size(); ++k) {
    std::ofstream file(FileOf(folder, k));
    file << tracegen::PrintSchedule(entries_[k].schedule);
    if (!file.flush()) return fmt::format("cannot write {}", FileOf(folder, k).string());
  }
  // Left by an older, larger one.
  while (std::filesystem::remove(FileOf(folder, k), error)) ++k;
  return {};
}

std::vector<tracegen::Schedule> Corpus::Load(const std::string& folder,
                                             std::vector<std::string>& complaints) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<tracegen::Schedule> schedules;
  for (const std::filesystem::path& path : files) {
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    auto parsed = tracegen::ParseSchedule(text);
    if (parsed) {
      schedules.push_back(std::move(*parsed));
    } else {
      complaints.push_back(
          fmt::format("{}:{}: {}", path.string(), parsed.error().line, parsed.error().message));
    }
  }
  return schedules;
}

}  // namespace campaign
