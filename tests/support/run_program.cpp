#include "tests/support/run_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace support {

Finished runProgram(std::vector<std::string> command, std::chrono::milliseconds limit) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    std::vector<char*> argv;
    for (auto& word : command)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    auto const failed = posix_spawn(&pid, argv.front(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) {
        ::close(ends[0]);
        throw std::runtime_error("cannot start " + command.front());
    }

    // Its output ends when it does.
    Finished finished;
    auto const end = std::chrono::steady_clock::now() + limit;
    std::array<char, 4096> chunk{};
    bool inTime = true;
    while (true) {
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
        pollfd waiting{ends[0], POLLIN, 0};
        inTime = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) > 0;
        auto const got = inTime ? ::read(ends[0], chunk.data(), chunk.size()) : 0;
        if (got <= 0) break;
        finished.output.append(chunk.data(), static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    if (!inTime) ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (!inTime) throw std::runtime_error(command.front() + " did not end:\n" + finished.output);
    finished.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return finished;
}

}  // namespace support
