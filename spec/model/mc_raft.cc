#include "spec/model/mc_raft.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

namespace spec {
namespace {

using explorer::ConfigName;
using explorer::ConfigValue;

// Takes the constants of a configuration one by one and keeps the first error.
class Reader {
 public:
  explicit Reader(const explorer::Config& config) : config_(config) {}

  tl::expected<ModelSettings, std::string> Run() {
    Servers();
    Switches();
    Membership();
    Numbers();
    Behaviour();
    Properties();
    NoneLeft();
    if (!error_.empty()) return tl::unexpected(std::move(error_));
    return std::move(settings_);
  }

 private:
  using Kind = ConfigValue::Kind;
  static constexpr std::size_t kMostValues = 8;

  void Fail(int line, const std::string& what) {
    if (!error_.empty()) return;
    error_ = (line == 0 ? "" : "line " + std::to_string(line) + ": ") + what;
  }
  const ConfigValue* Take(const std::string& name, Kind kind, const char* expected) {
    taken_.push_back(name);
    const auto found = config_.constants.find(name);
    if (found == config_.constants.end()) {
      Fail(0, "constant " + name + " is not given");
      return nullptr;
    }
    if (found->second.kind != kind) {
      Fail(found->second.line, "constant " + name + " must be " + expected);
      return nullptr;
    }
    return &found->second;
  }
  bool Truth(const std::string& name) {
    const ConfigValue* value = Take(name, Kind::kTruth, "TRUE or FALSE");
    return value != nullptr && value->number != 0;
  }
  std::uint64_t Number(const std::string& name, std::uint64_t most) {
    const ConfigValue* value = Take(name, Kind::kNumber, "a number");
    if (value == nullptr) return 0;
    if (value->number > most) {
      Fail(value->line, name + " is " + std::to_string(value->number) + ", this explorer takes " +
                            std::to_string(most) + " at most");
      return 0;
    }
    return value->number;
  }
  // A set of model values or strings.
  std::vector<std::string> Names(const std::string& name, std::size_t most) {
    std::vector<std::string> names;
    const ConfigValue* value = Take(name, Kind::kSet, "a set");
    if (value == nullptr) return names;
    for (const ConfigValue& element : value->elements) {
      if (element.kind != Kind::kModelValue && element.kind != Kind::kString) {
        Fail(element.line, "the elements of " + name + " must be model values");
      }
      names.push_back(element.text);
    }
    if (names.size() > most) {
      Fail(value->line, name + " has " + std::to_string(names.size()) +
                            " elements, this explorer takes " + std::to_string(most) + " at most");
      names.clear();
    }
    return names;
  }
  ServerSet SetOf(const ConfigValue& value, const std::string& name) {
    ServerSet set;
    for (const ConfigValue& element : value.elements) {
      const auto& servers = settings_.server_names;
      const auto found = std::find(servers.begin(), servers.end(), element.text);
      if (found == servers.end() || element.kind == Kind::kSet) {
        Fail(element.line, name + " must be a subset of Server: `" + element.text + "` is none");
        return set;
      }
      set.Insert(static_cast<Server>(found - servers.begin()));
    }
    return set;
  }
  ServerSet SubsetOfServer(const std::string& name) {
    const ConfigValue* value = Take(name, Kind::kSet, "a set of servers");
    return value == nullptr ? ServerSet{} : SetOf(*value, name);
  }

  // The model keeps each kind of model value apart, and could not see that two of them are equal.
  void AllDiffer(const ConfigValue* nil) {
    std::map<std::string, std::string> seen;  // the name -> the constant
    const auto take = [&](const std::string& name, const std::string& constant) {
      const auto [at, fresh] = seen.emplace(name, constant);
      if (!fresh) {
        Fail(config_.constants.at(constant).line, "`" + name + "` is in " + at->second +
                                                      " and in " + constant +
                                                      ": expected different names");
      }
    };
    for (const std::string& name : settings_.server_names) take(name, "Server");
    for (const std::string& name : settings_.value_names) take(name, "Value");
    for (const std::string& name : settings_.read_names) take(name, "Read");
    if (nil != nullptr) take(nil->text, "Nil");
  }

