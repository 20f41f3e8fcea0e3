#pragma once

#include "common/core/json.hpp"
#include "common/core/trade.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temp_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spine {

/// The three programs as an operator runs them, on a database of the test's own and free ports.
class Stack {
public:
    struct Options {
        std::vector<std::string> replay;  ///< tapes or market, and how it is played
        std::vector<std::string> ingestion = {};
        std::vector<std::string> notifier = {};
        std::vector<std::string> prefix = {};  ///< words before ingestion's and the notifier's own
        /// Called with the database's directory before any program is started.
        std::function<void(std::filesystem::path const&)> prepare = {};
    };
    explicit Stack(Options options);

    std::uint16_t notifierPort() const { return notifierPort_; }
    std::string databaseUrl() const;
    std::filesystem::path const& directory() const { return directory_.path(); }

    /// `POST /control/<what>`; throws unless the exchange agrees.
    common::json::Value control(std::string const& what, std::string const& body = {});
    /// An answer of the exchange's REST.
    common::json::Value rest(std::string const& target);

    /// All trades of a symbol from this id up to the newest, as the exchange's history has them.
    std::vector<common::Trade> history(std::string const& symbol, std::int64_t from);
    std::int64_t newestId(std::string const& symbol);

    void killIngestion();
    void startIngestion();
    void killNotifier();
    void startNotifier();
    support::ChildProcess& ingestion() { return *ingestion_; }
    support::ChildProcess& notifier() { return *notifier_; }

private:
    common::json::Value http(std::vector<std::string> arguments);

    Options options_;
    support::TempDirectory directory_;
    std::uint16_t replayPort_ = 0;
    std::uint16_t notifierPort_ = 0;
    std::unique_ptr<support::ChildProcess> replay_, ingestion_, notifier_;
};

}  // namespace spine
