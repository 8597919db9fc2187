// A folder of the operating system (POSIX).
#pragma once

#include <memory>
#include <string>

#include "raft/storage/disk.h"

namespace raft {

// Makes the folder if it is not there (its parent must be).
[[nodiscard]] IoResult<std::unique_ptr<Disk>> OpenDisk(const std::string& folder);

}  // namespace raft
