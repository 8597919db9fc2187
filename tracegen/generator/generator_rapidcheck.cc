#include "tracegen/generator/generator_rapidcheck.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tracegen {

rc::Gen<Schedule> AnySchedule(const Limits& limits, const Implementation& implementation) {
  return rc::gen::shrink(rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                                      [limits, &implementation](std::uint64_t seed) {
                                        return GenerateSchedule(seed, limits, implementation);
                                      }),
                         [](const Schedule& schedule) {
                           return rc::seq::map(
                               rc::shrink::removeChunks(schedule.actions),
                               [settings = schedule.settings](std::vector<Action> actions) {
                                 return Schedule{settings, std::move(actions)};
                               });
                         });
}

}  // namespace tracegen
