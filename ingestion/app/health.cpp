#include "ingestion/app/health.hpp"

#include "common/runtime/log.hpp"

#include <algorithm>

namespace ingestion {

Health::Health(boost::asio::io_context& io, common::Metrics& metrics, Engine const& engine)
    : metrics_(metrics),
      engine_(engine),
      server_(io, [this](std::string, std::string target) { return answer(target); }) {}

bool Health::listen(common::HostPort const& where) {
    auto const port = server_.listen(where);
    if (!port) {
        common::log::error("health", "cannot listen", {{"address", where.text()}, {"reason", port.error()}});
        return false;
    }
    common::log::info("health", "listening", {{"host", where.host}, {"port", *port}});
    return true;
}

common::net::HttpReply Health::answer(std::string const& target) {
    auto const path = target.substr(0, target.find('?'));
    if (path == "/healthz") return {.body = "ok\n"};
    if (path == "/readyz") {
        if (engine_.ready()) return {.body = "ready\n"};
        return {.status = 503, .body = "not ready: the symbol list or a wanted stream is missing\n"};
    }
    if (path == "/metrics") {
        refresh();
        return {.contentType = common::Metrics::kContentType, .body = metrics_.text()};
    }
    return {.status = 404, .body = "not found\n"};
}

void Health::refresh() {
    auto const set = [&](char const* name, char const* help, auto value) {
        metrics_.gauge(name, help).set(static_cast<double>(value));
    };
    auto const& counters = engine_.counters();
    auto const symbols = engine_.status();
    set("tickbell_trades_judged", "Trades that reached the judge since start", counters.trades);
    set("tickbell_fires", "Firings handed to the database since start", counters.fires);
    set("tickbell_fires_dropped", "Firings and states whose alert was gone at commit", counters.dropped);
    set("tickbell_armed", "Alerts armed since start", counters.armed);
    set("tickbell_gap_events", "Durable gap events since start", counters.gaps);
    set("tickbell_commits", "Steps committed since start", counters.commits);
    set("tickbell_commits_failed", "Steps that failed and were recovered from", counters.failedCommits);
    set("tickbell_tape_resets", "Times a symbol's ids began anew", counters.resets);
    set("tickbell_reconciled", "Differences from the tables that the comparison each minute made good since start",
        counters.reconciled);
    set("tickbell_symbols_followed", "Symbols followed now", symbols.size());
    set("tickbell_symbols_repairing", "Symbols with a gap being fetched now",
        std::ranges::count_if(symbols, &Engine::SymbolStatus::repairing));
    set("tickbell_symbols_live", "Symbols whose stream is live now",
        std::ranges::count_if(symbols, &Engine::SymbolStatus::live));
}

}  // namespace ingestion
