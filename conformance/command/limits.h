// What the machine gives this process: stack, memory, threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace command {

// Raises the limit of the stack as far as that is allowed, and gives threads one that is large
// enough.  Why this process cannot run, one line; empty if it can.
std::string MakeRoomForStacks();

// Bytes that a search can use: what the machine has, or half of what this process may have.
std::uint64_t MemoryOfMachine();

// Says that only so many threads could be started, if these are fewer.
void NoteThreads(std::size_t wanted, std::size_t started);

// A lack of memory where no exception may pass (rapidcheck's generators are noexcept) ends the
// process with one line and kInternal, and not with an abort.
void EndWithoutMemory();

// Complains that there was not enough memory, for `what`, and returns kInternal.
int ComplainOfMemory(const std::string& what);

}  // namespace command
