#include "conformance/judge/judge.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "conformance/judge/raft_trace_line.h"
#include "conformance/judge/words.h"
#include "raft/trace/describe.h"
#include "raft/trace/event_fields.h"

namespace conformance {

namespace {

// Adds the reasons against another explanation; each reason stands once.
void Append(StepResult& all, StepResult one) {
  if (!one.out_of_scope.empty()) all.out_of_scope = std::move(one.out_of_scope);
  for (Attempt& attempt : one.attempts) {
    const bool known =
        std::any_of(all.attempts.begin(), all.attempts.end(), [&](const Attempt& other) {
          return other.action == attempt.action && other.guard == attempt.guard &&
                 other.values == attempt.values;
        });
    if (!known || !attempt.differences.empty()) all.attempts.push_back(std::move(attempt));
  }
  if (all.nearest.empty()) all.nearest = std::move(one.nearest);
}

// The server of the event, and the sender and the receiver of its message.
std::vector<trace::NodeId> Concerned(const trace::Event& event, const Servers& servers) {
  std::vector<trace::NodeId> concerned = {event.node};
  if (event.msg) {
    for (const auto& id : {event.msg->from, event.msg->to}) {
      if (id && *id != event.node && servers.Find(*id) != spec::kNil) concerned.push_back(*id);
    }
  }
  return concerned;
}

ServerView ViewOf(trace::NodeId id, const spec::ServerState& state, ServerProgress::Stage stage,
                  const TraceContext& context) {
  std::string text = ServerText(state, context.servers, context.tree);
  if (stage == ServerProgress::Stage::kUnborn) text = "not started";
  if (stage == ServerProgress::Stage::kDown) text.insert(0, "down; ");
  return {std::to_string(id), text};
}

}  // namespace

Judge::Judge() : context_(std::make_unique<TraceContext>()) {
  candidates_.emplace_back();
  spec::Raft<spec::BagNetwork>& raft = candidates_[0].raft;
  raft.tree = &context_->tree;
  raft.constants.pre_vote = true;
  raft.constants.check_quorum = true;
  raft.constants.settings_known = false;
  raft.network.RememberDelivered();
}

Judge::Judge(const Judge& other)
    : context_(std::make_unique<TraceContext>(*other.context_)),
      candidates_(other.candidates_),
      before_(other.before_),
      observer_(other.observer_),
      observed_in_(other.observed_in_),
      report_(other.report_),
      recent_(other.recent_),
      remembered_(other.remembered_),
      origins_(other.origins_),
      last_seq_(other.last_seq_) {
  for (Candidate& candidate : candidates_) candidate.raft.tree = &context_->tree;
}

Judge::~Judge() = default;
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;

void Judge::SetHeader(const trace::Header& header) {
  spec::Raft<spec::BagNetwork>& raft = candidates_[0].raft;
  raft.constants.pre_vote = header.pre_vote.value_or(true);
  raft.constants.check_quorum = header.check_quorum.value_or(true);
  raft.constants.settings_known = header.pre_vote && header.check_quorum;
  raft.constants.campaign_messages = header.messages_logged.value_or(false);
  raft.constants.answers_older_terms = header.answers_older_terms.value_or(false);
  raft.constants.votes_carry_commit = header.votes_carry_commit.value_or(false);
  raft.constants.lease_reads = header.lease_reads.value_or(false);
  raft.constants.election_ticks =
      header.clock_logged.value_or(false) ? header.election_ticks.value_or(0) : 0;
  if (!header.validates_changes.value_or(true)) AllowUnvalidatedChanges();
  observer_.set_writes_at_once(!header.async_storage.value_or(true));
  context_->async_storage = header.async_storage.value_or(true);
  context_->network_logged = header.network_logged.value_or(false);
  context_->disk_logged = header.disk_logged.value_or(false);
  if (context_->network_logged) raft.network = {};
  const auto add = [this](const trace::Field<std::vector<trace::NodeId>>& ids) {
    spec::ServerSet set;
    for (const trace::NodeId id : ids.value_or(std::vector<trace::NodeId>{})) {
      const spec::Server server = context_->servers.Add(id);
      if (server != spec::kNil) set.Insert(server);
    }
    return set;
  };
  raft.constants.initial.voters = add(header.servers);
  raft.constants.initial.learners = add(header.learners) - raft.constants.initial.voters;
  context_->initial_known = header.servers.has_value();
  context_->initial_told = context_->initial_known;
}

void Judge::AllowUnvalidatedChanges() { candidates_[0].raft.constants.validates_changes = false; }

bool Judge::explained() const { return !report_.rejection && report_.invalid.empty(); }

void Judge::TrustNoClock() {
  context_->no_clock = true;
  observer_.TrustNoClock();
}

Wait Judge::Waits(const trace::Event& event) {
  Wait least = Wait::kYes;
  for (Candidate& candidate : candidates_) {
    least = std::min(least, conformance::Waits(candidate, event, *context_));
  }
  return least;
}

void Judge::NoteWaiting(std::vector<RelatedEvent> waiting) {
  if (report_.rejection) report_.rejection->waiting = std::move(waiting);
}

void Judge::Remember(const trace::Event& event, std::uint64_t line, std::size_t file) {
  Recent& recent = recent_[remembered_++ % kRecentEvents];
  recent.line = line;
  recent.file = file;
  recent.event = event;  // reuses the memory of the old event
}

bool Judge::InSequence(const trace::Event& event, std::uint64_t line, std::size_t file) {
  if (!event.seq) return true;
  ++context_->compared;
  std::uint64_t last = report_.events - 1;
  if (context_->no_clock) {
    if (last_seq_.size() <= file) last_seq_.resize(file + 1, 0);
    last = std::exchange(last_seq_[file], *event.seq);
  }
  if (context_->no_clock ? *event.seq > last : *event.seq == last + 1) return true;
  const std::string expected =
      context_->no_clock ? "more than " + std::to_string(last) : std::to_string(last + 1);
  StepResult result;
  result.out_of_scope = "seq: expected " + expected + ", found " + std::to_string(*event.seq);
  if (report_.events == 1) {
    result.out_of_scope += ": the trace begins in the middle; judge it from its beginning";
  } else if (*event.seq == 1 && report_.events > 3) {
    result.out_of_scope += ": another run begins here; judge each run alone";
  } else {
    result.out_of_scope +=
        ": a line is missing, repeated or moved; a trace is judged whole and in order";
  }
  Reject(event, line, file, candidates_.front(), std::move(result));
  return false;
}

bool Judge::Feed(const trace::Event& event, std::uint64_t line, std::size_t file) {
  const bool harmless = !observer_.violation();
  observer_.Observe(event, line);
  if (harmless && observer_.violation()) observed_in_ = file;
  if (!explained()) return false;
  ++report_.events;
  if (!InSequence(event, line, file)) return false;

  std::vector<Branch> branches;
  violations_.clear();
  std::optional<StepResult> last;  // why those that are refused are refused
  std::optional<spec::ServerState> of_first;
  if (candidates_.size() > 1) {
    const spec::Server i = context_->servers.Find(event.node);
    if (i != spec::kNil) of_first = candidates_.front().raft.state[i];
  }
  std::size_t kept = 0;
  for (std::size_t k = 0; k < candidates_.size(); ++k) {
    Candidate& candidate = candidates_[k];
    if (k + 1 == candidates_.size() && kept == 0) {
      std::copy_n(candidate.raft.state.begin(), context_->servers.size(), before_.begin());
    }
    StepResult result = Step(candidate, event, *context_);
    if (result.ok()) {
      std::move(result.branches.begin(), result.branches.end(), std::back_inserter(branches));
      if (kept != k) candidates_[kept] = std::move(candidate);
      ++kept;
      violations_.push_back(std::move(result.violation));
    } else {
      if (!last) last.emplace();
      Append(*last, std::move(result));
    }
  }
  // What one explanation cannot judge, nobody can: it may be the true one.
  if (last && (kept == 0 || !last->out_of_scope.empty())) {
    Reject(event, line, file, candidates_.back(), std::move(*last));
    return false;
  }
  candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(kept), candidates_.end());
  for (Branch& branch : branches) {
    candidates_.push_back(std::move(branch.candidate));
    violations_.push_back(std::move(branch.violation));
  }
  if (candidates_.size() > 1 || violations_.front()) DropViolating(line, file);
  if (candidates_.size() > 1) {
    context_->ambiguous = true;
    MergeCandidates();
    report_.most_candidates = std::max<std::uint64_t>(report_.most_candidates, candidates_.size());
    report_.ambiguous_events += candidates_.size() > 1 ? 1 : 0;
    if (candidates_.size() > kMostExplanations) return TooManyExplanations(line, file);
  }
  if (candidates_.size() == 1) KeepLearnt();
  const spec::Server i = context_->servers.Find(event.node);
  origins_.Note(i, of_first ? *of_first : before_[i], candidates_.front().raft.state[i],
                {line, file, event.name});
  Remember(event, line, file);
  return true;
}

