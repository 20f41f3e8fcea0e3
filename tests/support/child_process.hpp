#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace support {

/// A program of ours that runs beside the test. Its standard error is read all the time and kept line by line.
/// Destroying it kills what is left with SIGKILL.
class ChildProcess {
public:
    /// Throws when it cannot be started.
    explicit ChildProcess(std::vector<std::string> command);
    ~ChildProcess();
    ChildProcess(ChildProcess const&) = delete;
    ChildProcess& operator=(ChildProcess const&) = delete;

    /// The first line that holds `part`, once it has been written; nothing when the time passed or the program ended.
    std::optional<std::string> waitForLine(std::string_view part,
                                           std::chrono::milliseconds limit = std::chrono::seconds(10));
    /// What it has written so far.
    std::vector<std::string> lines();
    void signal(int number);
    /// Waits for the end: the exit code, or minus the signal that ended it; nothing when the time passed.
    std::optional<int> waitForExit(std::chrono::milliseconds limit = std::chrono::seconds(10));
    pid_t pid() const { return pid_; }

private:
    void readLines(int descriptor);

    pid_t pid_ = -1;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
    bool ended_ = false;  ///< standard error was closed: the program is gone, or will not say more
    std::optional<int> exitCode_;
    std::jthread reader_;
};

}  // namespace support
