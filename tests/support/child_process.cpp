#include "tests/support/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace support {

ChildProcess::ChildProcess(std::vector<std::string> command) {
    std::array<int, 2> pipe{};
    if (pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    std::vector<char*> arguments;
    for (auto& word : command)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
    int const failure = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe[1]);
    if (failure != 0) {
        close(pipe[0]);
        throw std::runtime_error("cannot start " + command[0]);
    }
    reader_ = std::jthread([this, descriptor = pipe[0]] { readLines(descriptor); });
}

ChildProcess::~ChildProcess() {
    if (!exitCode_) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    // The reader ends by itself: nobody holds the pipe's other end any more.
}

void ChildProcess::readLines(int descriptor) {
    std::string rest;
    std::array<char, 4'096> buffer{};
    for (;;) {
        auto const got = read(descriptor, buffer.data(), buffer.size());
        if (got <= 0) break;
        rest.append(buffer.data(), static_cast<std::size_t>(got));
        std::lock_guard const lock(mutex_);
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
            lines_.push_back(rest.substr(0, end));
            rest.erase(0, end + 1);
        }
        changed_.notify_all();
    }
    close(descriptor);
    std::lock_guard const lock(mutex_);
    ended_ = true;
    changed_.notify_all();
}

std::optional<std::string> ChildProcess::waitForLine(std::string_view part, std::chrono::milliseconds limit) {
    auto const until = std::chrono::steady_clock::now() + limit;
    std::unique_lock lock(mutex_);
    for (std::size_t next = 0;;) {
        for (; next < lines_.size(); ++next)
            if (lines_[next].find(part) != std::string::npos) return lines_[next];
        if (ended_ || changed_.wait_until(lock, until) == std::cv_status::timeout) return {};
    }
}

std::vector<std::string> ChildProcess::lines() {
    std::lock_guard const lock(mutex_);
    return lines_;
}

void ChildProcess::signal(int number) {
    if (!exitCode_) kill(pid_, number);
}

std::optional<int> ChildProcess::waitForExit(std::chrono::milliseconds limit) {
    if (exitCode_) return exitCode_;
    {
        // The closed pipe announces the end; waiting for the process itself would need a signal handler.
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, limit, [this] { return ended_; })) return {};
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    exitCode_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return exitCode_;
}

}  // namespace support
