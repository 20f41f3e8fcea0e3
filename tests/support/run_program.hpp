#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace support {

struct Finished {
    int exit = 0;        ///< minus the signal that ended it
    std::string output;  ///< standard output and error
};

/// Runs a program to its end. Throws when it cannot be started or goes on past the limit.
Finished runProgram(std::vector<std::string> command, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace support
