// The contexts that a host gives to its reads.  It uses one again as soon as every request with it
// is answered, and begins anew after a restart, as a host may (raft/node.h, Node::ReadIndex).  So
// an answer that comes late or twice can reach another read.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tracegen {

class ReadContexts {
 public:
  // Forgets every read.  All contexts begin with `prefix` from now on.
  void Restart(std::string prefix) {
    prefix_ = std::move(prefix);
    slots_.clear();
  }

  // The context for a request for `read`, which is not 0; a request that is repeated has the same.
  std::string Request(std::uint64_t read) {
    std::size_t at = slots_.size();
    for (std::size_t k = slots_.size(); k > 0; --k) {
      if (slots_[k - 1].requests == 0) at = k - 1;
    }
    for (std::size_t k = 0; k < slots_.size(); ++k) {
      if (slots_[k].requests > 0 && slots_[k].read == read) at = k;
    }
    if (at == slots_.size()) slots_.emplace_back();
    slots_[at].read = read;
    ++slots_[at].requests;
    return prefix_ + std::to_string(at);
  }

  // The read that this is an answer to; 0: none.
  std::uint64_t Answer(std::string_view context) {
    if (context.substr(0, prefix_.size()) != prefix_) return 0;
    context.remove_prefix(prefix_.size());
    std::size_t at = 0;
    const auto [end, error] = std::from_chars(context.data(), context.data() + context.size(), at);
    if (error != std::errc() || end != context.data() + context.size()) return 0;
    if (at >= slots_.size() || slots_[at].requests == 0) return 0;
    --slots_[at].requests;
    return slots_[at].read;
  }

 private:
  struct Slot {
    std::uint64_t read = 0;
    std::uint32_t requests = 0;  // that are not answered
  };
  std::string prefix_;
  std::vector<Slot> slots_;
};

}  // namespace tracegen