bool Judge::TooManyExplanations(std::uint64_t line, std::size_t file) {
  const std::string& field = context_->open_field;
  StepResult result;
  result.out_of_scope = "more than " + std::to_string(kMostExplanations) +
                        " explanations fit what the lines so far tell" +
                        (field.empty() ? "" : "; judging " + field);
  Reject({}, line, file, candidates_.front(), std::move(result));
  return false;
}

// What the only explanation has learnt is true.
void Judge::KeepLearnt() {
  Candidate& only = candidates_.front();
  for (const auto& [log, digest] : only.learnt) context_->tree.SetValue(log, digest);
  only.learnt.clear();
  for (const auto& [entry, learnt] : only.changes) {
    context_->tree.SetChange(entry, learnt.change);
    if (learnt.whole) std::erase(context_->open_changes, entry);
  }
  only.changes.clear();
}

void Judge::DropViolating(std::uint64_t line, std::size_t file) {
  const auto broken = std::count_if(violations_.begin(), violations_.end(),
                                    [](const auto& violation) { return violation.has_value(); });
  if (broken == 0) return;
  if (static_cast<std::size_t>(broken) == violations_.size()) {
    const spec::Violation& first = *violations_.front();
    if (!report_.violation) {
      report_.violation = {line, std::string(first.property), first.what, file,
                           {},   Basis::kExplanation};
    }
    return;
  }
  for (std::size_t k = violations_.size(); k-- > 0;) {
    if (violations_[k]) candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(k));
  }
}

