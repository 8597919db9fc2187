#include "spec/explorer/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <string>

namespace spec::explorer {
namespace {

TEST(Crew, AllDoTheWorkAgainAndAgain) {
  for (const std::size_t wanted : {0U, 1U, 4U}) {
    Crew crew(wanted);
    ASSERT_EQ(crew.size(), std::max<std::size_t>(wanted, 1));
    std::vector<int> done(crew.size());
    for (int round = 1; round <= 100; ++round) {
      crew.Do([&](std::size_t k) { ++done[k]; });
      EXPECT_EQ(done, std::vector<int>(crew.size(), round));
    }
  }
}

TEST(Crew, ExceptionOfAnyIsTheCallersAndTheCrewLivesOn) {
  Crew crew(4);
  for (std::size_t bad = 0; bad < crew.size(); ++bad) {
    std::atomic<int> done = 0;
    const auto work = [&](std::size_t k) {
      ++done;
      if (k >= bad) throw std::runtime_error(std::to_string(k));
    };
    try {
      crew.Do(work);
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), std::to_string(bad));  // the lowest, whichever was the first
    }
    EXPECT_EQ(done, 4);
    done = 0;
    crew.Do([&](std::size_t) { ++done; });
    EXPECT_EQ(done, 4);
  }
}

TEST(Crew, ExceptionMayEndIt) {
  EXPECT_THROW(
      {
        Crew crew(3);
        crew.Do([](std::size_t k) {
          if (k == 2) throw std::bad_alloc();
        });
      },
      std::bad_alloc);
}

}  // namespace
}  // namespace spec::explorer
