// Splits traces by server and lets the judge merge them.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "conformance/judge/merge.h"
#include "tests/conformance/traces.h"

namespace conformance::testing {

struct Split {
  std::optional<trace::Header> header;
  std::vector<std::vector<trace::Event>> files;
};

inline Split ByServer(const Trace& t) {
  std::map<trace::NodeId, std::vector<trace::Event>> events;
  for (const trace::Event& event : t.events) events[event.node].push_back(event);
  Split split;
  split.header = t.header;
  for (auto& [id, own] : events) split.files.push_back(std::move(own));
  return split;
}

inline Report JudgeMerged(const Split& split) {
  Judge judge;
  std::vector<std::size_t> next(split.files.size(), 0);
  std::vector<bool> begun(split.files.size(), false);
  const auto error = MergeInto(
      judge, split.files.size(),
      [&](std::size_t k, trace::Item& item) -> trace::Result<bool> {
        if (!begun[k] && split.header) {
          begun[k] = true;
          item = {1, *split.header};
          return true;
        }
        if (next[k] == split.files[k].size()) return false;
        item = {next[k] + 2, split.files[k][next[k]]};
        ++next[k];
        return true;
      },
      [] { return false; });
  EXPECT_FALSE(error.has_value());
  return judge.Finish();
}

}  // namespace conformance::testing
