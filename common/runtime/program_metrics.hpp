#pragma once

#include "common/runtime/metrics.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace common {

/// What any program shows of itself: version, processor time, memory, descriptors under the names that Prometheus' own
/// clients use, and the size of its database's files. Any one thread.
class ProgramMetrics {
public:
    /// `database` may be empty: then no file sizes.
    ProgramMetrics(Metrics& metrics, std::filesystem::path database);
    /// Reads /proc and the files' sizes; call before the numbers are shown.
    void refresh();

private:
    std::filesystem::path database_;
    Counter cpuSeconds_;
    Gauge residentBytes_;
    Gauge descriptors_;
    Gauge descriptorsMax_;
    Gauge databaseBytes_;
    Gauge logBytes_;
};

/// How a store thread fares; `connection` tells several apart. Any thread.
class StoreMetrics {
public:
    StoreMetrics(Metrics& metrics, std::string const& connection);
    /// One transaction or read is done.
    void observe(std::size_t jobs, std::size_t waiting, double waitSeconds, double workSeconds, bool failed);

private:
    Counter jobs_;
    Counter failures_;
    Gauge waiting_;
    Histogram waitSeconds_;
    Histogram workSeconds_;
};

/// `tickbell_latency_seconds{step=…}`: a stretch of the way of a notification from the trade to its client.
Histogram latencyHistogram(Metrics& metrics, std::string const& step);

}  // namespace common