// Two explanations with the same state are one explanation.
void Judge::MergeCandidates() {
  for (std::size_t a = 0; a < candidates_.size(); ++a) {
    for (std::size_t b = candidates_.size(); b-- > a + 1;) {
      if (candidates_[a].raft.state == candidates_[b].raft.state &&
          candidates_[a].progress == candidates_[b].progress &&
          candidates_[a].raft.history.leases == candidates_[b].raft.history.leases &&
          candidates_[a].learnt == candidates_[b].learnt &&
          candidates_[a].changes == candidates_[b].changes &&
          candidates_[a].raft.network == candidates_[b].raft.network) {
        candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(b));
      }
    }
  }
}

void Judge::Reject(const trace::Event& event, std::uint64_t line, std::size_t file,
                   const Candidate& candidate, StepResult result) {
  if (!result.out_of_scope.empty()) {
    const std::uint64_t accepted = report_.events - 1;
    report_.invalid = result.out_of_scope + "; the " + Counted(accepted, "event") + " before " +
                      (accepted == 1 ? "is" : "are") + " accepted";
    report_.invalid_line = line;
    report_.invalid_file = file;
    return;
  }
  Rejection r;
  r.line = line;
  r.file = file;
  r.event = trace::Describe(event);
  r.attempts = std::move(result.attempts);
  r.nearest = std::move(result.nearest);
  const spec::Server refused = context_->servers.Find(event.node);
  if (refused != spec::kNil) {
    r.hint = TellReasons(r.attempts, r.nearest, event, before_[refused], candidate, *context_);
  }
  const Attempt& first = r.attempts[0];
  r.action = first.action;
  r.reason = first.action + ": ";
  if (!first.guard.empty()) {
    r.reason += first.guard;
    if (!first.values.empty()) r.reason.append(" is false: ").append(first.values);
  } else if (!first.differences.empty()) {
    const Difference& d = first.differences[0];
    r.reason.append(d.field).append(": expected ").append(d.expected);
    r.reason.append(", found ").append(d.found);
  }
  const std::vector<trace::NodeId> concerned = Concerned(event, context_->servers);
  for (const trace::NodeId id : concerned) {
    const spec::Server i = context_->servers.Find(id);
    if (i == spec::kNil) continue;
    r.servers.push_back(ViewOf(id, before_[i], candidate.progress[i].stage, *context_));
  }
  constexpr std::size_t kShown = 6;
  for (std::uint64_t k = 0; k < std::min<std::uint64_t>(remembered_, kRecentEvents); ++k) {
    const Recent& recent = recent_[(remembered_ - 1 - k) % kRecentEvents];
    if (r.before.size() == kShown) break;
    if (std::find(concerned.begin(), concerned.end(), recent.event.node) != concerned.end()) {
      r.before.insert(r.before.begin(), {recent.line, trace::Describe(recent.event), recent.file});
    }
  }
  report_.rejection = std::move(r);
}

