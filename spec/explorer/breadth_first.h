// Breadth-first search on all cores.  It finds the same states in the same order, whatever the
// number of threads.
//
// A level is processed in batches, and a batch in two phases.  In the first phase (Expand) each
// thread takes chunks of parents and generates their steps; it notes the fingerprint of each
// successor in the list of the shard that the fingerprint belongs to.  In the second phase (Absorb)
// each thread takes shards and inserts the noted fingerprints in the order of the parents; a new
// state is generated once more, checked and written to the next level.  The threads share no lock,
// and two atomic counters; which thread was quicker does not decide which parent a state gets.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "spec/explorer/checkpoint.h"
#include "spec/explorer/crew.h"
#include "spec/explorer/exact_states.h"
#include "spec/explorer/fingerprint_set.h"
#include "spec/explorer/little_endian.h"
#include "spec/explorer/model.h"
#include "spec/explorer/out_of_memory.h"
#include "spec/explorer/report.h"
#include "spec/explorer/spool.h"

namespace spec::explorer {

template <Model M>
class BreadthFirst {
 public:
  using State = typename M::State;
  using Move = typename M::Move;

  BreadthFirst(const M& model, Options options);
  // Throws OutOfMemory.
  Report<Move> Run();

 private:
  static constexpr std::size_t kBatch = 1U << 13U;  // parents per batch
  static constexpr std::size_t kChunk = 64;
  static constexpr std::size_t kShards = FingerprintSet::kShards;
  static constexpr std::size_t kLookAhead = 8;
  static constexpr std::size_t kRecent = 1U << 14U;

  struct Candidate {
    Fingerprint fingerprint;
    std::uint32_t parent;   // index in the batch
    std::uint16_t ordinal;  // index among the parent's steps
    Move move;
  };
  // How a state was first reached.  Counterexamples are built from this.
  struct Origin {
    std::array<std::uint8_t, 5> parent;  // number of the parent, lowest byte first
    Move move;
  };
  static_assert(sizeof(Origin) == 5 + sizeof(Move));
  // What is broken, and where.  The first place, in the order of parents and their steps, is kept.
  struct Broken {
    std::uint64_t place = ~std::uint64_t{0};
    Finding finding;
    Move move{};
    bool has_move = false;
    void Note(std::uint64_t at, Finding what, const Move* by) {
      if (at >= place) return;
      place = at;
      finding = what;
      has_move = by != nullptr;
      if (by != nullptr) move = *by;
    }
  };
  struct Thread {
    typename M::Worker worker;
    std::vector<std::vector<Candidate>> found;  // one list per shard
    std::uint64_t generated = 0;
    std::vector<ActionCount> actions;
    Broken broken;
    std::vector<std::uint8_t> scratch;
    std::uint64_t collisions = 0;
    // Fingerprints that this thread noted lately: many steps lead to a state that another step just
    // reached.
    std::vector<Fingerprint> recent = std::vector<Fingerprint>(kRecent);
  };
  // What one batch adds to the next level from one shard.
  struct Additions {
    std::vector<std::uint8_t> states;
    std::vector<Origin> origins;
  };

  void Seed();
  bool LoadCheckpoint();
  bool LoadBatch();
  void Expand(Thread& thread);
  void ExpandOne(Thread& thread, std::uint32_t parent);
  void NoteStep(Thread& thread, std::uint32_t parent, std::uint16_t ordinal, const Move& move,
                const State& after);
  void Absorb(Thread& thread);
  void AbsorbShard(Thread& thread, std::size_t shard);
  void AddState(Thread& thread, std::size_t shard, const Candidate& candidate);
  bool IsNew(Thread& thread, std::size_t shard, const Candidate& candidate);
  void Collect();
  bool Finished();
  std::uint64_t BytesHeld() const;
  void NextLevel();
  void Levels();
  Behaviour<Move> BehaviourTo(std::uint64_t state, const Broken& broken) const;
  void Summarise();
  bool SaveCheckpoint();
  Origin OriginOf(std::uint64_t parent, const Move& move) const;

  const M& model_;
  Options options_;
  Report<Move> report_;
  std::vector<State> initial_;
  std::vector<std::unique_ptr<Thread>> threads_;
  FingerprintSet visited_;
  std::vector<ExactStates> exact_;  // one per shard; empty unless the search is exact

  Spool level_;  // the states of this level, one after the other
  Spool next_level_;
  Spool origins_;                  // one per state, by the state's number
  std::uint64_t level_read_ = 0;   // bytes of level_ that were already read
  std::uint64_t level_first_ = 0;  // the number of the first state of the batch
  std::uint64_t level_left_ = 0;   // states of level_ that were not yet read
  std::uint64_t next_level_states_ = 0;
  std::uint64_t next_number_ = 0;

  // The current batch.
  std::vector<State> parents_;
  std::size_t parent_count_ = 0;
  std::vector<std::uint8_t> read_buffer_;
  std::vector<std::uint32_t> offsets_;  // where each parent begins in read_buffer_
  std::array<Additions, kShards> additions_;
  std::atomic<std::size_t> next_chunk_ = 0;
  std::atomic<std::size_t> next_shard_ = 0;
};

}  // namespace spec::explorer

#include "spec/explorer/breadth_first_inl.h"
