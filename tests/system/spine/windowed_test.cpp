#include "common/core/candle.hpp"
#include "tests/support/temp_directory.hpp"
#include "tests/support/ws_test_client.hpp"
#include "tests/system/spine/comparison.hpp"
#include "tests/system/spine/stack.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {
namespace {

using support::number;
using support::WsTestClient;

constexpr int kAlerts = 120;
constexpr common::TimeMs kBegin = 1'723'161'255'611;
constexpr common::DurationMs kBeforeMs = 6 * common::kMinuteMs;  ///< the longest window, and its running bucket
constexpr common::DurationMs kTapeMs = 30 * common::kMinuteMs;

common::Decimal decimal(std::int64_t tenThousandths) {
    return common::Decimal::fromUnits(tenThousandths * common::Decimal::kUnitsPerOne / 10'000);
}

/// Alerts that look back no further than the market has gone on for; the seed decides.
std::vector<Asked> windowedAlerts(std::uint64_t seed, std::vector<std::string> const& symbols) {
    using enum common::ConditionKind;
    constexpr common::ConditionKind kKinds[]{Change, Spike, Volatility};
    std::mt19937_64 random(seed);
    auto const dice = [&](std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
    };
    std::vector<Asked> alerts;
    for (int i = 0; i < kAlerts; ++i) {
        Asked asked;
        auto& definition = asked.definition;
        definition.id = common::AlertId{i + 1};
        definition.symbol = symbols[static_cast<std::size_t>(i) % symbols.size()];
        definition.key = fmt::format("k{}", i);
        auto& condition = definition.condition;
        condition.kind = kKinds[static_cast<std::size_t>(i) % std::size(kKinds)];
        switch (condition.kind) {
            case Change:
                condition.pct = decimal(dice(10, 1'000));  // 0.001 to 0.1 %
                condition.window = dice(10, 120) * 1'000;
                condition.direction = static_cast<common::Direction>(dice(0, 2));
                break;
            case Spike:
                condition.metric = static_cast<common::SpikeMetric>(dice(0, 3));
                condition.factor = decimal(dice(1'000, 15'000));
                condition.bucket = common::kMinuteMs;
                condition.window = dice(2, 4) * common::kMinuteMs;
                break;
            default:
                condition.pct = decimal(dice(1, 300));
                condition.window = dice(3, 4) * common::kMinuteMs;
                break;
        }
        if (dice(0, 3) == 0) condition.initial = false;
        if (dice(0, 4) == 0) condition.forDuration = dice(1, 5'000);
        definition.mode = dice(0, 5) == 0 ? common::AlertMode::Once : common::AlertMode::Every;
        if (dice(0, 2) == 0) definition.cooldown = dice(1, 60'000);
        asked.request =
            fmt::format(R"({{"id":{},"method":"subscribe","symbol":"{}","when":{},"mode":"{}","key":"k{}"{}}})", i,
                        definition.symbol, common::conditionJson(condition), common::modeText(definition.mode), i,
                        definition.cooldown > 0 ? fmt::format(R"(,"cooldown":{})", definition.cooldown) : "");
        alerts.push_back(std::move(asked));
    }
    return alerts;
}

/// A market that wanders, writes itself down as a tape and returns what it wrote. Prices of two decimals.
std::vector<common::Trade> writeTape(std::filesystem::path const& file, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<common::Trade> tape;
    std::int64_t cents = 6'000'000;
    std::ofstream out(file);
    out << "trade_id,price,qty,time_ms,is_buyer_maker\n";
    for (auto time = kBegin; time < kBegin + kTapeMs; time += static_cast<std::int64_t>(random() % 1'500)) {
        // Now and then nothing for minutes; else an order of one to three trades.
        if (random() % 500 == 0) time += 2 * common::kMinuteMs;
        cents += static_cast<std::int64_t>(random() % 4'001) - 2'000;
        for (auto count = 1 + random() % 3; count > 0; --count) {
            common::Trade trade;
            trade.id = 1'000 + std::ssize(tape);
            trade.price = common::ExactDecimal::parse(fmt::format("{}.{:02}000000", cents / 100, cents % 100)).value();
            trade.qty = common::ExactDecimal::parse(fmt::format("0.{:08}", 1 + random() % 99'999'999)).value();
            trade.time = time;
            tape.push_back(trade);
            out << fmt::format("{},{},{},{},true\n", trade.id, trade.price.text(), trade.qty.text(), trade.time);
        }
    }
    return tape;
}

/// Until the watched market has come so far.
void await(WsTestClient& client, common::TimeMs time) {
    while (number(client.push("price", kLong), "time") < time) {
    }
}

TEST(Spine, PlayedMarket_AlertsThatLookBack_FireLikeTheOracle) {
    support::TempDirectory const folder;
    Tapes tapes;
    std::vector<std::string> files;
    for (auto const* const symbol : {"BTCUSDT", "ETHUSDT"}) {
        files.push_back(folder.path() / fmt::format("{}.spot.20240808.csv", symbol));
        tapes[symbol] = writeTape(files.back(), files.size());
    }
    Stack stack({.replay = {"--tape", files[0], files[1], "--speed", "60"}, .notifier = {"--limit-commands", "10000"}});
    WsTestClient client(stack.notifierPort());
    ASSERT_NE(client.ask(R"({"method":"watch","symbols":["ETHUSDT"],"interval_ms":250})").find("result"), nullptr);
    await(client, kBegin + kBeforeMs);
    auto alerts = windowedAlerts(3, {"BTCUSDT", "ETHUSDT"});
    std::map<std::string, Asked*> byId;
    ASSERT_NO_FATAL_FAILURE(subscribeAll(client, alerts, byId));
    awaitReceipts(client, byId);
    compare(client, byId, tapes, Detail::All);
}

}  // namespace
}  // namespace spine
