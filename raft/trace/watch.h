// Who waits for a long input, or for one that may never come, wants to end that and to see how far
// it is.
#pragma once

#include <cstdint>
#include <functional>

namespace trace {

// Is called before each block of an input, and some times a second while there is none (a silent
// pipe, a FIFO without a writer, the end of a file that still grows).  `read`: the bytes read so
// far, as they are stored, compressed or not; `size`: those of the whole file, 0 where nobody
// knows. False ends the input there.  Null: nobody watches.
using Watch = std::function<bool(std::uint64_t read, std::uint64_t size)>;

}  // namespace trace
