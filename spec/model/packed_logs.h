// The logs of a bounded model.  A log is a number that holds its entries, one byte each, with the
// first entry in the lowest byte.  It takes the place of LogTree, which traces use; it needs no
// memory of its own, so any number of threads may use it at the same time.  There is no TLA+ module
// for it, because TLA+ has sequences.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "spec/raft_types.h"

namespace spec {

class PackedLogs {
 public:
  static constexpr Index kMaxLength = 8;
  static constexpr Term kMaxTerm = 7;
  static constexpr std::size_t kMaxCodes = 31;  // number of values and changes together

  PackedLogs() = default;
  // Values are 1 to `values`; a change is an index into `changes`.  REQUIRES: together they are at
  // most kMaxCodes.
  PackedLogs(Value values, std::vector<ConfChange> changes)
      : values_(values), changes_(std::move(changes)) {}

  // REQUIRES: the log is shorter than kMaxLength.
  LogId Append(LogId log, Term term, Value value) const {
    return log | (term << kCodeBits | value) << 8U * Length(log);
  }
  // REQUIRES: `value` is 0.
  LogId Append(LogId log, Term term, Value /*value*/, const ConfChange& change) const {
    Value code = values_ + 1;
    while (!(changes_[code - values_ - 1] == change)) ++code;
    return Append(log, term, code);
  }
  LogId Copy(LogId log, LogId entry) const {
    if (entry == kEmptyLog) return log;
    return log | EntryAt(entry, Length(entry)) << 8U * Length(log);
  }

  static Index Length(LogId log) { return (static_cast<unsigned>(std::bit_width(log)) + 7U) / 8U; }
  static Term LastTerm(LogId log) { return TermAt(log, Length(log)); }
  static LogId Parent(LogId log) { return Prefix(log, Length(log) - 1); }
  static LogId Prefix(LogId log, Index length) {
    return length >= kMaxLength ? log : log & ((LogId{1} << 8U * length) - 1U);
  }
  static Term TermAt(LogId log, Index index) {
    return index == 0 ? 0 : EntryAt(log, index) >> kCodeBits;
  }
  // Term and content as one number; equal entries give equal numbers.  REQUIRES: 1 <= index.
  static std::uint64_t EntryAt(LogId log, Index index) {
    return log >> (8U * (index - 1) & 63U) & 0xffU;
  }
  static Value CodeAt(LogId log, Index index) { return EntryAt(log, index) & kCodeMask; }
  static bool IsPrefix(LogId prefix, LogId log) { return Prefix(log, Length(prefix)) == prefix; }
  static LogId CommonPrefix(LogId a, LogId b) {
    const LogId different = a ^ b;
    return different == 0 ? a : Prefix(a, static_cast<unsigned>(std::countr_zero(different)) / 8U);
  }

  bool IsChangeAt(LogId log, Index index) const { return CodeAt(log, index) > values_; }
  LogId FirstConfAfter(LogId log, Index index) const {
    if (changes_.empty()) return kEmptyLog;
    const Index last = Length(log);
    for (Index k = index + 1; k <= last; ++k) {
      if (IsChangeAt(log, k)) return Prefix(log, k);
    }
    return kEmptyLog;
  }
  // REQUIRES: the last entry of `log` is a configuration entry.
  const ConfChange& Change(LogId log) const {
    return changes_[CodeAt(log, Length(log)) - values_ - 1];
  }

  Value values() const { return values_; }
  const std::vector<ConfChange>& changes() const { return changes_; }

 private:
  static constexpr unsigned kCodeBits = 5;
  static constexpr std::uint64_t kCodeMask = (1U << kCodeBits) - 1U;
  Value values_ = 0;
  std::vector<ConfChange> changes_;
};

}  // namespace spec
