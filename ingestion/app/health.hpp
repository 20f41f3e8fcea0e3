#pragma once

#include "common/net/http_server.hpp"
#include "common/runtime/address.hpp"
#include "common/runtime/metrics.hpp"
#include "ingestion/engine/engine.hpp"

#include <boost/asio/io_context.hpp>

#include <string>

namespace ingestion {

/// `/metrics`, `/healthz` and `/readyz` of ingestion (spec section 1). Network thread.
class Health {
public:
    Health(boost::asio::io_context& io, common::Metrics& metrics, Engine const& engine);
    /// False when the address cannot be bound; the log says why.
    bool listen(common::HostPort const& where);
    void stop() { server_.stop(); }

private:
    common::net::HttpReply answer(std::string const& target);
    /// Copies the engine's own counts: it stays free of metrics that a simulation does not need.
    void refresh();

    common::Metrics& metrics_;
    Engine const& engine_;
    common::net::HttpServer server_;
};

}  // namespace ingestion
