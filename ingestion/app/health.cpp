#include "ingestion/app/health.hpp"

#include "common/runtime/log.hpp"

#include <algorithm>
#include <utility>

namespace ingestion {

Health::Health(boost::asio::io_context& io, common::Metrics& metrics, Engine& engine, std::filesystem::path database)
    : metrics_(metrics),
      engine_(engine),
      program_(metrics, std::move(database)),
      repairedTrades_(metrics.counter("tickbell_repaired_trades_total", "Trades that repairs brought over REST")),
      repairSeconds_(metrics.histogram("tickbell_repair_seconds", "From finding a gap to its end",
                                       {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60})),
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
    program_.refresh();
    auto const total = [&](char const* name, char const* help, std::int64_t value) {
        auto counter = metrics_.counter(name, help);
        counter.add(static_cast<double>(value) - counter.value());
    };
    auto const now = [&](char const* name, char const* help, auto value) {
        metrics_.gauge(name, help).set(static_cast<double>(value));
    };
    auto const& counters = engine_.counters();
    auto const symbols = engine_.status();
    total("tickbell_trades_judged_total", "Trades that reached the judge", counters.trades);
    total("tickbell_fires_total", "Firings handed to the database", counters.fires);
    total("tickbell_fires_dropped_total", "Firings and states whose alert was gone at commit", counters.dropped);
    total("tickbell_armed_total", "Alerts armed", counters.armed);
    total("tickbell_gap_events_total", "Durable gap events", counters.gaps);
    total("tickbell_steps_total", "Steps committed", counters.commits);
    total("tickbell_steps_failed_total", "Steps that failed and were recovered from", counters.failedCommits);
    total("tickbell_tape_resets_total", "Times a symbol's ids began anew", counters.resets);
    total("tickbell_reconciled_total", "Differences from the tables that the comparison each minute made good",
          counters.reconciled);
    now("tickbell_symbols_followed", "Symbols followed now", symbols.size());
    now("tickbell_symbols_repairing", "Symbols with a gap being fetched now",
        std::ranges::count_if(symbols, &Engine::SymbolStatus::repairing));
    now("tickbell_symbols_live", "Symbols whose stream is live now",
        std::ranges::count_if(symbols, &Engine::SymbolStatus::live));
    std::size_t alerts = 0;
    for (auto const& symbol : symbols)
        alerts += symbol.alerts;
    now("tickbell_alerts_judged", "Alerts that trades are judged for now", alerts);
    refreshRepairs(symbols);
}

void Health::refreshRepairs(std::vector<Engine::SymbolStatus> const& symbols) {
    for (auto const& symbol : symbols) {
        auto& before = repairedBefore_[symbol.symbol];
        // A symbol that was left begins anew.
        repairedTrades_.add(
            static_cast<double>(symbol.repaired >= before ? symbol.repaired - before : symbol.repaired));
        before = symbol.repaired;
    }
    for (auto const took : engine_.takeRepairs())
        repairSeconds_.observe(static_cast<double>(took) / 1000);
}

}  // namespace ingestion
