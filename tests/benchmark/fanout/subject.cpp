#include "tests/benchmark/fanout/subject.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace bench {

double cpuUsOf(pid_t process) {
    clockid_t clock{};
    timespec used{};
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0)
        throw std::runtime_error("a program has ended");
    return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

double residentBytesOf(pid_t process) {
    std::ifstream file(fmt::format("/proc/{}/statm", process));
    long size = 0, resident = 0;
    if (!(file >> size >> resident)) throw std::runtime_error("a program has ended");
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

Subject::Subject(std::vector<std::string> command) : process_(std::move(command)) {
    auto const line = process_.waitForLine("listening port=", std::chrono::seconds(20));
    if (!line) throw std::runtime_error("a server does not start");
    port_ = static_cast<std::uint16_t>(std::stoi(line->substr(line->find("port=") + 5)));
}

void raiseDescriptors(std::size_t count) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, count);
    limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw std::runtime_error(fmt::format("cannot open {} files; raise the hard limit (ulimit -Hn)", count));
}

}  // namespace bench
