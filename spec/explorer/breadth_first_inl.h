// The definitions of breadth_first.h, which alone includes this file.
#pragma once

namespace spec::explorer {

template <Model M>
BreadthFirst<M>::BreadthFirst(const M& model, Options options)
    : model_(model),
      options_(std::move(options)),
      level_(options_.work_folder, options_.memory_bytes / 8),
      next_level_(options_.work_folder, options_.memory_bytes / 8),
      origins_(options_.work_folder, options_.memory_bytes / 8),
      parents_(kBatch) {
  report_.actions.resize(model_.Actions());
  if (options_.exact) exact_.resize(kShards);
  for (int k = 0; k < std::max(options_.workers, 1); ++k) {
    threads_.push_back(
        std::make_unique<Thread>(Thread{model_.MakeWorker(), {}, 0, {}, Broken{}, {}}));
    threads_.back()->found.resize(kShards);
    threads_.back()->actions.resize(model_.Actions());
  }
}

template <Model M>
Report<typename M::Move> BreadthFirst<M>::Run() {
  initial_ = model_.Initial();
  if (!options_.checkpoint_folder.empty() && LoadCheckpoint()) {
    report_.resumed = true;
  } else if (report_.error.empty()) {
    Seed();
  }
  if (!report_.error.empty()) {
    report_.end = End::kError;
    return std::move(report_);
  }
  if (report_.finding) return std::move(report_);
  try {
    Levels();
  } catch (const std::bad_alloc& error) {
    const auto* told = dynamic_cast<const OutOfMemory*>(&error);
    throw OutOfMemory((told != nullptr ? told->what() : std::string("a batch of states")) +
                      ", after " + std::to_string(report_.counts.distinct) +
                      " distinct states without a finding");
  }
  Summarise();
  return std::move(report_);
}

template <Model M>
void BreadthFirst<M>::Levels() {
  Crew crew(threads_.size());
  threads_.resize(crew.size());
  report_.workers = static_cast<int>(crew.size());
  while (!Finished()) {
    crew.Do([this](std::size_t k) { Expand(*threads_[k]); });
    crew.Do([this](std::size_t k) { Absorb(*threads_[k]); });
    Collect();
  }
}

template <Model M>
void BreadthFirst<M>::Seed() {
  Thread& thread = *threads_[0];
  for (std::size_t k = 0; k < initial_.size(); ++k) {
    const State& state = initial_[k];
    ++report_.counts.generated;
    const int broken = model_.BrokenInvariant(state);
    if (broken != kHolds && !report_.finding) {
      report_.finding = Finding{Finding::Kind::kInvariant, broken};
      report_.behaviour.initial = k;
      report_.end = End::kFound;
    }
    if (!model_.InBounds(state)) continue;
    const Candidate candidate{thread.worker.Fingerprint(state), 0, 0, Move{}};
    parents_[0] = state;
    if (!IsNew(thread, FingerprintSet::ShardOf(candidate.fingerprint), candidate)) continue;
    thread.scratch.assign(2, 0);
    model_.Encode(state, thread.scratch);
    StoreLittle({thread.scratch.data(), 2}, thread.scratch.size() - 2);
    level_.Append(thread.scratch);
    const Origin origin = OriginOf(k, Move{});
    origins_.Append({reinterpret_cast<const std::uint8_t*>(&origin), sizeof origin});
    ++level_left_;
    ++next_number_;
  }
  report_.counts.distinct = next_number_;
  report_.counts.queued = next_number_;
  report_.counts.depth = 1;
}

template <Model M>
typename BreadthFirst<M>::Origin BreadthFirst<M>::OriginOf(std::uint64_t parent,
                                                           const Move& move) const {
  Origin origin;
  StoreLittle(origin.parent, parent);
  origin.move = move;
  return origin;
}

// Reads the next parents, still encoded.  REQUIRES: the level has unread states.
template <Model M>
bool BreadthFirst<M>::LoadBatch() {
  constexpr std::uint64_t kMost = std::uint64_t{kBatch} * 160;
  read_buffer_.resize(std::min(level_.size() - level_read_, kMost));
  if (!level_.Read(level_read_, read_buffer_)) {
    report_.error = level_.error();
    return false;
  }
  offsets_.clear();
  std::size_t at = 0;
  while (offsets_.size() < kBatch && at + 2 <= read_buffer_.size()) {
    const std::size_t length = LoadLittle({read_buffer_.data() + at, 2});
    if (at + 2 + length > read_buffer_.size()) break;
    offsets_.push_back(static_cast<std::uint32_t>(at + 2));
    at += 2 + length;
  }
  parent_count_ = offsets_.size();
  level_read_ += at;
  level_.Forget(level_read_);
  next_chunk_ = 0;
  next_shard_ = 0;
  return true;
}

template <Model M>
void BreadthFirst<M>::Expand(Thread& thread) {
  for (;;) {
    const std::size_t first = next_chunk_.fetch_add(1) * kChunk;
    if (first >= parent_count_) return;
    const std::size_t end = std::min(first + kChunk, parent_count_);
    for (std::size_t parent = first; parent < end; ++parent) {
      model_.Decode(std::span(read_buffer_).subspan(offsets_[parent]), parents_[parent]);
      ExpandOne(thread, static_cast<std::uint32_t>(parent));
    }
  }
}

template <Model M>
void BreadthFirst<M>::ExpandOne(Thread& thread, std::uint32_t parent) {
  std::uint16_t ordinal = 0;
  thread.worker.ForEachStep(parents_[parent], [&](const Move& move, const State& after) {
    NoteStep(thread, parent, ordinal++, move, after);
  });
  thread.generated += ordinal;
  if (ordinal == 0 && !model_.deadlock_allowed()) {
    thread.broken.Note(std::uint64_t{parent} << 16U, {Finding::Kind::kDeadlock, kHolds}, nullptr);
  }
}

// Not inlined, because a model calls it from one place per action and the code would grow.
template <Model M>
[[gnu::noinline]] void BreadthFirst<M>::NoteStep(Thread& thread, std::uint32_t parent,
                                                 std::uint16_t ordinal, const Move& move,
                                                 const State& after) {
  const State& before = parents_[parent];
  const std::uint64_t place = std::uint64_t{parent} << 16U | ordinal;
  ++thread.actions[model_.ActionOf(before, move)].generated;
  const auto changes = model_.ChangesOf(before, after);
  const int step = model_.BrokenStep(before, after, move, changes);
  if (step != kHolds) thread.broken.Note(place, {Finding::Kind::kStep, step}, &move);
  if (!model_.InBounds(after, changes)) {
    const int broken = model_.BrokenInvariant(after, changes);
    if (broken != kHolds) thread.broken.Note(place, {Finding::Kind::kInvariant, broken}, &move);
    return;
  }
  const Fingerprint fingerprint = thread.worker.Fingerprint(after);
  if (exact_.empty()) {
    Fingerprint& recent = thread.recent[fingerprint % kRecent];
    if (recent == fingerprint) return;
    recent = fingerprint;
  }
  thread.found[FingerprintSet::ShardOf(fingerprint)].push_back(
      {fingerprint, parent, ordinal, move});
}

template <Model M>
void BreadthFirst<M>::Absorb(Thread& thread) {
  for (;;) {
    const std::size_t shard = next_shard_.fetch_add(1);
    if (shard >= kShards) return;
    AbsorbShard(thread, shard);
  }
}

// Takes the candidates of all threads in the order of their parents.  The candidates of one thread
// are in that order already.
template <Model M>
void BreadthFirst<M>::AbsorbShard(Thread& thread, std::size_t shard) {
  std::vector<std::size_t> heads(threads_.size(), 0);
  const FingerprintShard& known = visited_.Shard(shard);
  for (;;) {
    std::size_t first = threads_.size();
    std::uint32_t parent = ~std::uint32_t{0};
    for (std::size_t k = 0; k < threads_.size(); ++k) {
      const auto& found = threads_[k]->found[shard];
      if (heads[k] < found.size() && found[heads[k]].parent < parent) {
        parent = found[heads[k]].parent;
        first = k;
      }
    }
    if (first == threads_.size()) return;
    const auto& found = threads_[first]->found[shard];
    const std::size_t end = std::min(found.size(), (heads[first] / kChunk + 1) * kChunk);
    do {
      const std::size_t ahead = heads[first] + kLookAhead;
      if (ahead < found.size()) {
        known.Prefetch(found[ahead].fingerprint & FingerprintShard::kLargest);
      }
      const Candidate& candidate = found[heads[first]++];
      if (IsNew(thread, shard, candidate)) AddState(thread, shard, candidate);
    } while (heads[first] < end && found[heads[first]].parent == parent);
  }
}

template <Model M>
bool BreadthFirst<M>::IsNew(Thread& thread, std::size_t shard, const Candidate& candidate) {
  if (exact_.empty()) {
    return visited_.Shard(shard).Insert(candidate.fingerprint & FingerprintShard::kLargest);
  }
  const State& state = report_.counts.depth == 0
                           ? parents_[0]
                           : thread.worker.Take(parents_[candidate.parent], candidate.move);
  thread.scratch.clear();
  model_.Encode(thread.worker.Canonical(state), thread.scratch);
  const auto answer = exact_[shard].Insert(candidate.fingerprint, thread.scratch);
  if (answer == ExactStates::Answer::kCollision) ++thread.collisions;
  return answer != ExactStates::Answer::kKnown;
}

template <Model M>
void BreadthFirst<M>::AddState(Thread& thread, std::size_t shard, const Candidate& candidate) {
  const State& before = parents_[candidate.parent];
  ++thread.actions[model_.ActionOf(before, candidate.move)].distinct;
  const State& state = thread.worker.Take(before, candidate.move);
  if (const int broken = model_.BrokenInvariant(state, model_.ChangesOf(before, state));
      broken != kHolds) {
    thread.broken.Note(std::uint64_t{candidate.parent} << 16U | candidate.ordinal,
                       {Finding::Kind::kInvariant, broken}, &candidate.move);
  }
  Additions& additions = additions_[shard];
  const std::size_t at = additions.states.size();
  additions.states.resize(at + 2);
  model_.Encode(state, additions.states);
  const std::size_t length = additions.states.size() - at - 2;
  StoreLittle({additions.states.data() + at, 2}, length);
  additions.origins.push_back(OriginOf(level_first_ + candidate.parent, candidate.move));
}

// Merges what the threads found in the batch.
template <Model M>
void BreadthFirst<M>::Collect() {
  Broken broken;
  for (auto& thread : threads_) {
    report_.counts.generated += thread->generated;
    report_.collisions += thread->collisions;
    thread->generated = 0;
    thread->collisions = 0;
    for (auto& found : thread->found) found.clear();
    if (thread->broken.place < broken.place) broken = thread->broken;
    thread->broken = Broken{};
  }
  for (Additions& additions : additions_) {
    next_level_.Append(additions.states);
    origins_.Append({reinterpret_cast<const std::uint8_t*>(additions.origins.data()),
                     additions.origins.size() * sizeof(Origin)});
    next_level_states_ += additions.origins.size();
    next_number_ += additions.origins.size();
    additions.states.clear();
    additions.origins.clear();
  }
  if (broken.place != Broken{}.place) {
    report_.end = End::kFound;
    report_.finding = broken.finding;
    report_.behaviour = BehaviourTo(level_first_ + (broken.place >> 16U), broken);
  }
  level_first_ += parent_count_;
  level_left_ -= parent_count_;
  report_.counts.distinct = next_number_;
  report_.counts.queued = level_left_ + next_level_states_;
  report_.peak_frontier_bytes =
      std::max(report_.peak_frontier_bytes, level_.size() - level_read_ + next_level_.size());
  report_.spilt_bytes =
      std::max(report_.spilt_bytes, level_.on_disk() + next_level_.on_disk() + origins_.on_disk());
}

template <Model M>
void BreadthFirst<M>::NextLevel() {
  level_ = std::move(next_level_);
  next_level_ = Spool(options_.work_folder, options_.memory_bytes / 8);
  level_read_ = 0;
  level_left_ = next_level_states_;
  next_level_states_ = 0;
  if (level_left_ != 0) ++report_.counts.depth;
}

// Returns true if the search is over; otherwise it loads the next batch.
template <Model M>
bool BreadthFirst<M>::Finished() {
  if (report_.finding) return true;
  for (const Spool* spool : {&level_, &next_level_, &origins_}) {
    if (!spool->error().empty()) report_.error = spool->error();
  }
  if (report_.error.empty() && options_.checkpoint_due && options_.checkpoint_due(report_.counts)) {
    SaveCheckpoint();
  }
  if (!report_.error.empty()) {
    report_.end = End::kError;
    return true;
  }
  if (level_left_ == 0) {
    if (options_.max_depth != 0 && report_.counts.depth >= options_.max_depth &&
        next_level_states_ != 0) {
      report_.end = End::kDepth;
      return true;
    }
    NextLevel();
    if (level_left_ == 0) return true;
  }
  if (options_.max_states != 0 && next_number_ >= options_.max_states) report_.end = End::kStates;
  // Of the memory limit, three eighths belong to the spools and one eighth to what is not counted.
  if (BytesHeld() > options_.memory_bytes / 2) report_.end = End::kMemory;
  if (options_.stop && options_.stop(report_.counts)) report_.end = End::kStopped;
  if (report_.end != End::kComplete) {
    if (!options_.checkpoint_folder.empty()) SaveCheckpoint();
    return true;
  }
  if (!LoadBatch()) {
    report_.end = End::kError;
    return true;
  }
  return false;
}

// The memory in use, without the spools.
template <Model M>
std::uint64_t BreadthFirst<M>::BytesHeld() const {
  std::uint64_t bytes = visited_.bytes() + parents_.capacity() * sizeof(State) +
                        read_buffer_.capacity() + offsets_.capacity() * sizeof(std::uint32_t);
  for (const ExactStates& shard : exact_) bytes += shard.bytes();
  for (const auto& thread : threads_) {
    for (const auto& found : thread->found) bytes += found.capacity() * sizeof(Candidate);
  }
  for (const Additions& additions : additions_) {
    bytes += additions.states.capacity() + additions.origins.capacity() * sizeof(Origin);
  }
  return bytes;
}

// The steps that lead to `state`, and then the step that broke a property, if it was a step.
template <Model M>
Behaviour<typename M::Move> BreadthFirst<M>::BehaviourTo(std::uint64_t state,
                                                         const Broken& broken) const {
  Behaviour<Move> behaviour;
  if (broken.has_move) behaviour.moves.push_back(broken.move);
  for (;;) {
    Origin origin;
    origins_.Read(state * sizeof(Origin),
                  {reinterpret_cast<std::uint8_t*>(&origin), sizeof origin});
    const std::uint64_t parent = LoadLittle(origin.parent);
    if (state < initial_.size()) {  // then `parent` says which one
      behaviour.initial = static_cast<std::size_t>(parent);
      break;
    }
    behaviour.moves.push_back(origin.move);
    state = parent;
  }
  std::reverse(behaviour.moves.begin(), behaviour.moves.end());
  return behaviour;
}

template <Model M>
void BreadthFirst<M>::Summarise() {
  for (const auto& thread : threads_) {
    for (std::size_t k = 0; k < report_.actions.size(); ++k) {
      report_.actions[k].generated += thread->actions[k].generated;
      report_.actions[k].distinct += thread->actions[k].distinct;
    }
  }
  report_.visited_bytes = visited_.bytes();
  for (const ExactStates& shard : exact_) report_.visited_bytes += shard.bytes();
  const auto distinct = static_cast<double>(report_.counts.distinct);
  const auto generated = static_cast<double>(report_.counts.generated);
  constexpr double kAll = 18446744073709551616.0;  // 2^64
  if (exact_.empty()) {
    report_.collision_calculated = distinct * (generated - distinct) / kAll;
    const Fingerprint gap = visited_.SmallestGap();
    report_.collision_observed = distinct < 2 ? 0 : 1.0 / static_cast<double>(gap);
  }
}

// ---- Checkpoints.

template <Model M>
bool BreadthFirst<M>::SaveCheckpoint() {
  CheckpointWriter file(options_.checkpoint_folder);
  file.Number(options_.identity);
  for (const std::uint64_t number :
       {report_.counts.generated, report_.counts.depth, next_number_, level_first_, level_left_,
        next_level_states_, report_.peak_frontier_bytes}) {
    file.Number(number);
  }
  for (std::size_t k = 0; k < report_.actions.size(); ++k) {
    ActionCount all = report_.actions[k];
    for (const auto& thread : threads_) {
      all.generated += thread->actions[k].generated;
      all.distinct += thread->actions[k].distinct;
    }
    file.Number(all.generated);
    file.Number(all.distinct);
  }
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    const std::vector<Fingerprint> sorted = visited_.Shard(shard).Sorted();
    file.Number(sorted.size());
    file.Bytes({reinterpret_cast<const std::uint8_t*>(sorted.data()),
                sorted.size() * sizeof(Fingerprint)});
  }
  file.Tail(level_, level_read_);
  file.Tail(next_level_, 0);
  file.Tail(origins_, 0);
  if (!file.Commit()) report_.error = file.error();
  return report_.error.empty();
}

