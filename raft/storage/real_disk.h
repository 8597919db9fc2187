// A folder of the operating system (POSIX).  Calls that a signal interrupts are made again.
#pragma once

#include <memory>
#include <string>

#include "raft/storage/disk.h"

namespace raft {

// Nothing is touched before the disk is used.
std::unique_ptr<Disk> DiskAt(std::string folder);

}  // namespace raft
