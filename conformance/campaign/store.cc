#include "conformance/campaign/store.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace campaign {
namespace {

// What decides what the k-th schedule is.
nlohmann::ordered_json DrawnBy(const Options& options, const std::string& profile) {
  return {{"seed", options.seed},
          {"servers", options.limits.servers},
          {"steps", options.limits.steps},
          {"profile", profile},
          {"guided", options.guided}};
}

std::uint64_t NumberOf(const nlohmann::json& state, const char* key) {
  return state.contains(key) && state[key].is_number_unsigned() ? state[key].get<std::uint64_t>()
                                                                : 0;
}

std::string InFolder(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

}  // namespace

Store::Store(std::string folder, std::string profile)
    : folder_(std::move(folder)), profile_(std::move(profile)) {}

std::string Store::StateFile() const { return InFolder(folder_, "campaign.json"); }
std::string Store::CorpusFolder() const { return InFolder(folder_, "corpus"); }
std::string Store::FailuresFolder() const { return InFolder(folder_, "failures"); }

std::size_t Store::Resume(Campaign& campaign, std::vector<std::string>& complaints) {
  std::vector<tracegen::Schedule> corpus = Corpus::Load(CorpusFolder(), complaints);
  if (std::ifstream file(StateFile()); file) {
    const nlohmann::json state = nlohmann::json::parse(file, nullptr, false);
    const bool readable = state.is_object() && state.contains("next") &&
                          state["next"].is_number_unsigned() && state.contains("drawn_by");
    if (!readable) {
      complaints.push_back(StateFile() + ": expected what a campaign writes");
      return 0;
    }
    earlier_ = {NumberOf(state, "schedules"), NumberOf(state, "events"),
                NumberOf(state, "seconds")};
    if (state["drawn_by"] == nlohmann::json(DrawnBy(campaign.options(), profile_)))
      campaign.SkipTo(state["next"].get<std::uint64_t>());
  }
  const std::size_t schedules = corpus.size();
  campaign.RunFirst(std::move(corpus));
  std::error_code error;
  std::filesystem::create_directories(CorpusFolder(), error);
  if (error) complaints.push_back("cannot write " + folder_ + ": " + error.message());
  return schedules;
}

std::vector<std::string> Store::Save(const Campaign& campaign) const {
  std::vector<std::string> complaints;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  const Whole whole = WholeOf(campaign);
  const nlohmann::ordered_json state = {
      {"drawn_by", DrawnBy(campaign.options(), profile_)},
      {"next", campaign.next()},
      {"schedules", whole.schedules},
      {"events", whole.events},
      {"seconds", whole.seconds},
  };
  // Written anew, then renamed: a stop in between loses nothing.
  const std::string fresh = StateFile() + ".new";
  std::ofstream file(fresh);
  file << state.dump(2) << "\n";
  file.close();
  std::filesystem::rename(fresh, StateFile(), error);
  if (!file || error) complaints.push_back("cannot write " + StateFile());
  if (std::string why = campaign.corpus().Save(CorpusFolder()); !why.empty()) {
    complaints.push_back(std::move(why));
  }
  return complaints;
}

Whole Store::WholeOf(const Campaign& campaign) const {
  return {earlier_.schedules + campaign.totals().schedules,
          earlier_.events + campaign.totals().events,
          earlier_.seconds + static_cast<std::uint64_t>(campaign.seconds())};
}

}  // namespace campaign
