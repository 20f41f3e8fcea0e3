#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace bench {

/// CLOCK_MONOTONIC: the same for all processes of the machine.
std::int64_t nowNs();

/// Durations of one kind.
class Samples {
public:
    void add(std::int64_t ns) { ns_.push_back(ns); }
    std::size_t size() const { return ns_.size(); }
    /// `share` of 0.5 is the median. In microseconds; needs a sample.
    double percentileUs(double share) const;

private:
    std::vector<std::int64_t> ns_;
};

enum class FsyncKind {
    Append,     ///< the file grows: the file system writes its own journal as well
    Overwrite,  ///< the file's blocks are there, as those of a write-ahead log that was checkpointed
};
/// One 4 KiB page written to a file in this directory and fdatasync: the least that a durable commit costs. Cores and
/// disk rest for `spacing` between two samples, as they do between two firings.
Samples measureFsync(std::filesystem::path const& directory, FsyncKind kind, std::size_t count,
                     std::chrono::nanoseconds spacing);

/// A process that sleeps in epoll and is woken by a datagram: the least that telling another process costs.
class WakeUps {
public:
    /// Forks; to be made before there are threads.
    WakeUps();
    ~WakeUps();
    WakeUps(WakeUps const&) = delete;
    WakeUps& operator=(WakeUps const&) = delete;

    /// From before the datagram is sent to the sleeper's first instruction afterwards.
    Samples measure(std::size_t count, std::chrono::nanoseconds spacing) const;

private:
    int socket_ = -1;
    pid_t sleeper_ = -1;
};

}  // namespace bench
