// Schedules as arguments of rapidcheck's properties (docs/property_tests.md):
//
//   const tracegen::Implementation& Mine();
//   RC_GTEST_PROP(Mine, DoesWhatRaftAllows, (const tracegen::ScheduleFor<Mine>& schedule)) {
//     const trial::Result result = trial::Run(schedule, Mine());
//     RC_ASSERT(result.failure.empty());
//   }
#pragma once

#include <rapidcheck.h>

#include <utility>

#include "tracegen/generator/generator.h"

namespace tracegen {

// A schedule that asks for nothing that `kImplementation` does not have.
template <const Implementation& (*kImplementation)()>
struct ScheduleFor : Schedule {};

}  // namespace tracegen

template <const tracegen::Implementation& (*kImplementation)()>
struct rc::Arbitrary<tracegen::ScheduleFor<kImplementation>> {
  static Gen<tracegen::ScheduleFor<kImplementation>> arbitrary() {
    return gen::map(tracegen::AnySchedule({}, kImplementation()), [](tracegen::Schedule schedule) {
      return tracegen::ScheduleFor<kImplementation>{std::move(schedule)};
    });
  }
};
