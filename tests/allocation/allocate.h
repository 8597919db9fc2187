// Every allocation of the test program comes by here: it can be counted, and made to fail.
#pragma once

#include <cstdint>

namespace allocation {

inline bool counting = false;
inline int made = 0;           // while counting
inline int fail_at = -1;       // the allocation of this number, from 0; -1: none
inline std::int64_t live = 0;  // bytes that are allocated now

}  // namespace allocation
