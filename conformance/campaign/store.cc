#include "conformance/campaign/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "conformance/report/whole_file.h"
#include "raft/trace/text_file.h"

namespace campaign {
namespace {

namespace fs = std::filesystem;

// What decides what the k-th schedule is.
std::string DrawnBy(const Options& options) {
  const nlohmann::ordered_json json = {{"seed", options.seed},
                                       {"servers", options.limits.servers},
                                       {"steps", options.limits.steps},
                                       {"profile", ProfileOf(options)},
                                       {"guided", options.guided}};
  return json.dump();
}

std::string NameOf(const std::string& text) {
  return fmt::format("{:016x}.txt", XXH3_64bits(text.data(), text.size()));
}
std::string NameOf(const tracegen::Schedule& schedule) {
  return NameOf(tracegen::PrintSchedule(schedule));
}

std::uint64_t NumberOf(const nlohmann::ordered_json& state, const char* key) {
  return state.contains(key) && state[key].is_number_unsigned() ? state[key].get<std::uint64_t>()
                                                                : 0;
}

// As version 0.2.0 wrote it: one position, and who draws from there beside it.
void Modernize(nlohmann::ordered_json& state) {
  if (!state.is_object() || !state.contains("next") || !state.contains("drawn_by")) return;
  state["next"] = {{state["drawn_by"].dump(), state["next"]}};
  state["failed"] = nlohmann::ordered_json::array();
}

bool IsState(const nlohmann::ordered_json& state) {
  if (!state.is_object() || !state.contains("next") || !state["next"].is_object()) return false;
  if (!state.contains("failed") || !state["failed"].is_array()) return false;
  const auto numbers = [](const auto& value) { return value.is_number_unsigned(); };
  const auto texts = [](const auto& value) { return value.is_string(); };
  return std::all_of(state["next"].begin(), state["next"].end(), numbers) &&
         std::all_of(state["failed"].begin(), state["failed"].end(), texts);
}

std::string InFolder(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

}  // namespace

Store::Store(std::string folder) : folder_(std::move(folder)) {}

Store::~Store() {
  if (lock_ >= 0) close(lock_);
}

// The system gives the lock back when the process ends, however it ends.
std::string Store::Lock() {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return "cannot write " + folder_ + ": " + error.message();
  const std::string file = InFolder(folder_, "lock");
  lock_ = open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
  if (lock_ < 0) return file + ": cannot be written: " + std::strerror(errno);
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return folder_ + ": another campaign runs in this folder; wait for it, or give another folder";
}

std::string Store::StateFile() const { return InFolder(folder_, "campaign.json"); }
std::string Store::CorpusFolder() const { return InFolder(folder_, "corpus"); }
std::string Store::FailuresFolder() const { return InFolder(folder_, "failures"); }

// In the order of their names, so that every run takes them in the same order.
std::vector<tracegen::Schedule> Store::Load(Resumed& resumed) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(CorpusFolder(), error)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
    // A killed process left it; what it was to become is written anew.
    if (entry.path().extension() == conformance::kUnfinished) fs::remove(entry.path(), error);
  }
  std::sort(files.begin(), files.end());
  std::vector<tracegen::Schedule> schedules;
  for (const fs::path& path : files) {
    if (!fs::is_regular_file(path, error)) {
      resumed.skipped.push_back(path.string() + ": not a file; it is left out");
      continue;
    }
    const auto text = trace::ReadTextFile(path.string());
    if (!text) {
      resumed.skipped.push_back(path.string() + ": " + text.error().message + "; it is left out");
      continue;
    }
    auto parsed = tracegen::ParseSchedule(*text);
    if (!parsed) {
      resumed.skipped.push_back(fmt::format("{}:{}: {}; it is left out", path.string(),
                                            parsed.error().line, parsed.error().message));
      continue;
    }
    corpus_.insert(path.filename().string());
    schedules.push_back(std::move(*parsed));
  }
  return schedules;
}

