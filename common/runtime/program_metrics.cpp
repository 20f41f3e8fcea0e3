#include "common/runtime/program_metrics.hpp"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

namespace common {
namespace {

std::vector<double> const kSecondsBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                         0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

double cpuSeconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto const seconds = [](timeval const& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double residentBytes() {
    std::int64_t total = 0;
    std::int64_t resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double descriptorCount() {
    std::error_code error;
    std::filesystem::directory_iterator const open("/proc/self/fd", error);
    if (error) return 0;
    return static_cast<double>(std::distance(begin(open), end(open)) - 1);  // less the one that looks
}

double descriptorsMax() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<double>(limit.rlim_cur);
}

/// A file that is not there is empty.
double fileBytes(std::filesystem::path const& file) {
    std::error_code error;
    auto const size = std::filesystem::file_size(file, error);
    return error ? 0 : static_cast<double>(size);
}

Gauge fileGauge(Metrics& metrics, std::string const& file) {
    return metrics.gauge("tickbell_database_bytes", "Size of the database's files", {{"file", file}});
}

}  // namespace

ProgramMetrics::ProgramMetrics(Metrics& metrics, std::filesystem::path database)
    : database_(std::move(database)),
      cpuSeconds_(metrics.counter("process_cpu_seconds_total", "Processor time of this process")),
      residentBytes_(metrics.gauge("process_resident_memory_bytes", "Memory of this process")),
      descriptors_(metrics.gauge("process_open_fds", "Open descriptors")),
      descriptorsMax_(metrics.gauge("process_max_fds", "Descriptors that may be open")),
      databaseBytes_(fileGauge(metrics, "main")),
      logBytes_(fileGauge(metrics, "log")) {
    metrics.gauge("tickbell_build_info", "Always 1; the version is a label", {{"version", TICKBELL_VERSION}}).set(1);
    metrics.gauge("process_start_time_seconds", "When this process began, seconds since 1970")
        .set(static_cast<double>(std::time(nullptr)));
}

void ProgramMetrics::refresh() {
    cpuSeconds_.add(std::max(0.0, cpuSeconds() - cpuSeconds_.value()));
    residentBytes_.set(residentBytes());
    descriptors_.set(descriptorCount());
    descriptorsMax_.set(descriptorsMax());
    if (database_.empty()) return;
    databaseBytes_.set(fileBytes(database_));
    logBytes_.set(fileBytes(database_.string() + "-wal"));
}

StoreMetrics::StoreMetrics(Metrics& metrics, std::string const& connection)
    : jobs_(metrics.counter("tickbell_store_jobs_total", "Work given to the database", {{"connection", connection}})),
      failures_(metrics.counter("tickbell_store_failures_total", "Transactions and reads that failed",
                                {{"connection", connection}})),
      waiting_(metrics.gauge("tickbell_store_queue", "Work that gathered during the last transaction",
                             {{"connection", connection}})),
      waitSeconds_(metrics.histogram("tickbell_store_wait_seconds", "From asking the database to its answer",
                                     kSecondsBounds, {{"connection", connection}})),
      workSeconds_(metrics.histogram("tickbell_store_work_seconds", "Statements and commit of one transaction or read",
                                     kSecondsBounds, {{"connection", connection}})) {}

void StoreMetrics::observe(std::size_t jobs, std::size_t waiting, double waitSeconds, double workSeconds, bool failed) {
    jobs_.add(static_cast<double>(jobs));
    if (failed) failures_.add();
    waiting_.set(static_cast<double>(waiting));
    waitSeconds_.observe(waitSeconds);
    workSeconds_.observe(workSeconds);
}

Histogram latencyHistogram(Metrics& metrics, std::string const& step) {
    return metrics.histogram("tickbell_latency_seconds", "Stretches of a live notification's way from trade to client",
                             kSecondsBounds, {{"step", step}});
}

}  // namespace common
