#pragma once

#include "common/net/http_server.hpp"
#include "common/runtime/address.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/program_metrics.hpp"
#include "ingestion/engine/engine.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

namespace ingestion {

/// `/metrics`, `/healthz` and `/readyz` of ingestion (spec section 1). Network thread.
class Health {
public:
    Health(boost::asio::io_context& io, common::Metrics& metrics, Engine& engine, std::filesystem::path database);
    /// False when the address cannot be bound; the log says why.
    bool listen(common::HostPort const& where);
    void stop() { server_.stop(); }

private:
    common::net::HttpReply answer(std::string const& target);
    /// Copies the engine's own counts: it stays free of metrics that a simulation does not need.
    void refresh();
    void refreshRepairs(std::vector<Engine::SymbolStatus> const& symbols);

    common::Metrics& metrics_;
    Engine& engine_;
    common::ProgramMetrics program_;
    common::Counter repairedTrades_;
    common::Histogram repairSeconds_;
    std::unordered_map<common::Symbol, std::int64_t> repairedBefore_;  ///< as counted already
    common::net::HttpServer server_;
};

}  // namespace ingestion
