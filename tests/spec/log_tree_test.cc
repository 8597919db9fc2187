// The tree of all logs, compared with vectors of (term, value).
#include "spec/log_tree.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace spec {
namespace {

using NaiveLog = std::vector<std::pair<Term, Value>>;

// Logs that are made by random appends and cuts, and for each log a vector with the same entries.
struct Twins {
  LogTree tree;
  std::vector<LogId> ids{kEmptyLog};
  std::vector<NaiveLog> naive{{}};

  void Grow() {
    const auto steps = *rc::gen::inRange(0, 60);
    for (int k = 0; k < steps; ++k) {
      const auto from = *rc::gen::inRange<std::size_t>(0, ids.size());
      const auto keep = *rc::gen::inRange<std::size_t>(0, naive[from].size() + 1);
      const auto term = *rc::gen::inRange<Term>(1, 4);
      const auto value = *rc::gen::inRange<Value>(1, 3);
      NaiveLog log(naive[from].begin(), naive[from].begin() + static_cast<std::ptrdiff_t>(keep));
      log.emplace_back(term, value);
      ids.push_back(tree.Append(tree.Prefix(ids[from], keep), term, value));
      naive.push_back(log);
    }
  }
};

TEST(LogTree, AgreesWithVectors) {
  EXPECT_TRUE(rc::check([] {
    Twins twins;
    twins.Grow();
    for (std::size_t a = 0; a < twins.ids.size(); ++a) {
      RC_ASSERT(twins.tree.Length(twins.ids[a]) == twins.naive[a].size());
      for (Index k = 1; k <= twins.naive[a].size(); ++k) {
        RC_ASSERT(twins.tree.TermAt(twins.ids[a], k) == twins.naive[a][k - 1].first);
      }
      for (std::size_t b = 0; b < twins.ids.size(); ++b) {
        RC_ASSERT((twins.ids[a] == twins.ids[b]) == (twins.naive[a] == twins.naive[b]));
        const auto [end_a, end_b] = std::mismatch(twins.naive[a].begin(), twins.naive[a].end(),
                                                  twins.naive[b].begin(), twins.naive[b].end());
        const auto common = static_cast<Index>(end_a - twins.naive[a].begin());
        RC_ASSERT(twins.tree.Length(twins.tree.CommonPrefix(twins.ids[a], twins.ids[b])) == common);
        RC_ASSERT(twins.tree.IsPrefix(twins.ids[a], twins.ids[b]) ==
                  (common == twins.naive[a].size()));
      }
    }
  }));
}

TEST(LogTree, NoticesExactlyWhenLogMatchingBreaks) {
  EXPECT_TRUE(rc::check([] {
    Twins twins;
    twins.Grow();
    bool broken = false;
    for (const NaiveLog& a : twins.naive) {
      for (const NaiveLog& b : twins.naive) {
        for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k) {
          const auto end = static_cast<std::ptrdiff_t>(k + 1);
          const bool same_past = std::equal(a.begin(), a.begin() + end, b.begin());
          broken = broken || (a[k].first == b[k].first && !same_past);
        }
      }
    }
    RC_ASSERT(twins.tree.conflict().has_value() == broken);
  }));
}

TEST(LogTree, FindsAncestorsOfALongLog) {
  LogTree tree;
  LogId log = kEmptyLog;
  for (Index k = 1; k <= 100000; ++k) log = tree.Append(log, k / 1000 + 1, k);
  for (const Index k : {Index{1}, Index{999}, Index{1000}, Index{65536}, Index{100000}}) {
    EXPECT_EQ(tree.LastValue(tree.Prefix(log, k)), k);
  }
  EXPECT_EQ(tree.Prefix(log, 0), kEmptyLog);
}

// A trace may show only later what an entry contained.
TEST(LogTree, WhatIsKnownLaterIsSetInPlace) {
  LogTree tree;
  ConfChange simple;
  simple.changes = 1;
  simple.add.Insert(1);
  const LogId first = tree.Append(kEmptyLog, 1, 0);
  const LogId log = tree.Append(first, 1, 0, simple);
  ConfChange joint = simple;
  joint.transition = ConfChange::Transition::kJointImplicit;
  tree.SetChange(log, joint);
  EXPECT_EQ(tree.Change(log), joint);
  EXPECT_EQ(tree.LastConf(tree.Append(log, 2, 0)), log);
  tree.SetTerm(log, 3);
  EXPECT_EQ(tree.LastTerm(first), 3U);
  EXPECT_EQ(tree.TermAt(log, 2), 3U);
}

}  // namespace
}  // namespace spec
