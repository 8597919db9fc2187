// A walk over the whole graph of a model, on one thread, that generates every transition once.  It
// is for models whose ForEachStep is compiled for M::StepVisitor only; a search is faster.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "spec/explorer/fingerprint_set.h"
#include "spec/explorer/model.h"

namespace spec::explorer {

// Calls visit(state, worker) for every reachable state within the bounds, breadth first, until it
// returns false.  Returns the number of visited states.
template <Model M, class F>
std::uint64_t Walk(const M& model, F visit) {
  auto worker = model.MakeWorker();
  FingerprintSet seen;
  std::deque<typename M::State> queue;
  const auto add = [&](const typename M::State& state) {
    const Fingerprint fingerprint = worker.Fingerprint(state);
    FingerprintShard& shard = seen.Shard(FingerprintSet::ShardOf(fingerprint));
    if (model.InBounds(state) && shard.Insert(fingerprint & FingerprintShard::kLargest)) {
      queue.push_back(state);
    }
  };
  for (const auto& state : model.Initial()) add(state);
  const typename M::StepVisitor next = [&add](const typename M::Move&,
                                              const typename M::State& after) { add(after); };
  std::uint64_t visited = 0;
  while (!queue.empty()) {
    const typename M::State state = queue.front();
    queue.pop_front();
    ++visited;
    if (!visit(state, worker)) break;
    worker.ForEachStep(state, next);
  }
  return visited;
}

}  // namespace spec::explorer
