#include "conformance/judge/merge.h"

#include <utility>
#include <variant>
#include <vector>

#include "raft/trace/describe.h"

namespace conformance {
namespace {

class Merge {
 public:
  Merge(Judge& judge, std::size_t files,
        const std::function<trace::Result<bool>(std::size_t, trace::Item&)>& read,
        const std::function<bool()>& stop)
      : judge_(judge), heads_(files), read_(read), stop_(stop) {}

  std::optional<MergeError> Run() {
    judge_.TrustNoClock();
    for (std::size_t k = 0; k < heads_.size() && !error_; ++k) Begin(k);
    while (!error_ && judge_.explained() && !stop_()) {
      bool any = false;
      bool progress = false;
      for (std::size_t k = 0; k < heads_.size(); ++k) {
        progress = Drain(k) || progress;
        any = any || heads_[k].waiting;
      }
      if (progress || TakeOneWritten()) continue;
      if (any && !error_ && judge_.explained() && !stop_()) AllWait();
      break;
    }
    return std::move(error_);
  }

 private:
  // The next line of a file.
  struct Head {
    trace::Item item;
    bool waiting = false;  // `item` is a line that was not taken yet
  };

  const trace::Event& EventOf(std::size_t k) const {
    return std::get<trace::Event>(heads_[k].item.value);
  }

  // Reads the header, if there is one, and the first event.
  void Begin(std::size_t k) {
    Advance(k);
    if (!heads_[k].waiting) return;
    const auto* header = std::get_if<trace::Header>(&heads_[k].item.value);
    if (header == nullptr) return;
    trace::Header own = *header;
    if (header_ && !(*header_ == own)) {
      return Fail(k, "a header: expected the one of the files before, found another");
    }
    header_ = own;
    judge_.SetHeader(own);
    Advance(k);
    if (heads_[k].waiting) RefuseHeader(k);
  }

  void RefuseHeader(std::size_t k) {
    if (std::holds_alternative<trace::Header>(heads_[k].item.value)) {
      Fail(k, "a header: expected before the first event, once");
    }
  }

  void Fail(std::size_t k, const char* message) {
    error_ = MergeError{k, {heads_[k].item.line, message}};
    heads_[k].waiting = false;
  }

  void Advance(std::size_t k) {
    const auto more = read_(k, heads_[k].item);
    if (!more && !error_) error_ = MergeError{k, more.error()};
    heads_[k].waiting = more && *more;
  }

  // Takes the lines of a file up to the first one that waits.  True if it took any.
  bool Drain(std::size_t k) {
    bool any = false;
    while (CanTake(k, Wait::kNo)) {
      Take(k);
      any = true;
    }
    return any;
  }

  bool CanTake(std::size_t k, Wait most) {
    return heads_[k].waiting && !error_ && judge_.explained() && !stop_() &&
           judge_.Waits(EventOf(k)) <= most;
  }

  void Take(std::size_t k) {
    judge_.Feed(EventOf(k), heads_[k].item.line, k);
    Advance(k);
    if (heads_[k].waiting) RefuseHeader(k);
  }

  // Called if all files wait: takes one line that only needs a write to be done.  It must not come
  // earlier, because the lines of the sender may still show that a crash came before the write.
  bool TakeOneWritten() {
    for (std::size_t k = 0; k < heads_.size(); ++k) {
      if (!CanTake(k, Wait::kForWrite)) continue;
      Take(k);
      return true;
    }
    return false;
  }

  void AllWait() {
    std::vector<RelatedEvent> waiting;
    for (std::size_t k = 0; k < heads_.size(); ++k) {
      if (!heads_[k].waiting) continue;
      waiting.push_back({heads_[k].item.line, trace::Describe(EventOf(k)), k});
    }
    const std::size_t first = waiting[0].file;
    judge_.Feed(EventOf(first), heads_[first].item.line, first);
    judge_.NoteWaiting(std::move(waiting));
  }

  Judge& judge_;
  std::vector<Head> heads_;
  const std::function<trace::Result<bool>(std::size_t, trace::Item&)>& read_;
  const std::function<bool()>& stop_;
  std::optional<trace::Header> header_;
  std::optional<MergeError> error_;
};

}  // namespace

std::optional<MergeError> MergeInto(
    Judge& judge, std::size_t files,
    const std::function<trace::Result<bool>(std::size_t, trace::Item&)>& read,
    const std::function<bool()>& stop) {
  return Merge(judge, files, read, stop).Run();
}

}  // namespace conformance
