#pragma once

#include "tests/support/child_process.hpp"
#include "tests/support/temp_directory.hpp"
#include "tests/support/ws_test_client.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// The port in the line that a program logs once it listens; throws when it does not come.
std::uint16_t portOf(support::ChildProcess& program, std::string_view line);

/// Processor time of all threads of a process, since it began.
struct CpuTime {
    std::int64_t totalNs = 0;
    std::int64_t userTicks = 0;  ///< coarse: for the share of user and system only
    std::int64_t systemTicks = 0;
};
CpuTime cpuTimeOf(pid_t process);

/// Ingestion and notifier as they ship, on a database of their own.
class Programs {
public:
    /// `exchange` is host and port; with `caFile` it speaks TLS.
    Programs(std::string const& exchange, std::optional<std::filesystem::path> const& caFile = {})
        : Programs(exchange, caFile, [](std::string const&) {}) {}
    /// `prepare` fills the database, whose address it is given, before ingestion begins.
    Programs(std::string const& exchange, std::optional<std::filesystem::path> const& caFile,
             std::function<void(std::string const& database)> const& prepare);

    std::filesystem::path const& directory() const { return directory_.path(); }
    support::WsTestClient& client() { return *client_; }
    pid_t ingestion() const { return ingestion_->pid(); }
    pid_t notifier() const { return notifier_->pid(); }
    std::uint16_t port() const { return port_; }  ///< where clients connect

    /// Subscribes and waits until the alert is armed.
    void subscribe(std::string const& symbol, std::string const& when);
    /// Trades that ingestion has judged since it began.
    std::int64_t tradesJudged() const { return metric("tickbell_trades_judged_total"); }
    /// One of ingestion's.
    std::int64_t metric(std::string_view name) const;

private:
    support::TempDirectory directory_;
    std::unique_ptr<support::ChildProcess> notifier_, ingestion_;
    std::unique_ptr<support::WsTestClient> client_;
    std::uint16_t metricsPort_ = 0;
    std::uint16_t port_ = 0;
};

}  // namespace bench
