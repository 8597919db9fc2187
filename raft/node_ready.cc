// What leaves a node and comes back to it: Ready and Advance, or the messages to and from the
// storage threads.
// TLA+: Persist (what a Ready promises is durable before its messages leave).
#include <algorithm>
#include <utility>

#include "raft/check.h"
#include "raft/node_impl.h"

namespace raft {

bool Node::Impl::HasReady() const {
  return !messages_.empty() || !messages_after_append_.empty() || !own_messages_.empty() ||
         !read_states_.empty() || log_.HasUnstable() || log_.UnstableSnapshot() != nullptr ||
         log_.HasCommitted(!config_.async_storage_writes) ||
         !(soft_state() == previous_soft_state_) || !(hard_state() == previous_hard_state_);
}

Ready& Node::Impl::TakeReady() {
  RAFT_CHECK_TRUE(!handed_.out);
  const HardState hard = hard_state();
  ready_.soft_state.reset();
  ready_.hard_state.reset();
  if (!(soft_state() == previous_soft_state_)) ready_.soft_state = soft_state();
  if (!(hard == previous_hard_state_)) ready_.hard_state = hard;
  ready_.snapshot = log_.UnstableSnapshot();
  ready_.entries.clear();
  log_.CopyUnstable(ready_.entries);
  ready_.must_sync = !ready_.entries.empty() || ready_.snapshot != nullptr ||
                     hard.term != previous_hard_state_.term ||
                     hard.vote != previous_hard_state_.vote;
  ready_.committed_entries.clear();
  log_.CopyCommitted(!config_.async_storage_writes, ready_.committed_entries);
  ready_.read_states.clear();
  ready_.read_states.swap(read_states_);
  ready_.messages.clear();
  ready_.messages.swap(messages_);

  log_.AcceptUnstable();
  if (!ready_.committed_entries.empty()) {
    log_.AcceptCommitted(ready_.committed_entries.back().index, SizeOf(ready_.committed_entries),
                         !config_.async_storage_writes);
  }
  previous_soft_state_ = soft_state();
  previous_hard_state_ = hard;
  if (config_.async_storage_writes) {
    FillStorageMessages();
  } else {
    for (Message& m : messages_after_append_) ready_.messages.push_back(std::move(m));
    messages_after_append_.clear();
    handed_.out = true;
    handed_.own.swap(own_messages_);
    handed_.term = term_;
    handed_.stable = log_.HasAnyUnstable() ? log_.last_index() : Index();
    handed_.stable_term = log_.HasAnyUnstable() ? log_.last_term() : Term();
    handed_.snapshot = ready_.snapshot ? ready_.snapshot->index : Index();
    handed_.applied =
        ready_.committed_entries.empty() ? Index() : ready_.committed_entries.back().index;
    handed_.applied_bytes = SizeOf(ready_.committed_entries);
  }
  TraceNode(trace::EventName::kReady);
  return ready_;
}

// Everything that is to be durable goes to the append thread, with the messages that wait for it;
// what is committed goes to the apply thread.
void Node::Impl::FillStorageMessages() {
  if (!ready_.entries.empty() || ready_.hard_state || ready_.snapshot ||
      !messages_after_append_.empty()) {
    Message append = MessageTo(MessageType::kStorageAppend, kAppendThread);
    append.from = config_.id;
    append.entries = std::move(ready_.entries);
    append.snapshot = ready_.snapshot;
    if (ready_.hard_state) {
      append.term = ready_.hard_state->term;
      append.vote = ready_.hard_state->vote;
      append.commit = ready_.hard_state->commit;
    }
    append.responses.swap(messages_after_append_);
    if (log_.HasAnyUnstable() || ready_.snapshot) {
      // Also for entries that an earlier message carries: their own response may come to nothing
      // because the term has changed meanwhile (no ABA, see StorageAppended).
      Message response = MessageTo(MessageType::kStorageAppendResp, config_.id);
      response.from = kAppendThread;
      response.term = term_;
      if (log_.HasAnyUnstable()) {
        response.index = log_.last_index();
        response.log_term = log_.last_term();
      }
      response.snapshot = ready_.snapshot;
      append.responses.push_back(std::move(response));
    }
    ready_.messages.push_back(std::move(append));
  }
  if (!ready_.committed_entries.empty()) {
    Message apply = MessageTo(MessageType::kStorageApply, kApplyThread);
    apply.from = config_.id;
    Message response = MessageTo(MessageType::kStorageApplyResp, config_.id);
    response.from = kApplyThread;
    response.entries = ready_.committed_entries;
    apply.entries = std::move(ready_.committed_entries);
    apply.responses.push_back(std::move(response));
    ready_.messages.push_back(std::move(apply));
  }
  ready_.entries.clear();
  ready_.committed_entries.clear();
  ready_.hard_state.reset();
  ready_.snapshot.reset();
}

// Entries count as stable only if the response is of the current term: an older write may since
// have been followed by one that replaced its entries, and this one by one that brought them back;
// until that last one is done the storage has others (ABA).
void Node::Impl::StorageAppended(const Message& m, bool same_term) {
  if (same_term && m.index != Index()) log_.StableTo(m.index, m.log_term);
  if (m.snapshot) SnapshotStored(m.snapshot->index);
}

void Node::Impl::SnapshotStored(Index index) {
  log_.SnapshotStableTo(index);
  AppliedTo(index, 0);
}

void Node::Impl::AppliedTo(Index index, std::uint64_t bytes) {
  log_.AppliedTo(std::max(index, log_.applied()), bytes);
  uncommitted_bytes_ -= std::min(uncommitted_bytes_, bytes);
  MaybeLeaveJoint();
}

void Node::Impl::Advance() {
  RAFT_CHECK_TRUE(handed_.out);
  handed_.out = false;
  // The order of the asynchronous case: own answers, then what is stable, then what is applied.
  for (Message& m : handed_.own) {
    TraceReceive(m);
    if (PassesTermGate(m)) Handle(m);
  }
  handed_.own.clear();
  if (handed_.term == term_ && handed_.stable != Index()) {
    log_.StableTo(handed_.stable, handed_.stable_term);
  }
  if (handed_.snapshot != Index()) SnapshotStored(handed_.snapshot);
  if (handed_.applied != Index()) AppliedTo(handed_.applied, handed_.applied_bytes);
}

}  // namespace raft
