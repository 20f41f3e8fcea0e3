#include "tests/system/exchange/replay_world.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string_view>

namespace system_test {

void ReplayWorld::start(std::vector<std::string> const& symbols, std::vector<std::string> extra) {
    std::vector<std::string> command{TICKBELL_REPLAY,
                                     "--listen",
                                     "127.0.0.1:0",
                                     "--synthetic",
                                     "5",
                                     "--symbols",
                                     fmt::format("{}", fmt::join(symbols, ","))};
    command.insert(command.end(), extra.begin(), extra.end());
    replay = std::make_unique<support::ChildProcess>(std::move(command));
    auto const line = replay->waitForLine("listening");
    ASSERT_TRUE(line) << "the stand-in exchange did not start";
    auto const port = line->substr(line->find("port=") + 5);
    config.webSocketUrl = "ws://127.0.0.1:" + port;
    config.restUrl = "http://127.0.0.1:" + port;
    config.seed = 11;
    constexpr std::array<std::string_view, 1> kSchemes{"http"};
    controlClient = std::make_unique<common::net::HttpClient>(
        io, nullptr, common::Url::parse(config.restUrl, kSchemes).value(), common::net::HttpClientOptions{});
}

void ReplayWorld::makeRest() {
    auto made = ingestion::binance::makeBinanceRest({io, clock, metrics}, config);
    ASSERT_TRUE(made) << made.error();
    rest = std::move(*made);
}

void ReplayWorld::makeFeed() {
    makeRest();
    auto made = ingestion::binance::makeBinanceFeed({io, clock, metrics}, recorder, *rest, config);
    ASSERT_TRUE(made) << made.error();
    feed = std::move(*made);
}

common::json::Value ReplayWorld::control(std::string const& command) {
    auto const answer = support::runToEnd(io, controlClient->post("/control/" + command, "", "application/json"));
    if (!answer || answer->status != 200) {
        ADD_FAILURE() << command << ": " << (answer ? answer->body : answer.error().detail);
        return {};
    }
    return common::json::parse(answer->body).value();
}

void ReplayWorld::follow(std::vector<std::string> const& symbols) {
    for (ingestion::SymbolIndex i = 0; i < symbols.size(); ++i)
        feed->follow(i, symbols[i]);
}

void ReplayWorld::TearDown() {
    if (!replay) return;
    auto const violations = control("status").find("violations")->integer();
    EXPECT_EQ(violations, violationsExpected) << control("violations").find("violation_kinds");
    if (feed) feed->stop();
    if (rest) rest->stop();
    controlClient->close();
    // Nothing is left to do once all sockets are closed; a leftover would keep the loop running.
    io.restart();
    io.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(io.stopped());
}

}  // namespace system_test
