#include "tests/benchmark/latency_floors.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::size_t kPageBytes = 4'096;
void pause(std::chrono::nanoseconds length) {
    timespec const wait{.tv_sec = 0, .tv_nsec = length.count()};
    nanosleep(&wait, nullptr);
}

/// Answers each datagram with the moment at which it woke up.
[[noreturn]] void sleepAndAnswer(int socket) {
    int const poll = epoll_create1(0);
    epoll_event event{.events = EPOLLIN, .data = {}};
    epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
    for (;;) {
        if (epoll_wait(poll, &event, 1, -1) != 1) continue;
        auto const woken = nowNs();
        char none = 0;
        if (recv(socket, &none, sizeof none, 0) < 0) _exit(1);
        if (send(socket, &woken, sizeof woken, 0) < 0) _exit(0);
    }
}

}  // namespace

std::int64_t nowNs() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

double Samples::percentileUs(double share) const {
    if (ns_.empty()) throw std::logic_error("no samples");
    auto sorted = ns_;
    auto const at =
        static_cast<std::ptrdiff_t>(std::ceil(share * static_cast<double>(sorted.size()))) - std::ptrdiff_t{1};
    auto const nth = sorted.begin() + std::max<std::ptrdiff_t>(at, 0);
    std::nth_element(sorted.begin(), nth, sorted.end());
    return static_cast<double>(*nth) / 1'000;
}

Samples measureFsync(std::filesystem::path const& directory, FsyncKind kind, std::size_t count,
                     std::chrono::nanoseconds spacing) {
    auto const path = directory / "floor";
    int const file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) throw std::runtime_error("cannot write " + path.string());
    std::array<char, kPageBytes> page{};
    auto const writePage = [&](std::size_t at) {
        page.fill(static_cast<char>(at));
        return pwrite(file, page.data(), page.size(), static_cast<off_t>(at * kPageBytes)) ==
               static_cast<ssize_t>(page.size());
    };
    bool good = true;
    if (kind == FsyncKind::Overwrite) {
        for (std::size_t i = 0; i < count; ++i)
            good = good && writePage(i);
        good = good && fsync(file) == 0;
    }
    Samples samples;
    for (std::size_t i = 0; i < count && good; ++i) {
        pause(spacing);
        auto const begin = nowNs();
        good = writePage(i) && fdatasync(file) == 0;
        samples.add(nowNs() - begin);
    }
    close(file);
    std::filesystem::remove(path);
    if (!good) throw std::runtime_error("cannot sync " + path.string());
    return samples;
}

WakeUps::WakeUps() {
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair.data()) != 0) throw std::runtime_error("no socket pair");
    sleeper_ = fork();
    if (sleeper_ < 0) throw std::runtime_error("cannot fork");
    if (sleeper_ == 0) {
        close(pair[0]);
        sleepAndAnswer(pair[1]);
    }
    close(pair[1]);
    socket_ = pair[0];
}

WakeUps::~WakeUps() {
    kill(sleeper_, SIGKILL);
    waitpid(sleeper_, nullptr, 0);
    close(socket_);
}

Samples WakeUps::measure(std::size_t count, std::chrono::nanoseconds spacing) const {
    Samples samples;
    for (std::size_t i = 0; i < count; ++i) {
        pause(spacing);
        auto const begin = nowNs();
        std::int64_t woken = 0;
        if (send(socket_, "", 0, 0) != 0 || recv(socket_, &woken, sizeof woken, 0) != sizeof woken)
            throw std::runtime_error("the sleeper is gone");
        samples.add(woken - begin);
    }
    return samples;
}

}  // namespace bench