  void Servers() {
    ModelSettings& settings = settings_;
    settings.server_names = Names("Server", kLargeModel);
    settings.constants.servers = static_cast<int>(settings.server_names.size());
    settings.value_names = Names("Value", kMostValues);
    settings.next.values = settings.value_names.size();
    settings.read_names = Names("Read", 2);
    settings.next.reads = settings.read_names.size();
    AllDiffer(Take("Nil", Kind::kModelValue, "a model value"));
    settings.constants.initial.voters = SubsetOfServer("InitialVoters");
    if (settings.constants.initial.voters.Empty()) Fail(0, "InitialVoters must not be empty");
  }
  void Switches() {
    Constants& constants = settings_.constants;
    constants.pre_vote = Truth("PreVote");
    constants.check_quorum = Truth("CheckQuorum");
    constants.campaign_messages = Truth("CampaignMessages");
    constants.answers_older_terms = Truth("AnswersOlderTerms");
    constants.votes_carry_commit = Truth("VotesCarryCommit");
    constants.lease_reads = Truth("LeaseReads");
    // A .cfg may be older than this constant, and means what it meant then.
    if (config_.constants.contains("ValidatesChanges")) {
      constants.validates_changes = Truth("ValidatesChanges");
    }
    settings_.next.snapshots = Truth("Snapshots");
    settings_.next.transfer = Truth("Transfer");
  }
  void Membership() {
    NextConstants& next = settings_.next;
    next.joiners = SubsetOfServer("Joiners");
    next.learners = SubsetOfServer("Learners");
    next.leavers = SubsetOfServer("Leavers");
    const ConfigValue* targets = Take("Targets", Kind::kSet, "a set of sets of servers");
    if (targets == nullptr) return;
    for (const ConfigValue& target : targets->elements) {
      if (target.kind != Kind::kSet || target.elements.empty()) {
        return Fail(target.line, "the elements of Targets must be sets of servers, none empty");
      }
      next.targets.push_back(SetOf(target, "Targets"));
    }
    if (!error_.empty()) return;
    const std::size_t codes = AllChanges(next, settings_.constants.initial).size() + next.values;
    if (codes > PackedLogs::kMaxCodes) {
      Fail(targets->line,
           "the values and the changes of the configuration that may be asked for are " +
               std::to_string(codes) + ", this explorer takes " +
               std::to_string(PackedLogs::kMaxCodes) + " at most");
    }
  }
  void Numbers() {
    Bounds& bounds = settings_.bounds;
    // One step may lead to a term beyond the bounds, so one more term must fit.
    bounds.max_term = Number("MaxTerm", PackedLogs::kMaxTerm - 1);
    bounds.max_log_length = Number("MaxLogLength", PackedLogs::kMaxLength - 1);
    bounds.max_messages =
        Number("MaxMessages", ModelNetwork<ModelTypes<kSmallModel>>::kMaxMessages);
    bounds.max_copies = static_cast<int>(Number("MaxCopies", 100));
  }
  // The next-state relation by its name, which ends with `kind`.  Returns false if there is none.
  bool SetNext(const std::string& name, const std::string& kind) {
    settings_.next.calm = name != kind;
    settings_.next.crashes = name != "Calm" + kind;
    return !settings_.next.calm || !settings_.next.crashes || name == "Crash" + kind;
  }
  void Behaviour() {
    if (config_.specification) {
      const ConfigName& name = *config_.specification;
      if (!SetNext(name.name, "Spec")) {
        Fail(name.line, "SPECIFICATION " + name.name + ": there are Spec, CalmSpec and CrashSpec");
      }
    } else {
      if (!SetNext(config_.next->name, "Next")) {
        Fail(config_.next->line,
             "NEXT " + config_.next->name + ": there are Next, CalmNext and CrashNext");
      }
      if (config_.init->name != "Init") {
        Fail(config_.init->line, "INIT " + config_.init->name + ": there is Init");
      }
    }
    for (const ConfigName& constraint : config_.constraints) {
      if (constraint.name != "Bounded") {
        Fail(constraint.line, "CONSTRAINT " + constraint.name + ": there is Bounded");
      }
      settings_.bounds.active = true;
    }
    if (!settings_.bounds.active) {
      Fail(0, "CONSTRAINT Bounded is not given: without it the model has no end");
    }
    if (config_.symmetry) {
      settings_.symmetry = true;
      if (config_.symmetry->name != "Symmetry") {
        Fail(config_.symmetry->line, "SYMMETRY " + config_.symmetry->name + ": there is Symmetry");
      }
    }
    settings_.check_deadlock = config_.check_deadlock;
  }
  void Properties() {
    using View = ModelView<kSmallModel>;
    for (const ConfigName& name : config_.invariants) {
      const bool known =
          std::any_of(kStateProperties<View>.begin(), kStateProperties<View>.end(),
                      [&](const auto& property) { return property.name == name.name; });
      if (!known) Fail(name.line, "INVARIANT " + name.name + " is not known" + Known(true));
      settings_.invariants.push_back(name.name);
    }
    for (const ConfigName& name : config_.properties) {
      const bool known =
          std::any_of(kStepProperties<View>.begin(), kStepProperties<View>.end(),
                      [&](const auto& property) { return property.name == name.name; });
      if (!known) Fail(name.line, "PROPERTY " + name.name + " is not known" + Known(false));
      settings_.step_properties.push_back(name.name);
    }
  }
  static std::string Known(bool of_states) {
    using View = ModelView<kSmallModel>;
    std::string names;
    const auto add = [&names](std::string_view name) {
      names += (names.empty() ? ": there are " : ", ") + std::string(name);
    };
    if (of_states) {
      for (const auto& property : kStateProperties<View>) add(property.name);
    } else {
      for (const auto& property : kStepProperties<View>) add(property.name);
    }
    return names;
  }
  void NoneLeft() {
    for (const auto& [name, value] : config_.constants) {
      if (std::find(taken_.begin(), taken_.end(), name) == taken_.end()) {
        Fail(value.line, "constant " + name + " is not one of MCRaft's");
      }
    }
  }