std::string Judge::TellReasons(std::vector<Attempt>& attempts, std::vector<std::string>& nearest,
                               const trace::Event& event, const spec::ServerState& before,
                               const Candidate& after, const TraceContext& context) const {
  const spec::Server i = context.servers.Find(event.node);
  Refused refused{i, before, after.raft.state[i], origins_, context.servers, {}, nullptr};
  for (std::uint64_t k = 0; k < std::min<std::uint64_t>(remembered_, kRecentEvents); ++k) {
    const Recent& recent = recent_[(remembered_ - 1 - k) % kRecentEvents];
    if (recent.event.node != event.node) continue;
    // A message of a newer term makes a follower first, and is handled then.
    if (recent.event.name == trace::EventName::kBecomeFollower) continue;
    if (trace::IsReceive(recent.event.name) && recent.event.msg) {
      refused.received = {recent.line, recent.file, recent.event.name};
      refused.message = &*recent.event.msg;
    }
    break;
  }
  for (Attempt& attempt : attempts) TellWhy(attempt, refused);
  for (std::string& text :
       WouldLeadThere(event, i, before, after.raft.network, context.servers, context.tree)) {
    nearest.push_back(std::move(text));
  }
  if (!after.raft.constants.validates_changes) return {};
  return HintOfUnvalidated(attempts, event, refused, context.tree);
}

StepExplanation Judge::Explain(const trace::Event& event) const {
  StepExplanation best;
  const auto rank = [](const StepExplanation& one) {
    return !one.allowed ? 0 : one.violated ? 1 : 2;
  };
  for (std::size_t k = 0; k < candidates_.size(); ++k) {
    StepExplanation one = ExplainOn(candidates_[k], event);
    // As in Feed: what one explanation cannot judge, nobody can.
    if (!one.out_of_scope.empty()) return one;
    if (k == 0 || rank(one) > rank(best)) best = std::move(one);
  }
  return best;
}

StepExplanation Judge::ExplainOn(const Candidate& tried, const trace::Event& event) const {
  // The step is tried on copies: whatever a line tells, the judge must not learn it here.
  TraceContext context = *context_;
  context.actions = {};
  Candidate state = tried;
  state.raft.tree = &context.tree;
  StepExplanation explanation;
  const auto view = [&](const Candidate& candidate) {
    std::vector<ServerView> views;
    for (const trace::NodeId id : Concerned(event, context.servers)) {
      const spec::Server i = context.servers.Find(id);
      if (i == spec::kNil) continue;
      views.push_back(ViewOf(id, candidate.raft.state[i], candidate.progress[i].stage, context));
    }
    return views;
  };
  explanation.before = view(state);
  Candidate next = state;
  StepResult result = Step(next, event, context);
  explanation.allowed = result.ok();
  explanation.attempts = std::move(result.attempts);
  explanation.nearest = std::move(result.nearest);
  explanation.out_of_scope = std::move(result.out_of_scope);
  if (const spec::Server i = context.servers.Find(event.node); i != spec::kNil) {
    explanation.hint = TellReasons(explanation.attempts, explanation.nearest, event,
                                   state.raft.state[i], next, context);
  }
  if (explanation.allowed) {
    for (const auto& [action, times] : context.actions.ByName()) {
      explanation.actions.push_back(action);
    }
    explanation.after = view(next);
    std::erase_if(explanation.after, [&](const ServerView& after) {
      return std::any_of(explanation.before.begin(), explanation.before.end(),
                         [&](const ServerView& before) {
                           return before.server == after.server && before.text == after.text;
                         });
    });
    if (result.violation) {
      explanation.violated =
          std::string(result.violation->property) + ": " + result.violation->what;
    }
  }
  return explanation;
}

Report Judge::Finish() {
  Report report = report_;
  report.fields_compared = context_->compared;
  report.inferred_steps = context_->inferred_steps;
  report.candidates_left = candidates_.size();
  report.actions = context_->actions.ByName();
  if (observer_.violation() && !report.violation) {
    report.violation = observer_.violation();
    report.violation->file = observed_in_;
  }
  if (report.violation) {
    report.verdict = Verdict::kViolated;
  } else if (report.rejection) {
    report.verdict = Verdict::kRejected;
  } else if (!report.invalid.empty()) {
    report.verdict = Verdict::kInvalid;
  } else if (report.events == 0) {
    report.verdict = Verdict::kInvalid;
    report.invalid = "no events: expected lines with \"tag\":\"trace\"";
  } else if (report.fields_compared == 0) {
    report.verdict = Verdict::kInvalid;
    report.invalid = "nothing could be compared: no event has a field beyond name and nid";
  } else {
    report.verdict = Verdict::kAccepted;
  }
  return report;
}

}  // namespace conformance
