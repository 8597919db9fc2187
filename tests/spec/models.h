// The models of tla/*.cfg, for tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "spec/model/mc_raft_search.h"

namespace spec::testing {

using Small = McRaft<kSmallModel>;
using ModelReport = explorer::Report<Move>;

inline std::string ReadConfig(const std::string& name) {
  std::ifstream file(std::string(RAFTCHECK_SOURCE_DIR) + "/tla/" + name + ".cfg");
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Loaded {
  explorer::Config config;
  ModelSettings settings;
};

inline Loaded Load(const std::string& text) {
  const auto parsed = explorer::ParseConfig(text);
  EXPECT_TRUE(parsed) << parsed.error();
  const auto settings = SettingsOf(parsed.value());
  EXPECT_TRUE(settings) << settings.error();
  return {parsed.value(), settings.value()};
}

template <class Model = Small>
ModelReport SearchModel(const ModelSettings& settings, int workers, bool exact = false) {
  explorer::Options options;
  options.workers = workers;
  options.exact = exact;
  const Model model(settings);
  return Search(model, options);
}

// The .cfg states TLC's numbers; tests/model/tlc_model_test.py checks them with TLC.
inline void ExpectPinned(const Loaded& loaded, const ModelReport& report) {
  ASSERT_TRUE(loaded.config.expected.contains("depth"));
  EXPECT_EQ(report.end, explorer::End::kComplete);
  EXPECT_EQ(report.counts.distinct, loaded.config.expected.at("distinct states").number);
  EXPECT_EQ(report.counts.generated, loaded.config.expected.at("states generated").number);
  EXPECT_EQ(report.counts.depth, loaded.config.expected.at("depth").number);
}

}  // namespace spec::testing