  const explorer::Config& config_;
  ModelSettings settings_;
  std::string error_;  // the first one
  std::vector<std::string> taken_;
};

}  // namespace

tl::expected<ModelSettings, std::string> SettingsOf(const explorer::Config& config) {
  return Reader(config).Run();
}

std::vector<ModelSettings> OnePropertyEach(const ModelSettings& settings) {
  ModelSettings none = settings;
  none.invariants.clear();
  none.step_properties.clear();
  none.check_deadlock = false;
  std::vector<ModelSettings> all;
  for (const std::string& name : settings.invariants) {
    all.push_back(none);
    all.back().invariants = {name};
  }
  for (const std::string& name : settings.step_properties) {
    all.push_back(none);
    all.back().step_properties = {name};
  }
  return all;
}

void CopyBytes(void* to, const void* from, std::size_t size) { std::memcpy(to, from, size); }

std::vector<ConfChange> AllChanges(const NextConstants& next, const Config& initial) {
  std::vector<Config> configs = {initial};
  std::vector<ConfChange> changes;
  for (std::size_t k = 0; k < configs.size(); ++k) {
    const Config config = configs[k];
    ForEachChange(next, config, [&](const ConfChange& change) {
      if (std::find(changes.begin(), changes.end(), change) == changes.end()) {
        changes.push_back(change);
      }
      const Config after = ConfigAfter(config, change);
      if (std::find(configs.begin(), configs.end(), after) == configs.end()) {
        configs.push_back(after);
      }
    });
  }
  return changes;
}

[[noreturn]] void NetworkOverflow() {
  std::fprintf(stderr, "internal error: spec/model_network: more messages than the bounds allow\n");
  std::abort();
}

std::string_view ActionName(std::size_t action) {
  static constexpr std::array<std::string_view, 41> kNames = {
      "Timeout", "RequestVote", "BecomeLeader", "StepDown", "ClientRequest", "AppendEntriesToSelf",
      "AppendEntries", "Heartbeat", "AdvanceCommitIndex", "Persist", "Restart", "UpdateTerm",
      "IgnoreVoteRequest", "DropStale", "RespondToOlderTerm", "ReturnToFollower", "Handle",
      "DropMessage", "DuplicateMessage", "BecomePreCandidate", "RequestPreVote", "ForgetLeader",
      "ChangeConf", "ApplyConfChange", "RecoverCommitIndex", "Compact", "SendSnapshot",
      "SendTimeoutNow", "ReadIndex", "TakeRead", "ServeRead",
      // The handlers, by message type.
      "HandleRequestVoteRequest", "HandleRequestVoteResponse", "HandleAppendEntriesRequest",
      "HandleAppendEntriesResponse", "HandleHeartbeat", "HandleHeartbeatResponse",
      "HandleSnapshotRequest", "HandlePreVoteRequest", "HandlePreVoteResponse", "HandleTimeoutNow"};
  return kNames[action];
}

}  // namespace spec
