// Prints the status of a node for scenarios.
#pragma once

#include <string>

#include "raft/node.h"

namespace scenarios {

std::string Text(const raft::Status& status);  // several lines
std::string Text(raft::ProposeResult result);

}  // namespace scenarios