Store::Resumed Store::Resume(Campaign& campaign) {
  Resumed resumed;
  resumed.trouble = Lock();
  if (!resumed.trouble.empty()) return resumed;
  std::error_code error;
  if (fs::exists(StateFile(), error) || error) {
    const auto text = trace::ReadTextFile(StateFile());
    if (!text) {
      resumed.trouble = StateFile() + ": " + text.error().message;
      return resumed;
    }
    auto state = nlohmann::ordered_json::parse(*text, nullptr, false);
    Modernize(state);
    if (!IsState(state)) {
      resumed.trouble = StateFile() +
                        ": expected what a campaign writes; without this file the campaign begins "
                        "anew with its corpus";
      return resumed;
    }
    earlier_ = {NumberOf(state, "schedules"), NumberOf(state, "events"),
                NumberOf(state, "seconds")};
    for (const auto& [drawn_by, next] : state["next"].items()) {
      positions_[drawn_by] = next.get<std::uint64_t>();
    }
    for (const auto& name : state["failed"]) failed_.insert(name.get<std::string>());
    const auto position = positions_.find(DrawnBy(campaign.options()));
    if (position != positions_.end()) campaign.SkipTo(position->second);
  }
  std::vector<tracegen::Schedule> corpus = Load(resumed);
  resumed.schedules = corpus.size();
  campaign.RunFirst(std::move(corpus));
  // What failed and cannot run again has not passed.
  std::set_difference(failed_.begin(), failed_.end(), corpus_.begin(), corpus_.end(),
                      std::inserter(lost_failures_, lost_failures_.end()));
  for (const std::string& name : lost_failures_) {
    resumed.skipped.push_back(InFolder(CorpusFolder(), name) +
                              ": failed in an earlier run, cannot run again, and stays a failure "
                              "until its name is taken out of `failed` in " +
                              StateFile());
  }
  fs::create_directories(CorpusFolder(), error);
  if (error) {
    resumed.trouble = "cannot write " + folder_ + ": " + error.message();
  } else {
    resumed.trouble = Save(campaign);  // what cannot be written is known before hours have gone by
  }
  return resumed;
}

std::set<std::string> Store::FailuresNow(const Campaign& campaign) const {
  std::set<std::string> failed = lost_failures_;
  for (const tracegen::Schedule& schedule : campaign.Unrun()) {
    if (std::string name = NameOf(schedule); failed_.contains(name)) failed.insert(std::move(name));
  }
  return failed;
}

std::size_t Store::FailuresLeft(const Campaign& campaign) const {
  return FailuresNow(campaign).size();
}

std::string Store::Save(const Campaign& campaign) {
  std::set<std::string> wanted;
  const auto keep = [&](const tracegen::Schedule& schedule) {
    const std::string text = tracegen::PrintSchedule(schedule);
    const std::string name = NameOf(text);
    wanted.insert(name);
    if (corpus_.contains(name)) return std::string();
    std::string trouble = conformance::WriteWhole(InFolder(CorpusFolder(), name), text);
    if (trouble.empty()) corpus_.insert(name);
    return trouble;
  };
  for (std::size_t k = 0; k < campaign.corpus().size(); ++k) {
    if (std::string trouble = keep(campaign.corpus().at(k)); !trouble.empty()) return trouble;
  }
  for (const tracegen::Schedule& schedule : campaign.Unrun()) {
    if (std::string trouble = keep(schedule); !trouble.empty()) return trouble;
  }

  // A full corpus has no place for a failure, and a failure must run again all the same.
  std::set<std::string> failed = FailuresNow(campaign);
  for (const FailureGroup& group : campaign.failures()) {
    if (std::string trouble = keep(group.example); !trouble.empty()) return trouble;
    failed.insert(NameOf(group.example));
  }
  const Whole whole = WholeOf(campaign);
  positions_[DrawnBy(campaign.options())] = campaign.next();
  const nlohmann::ordered_json state = {{"next", positions_},
                                        {"failed", failed},
                                        {"schedules", whole.schedules},
                                        {"events", whole.events},
                                        {"seconds", whole.seconds}};
  std::string trouble = conformance::WriteWhole(StateFile(), state.dump(2) + "\n");
  if (!trouble.empty()) return trouble;

  // Only now may go what showed nothing new when it ran again.
  for (auto name = corpus_.begin(); name != corpus_.end();) {
    if (wanted.contains(*name)) {
      ++name;
      continue;
    }
    std::error_code ignored;
    fs::remove(InFolder(CorpusFolder(), *name), ignored);
    name = corpus_.erase(name);
  }
  return {};
}

Whole Store::WholeOf(const Campaign& campaign) const {
  return {earlier_.schedules + campaign.totals().schedules,
          earlier_.events + campaign.totals().events,
          earlier_.seconds + static_cast<std::uint64_t>(campaign.seconds())};
}

}  // namespace campaign