template <Model M>
bool BreadthFirst<M>::LoadCheckpoint() {
  CheckpointReader file(options_.checkpoint_folder);
  if (!file.exists()) {
    report_.error = file.error();
    return false;
  }
  if (file.Number() != options_.identity) {
    report_.error = "the checkpoint in " + options_.checkpoint_folder +
                    " is of another model, or of other bounds";
    return false;
  }
  report_.counts.generated = file.Number();
  report_.counts.depth = file.Number();
  next_number_ = file.Number();
  level_first_ = file.Number();
  level_left_ = file.Number();
  next_level_states_ = file.Number();
  report_.peak_frontier_bytes = file.Number();
  for (ActionCount& action : report_.actions) {
    action.generated = file.Number();
    action.distinct = file.Number();
  }
  for (std::size_t shard = 0; shard < kShards && file.good(); ++shard) {
    std::vector<Fingerprint> sorted(file.Count(sizeof(Fingerprint)));
    file.Bytes(
        {reinterpret_cast<std::uint8_t*>(sorted.data()), sorted.size() * sizeof(Fingerprint)});
    visited_.Shard(shard).Assign(sorted);
  }
  file.Into(level_);
  file.Into(next_level_);
  file.Into(origins_);
  if (!file.Finish()) {
    report_.error = file.error();
    return false;
  }
  report_.counts.distinct = next_number_;
  report_.counts.queued = level_left_ + next_level_states_;
  return true;
}

}  // namespace spec::explorer
