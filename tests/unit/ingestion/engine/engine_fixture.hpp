#pragma once

#include "ingestion/engine/engine.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <utility>

#include <gtest/gtest.h>

namespace ingestion {

inline constexpr std::int64_t kNewest = 100;  ///< on the tape before a test begins

struct FakeClock final : common::Clock {
    common::TimeMs now = 1'000;
    common::DurationMs wrongBy = 0;  ///< our wall clock
    common::TimeMs exchangeMs() const { return 1'760'000'000'000 + now; }
    common::TimeMs wallMs() const override { return exchangeMs() + wrongBy; }
    std::int64_t monotonicUs() const override { return now * 1'000; }
};

/// Answers at once, from a tape of single trades; klines come where a test has put some.
struct FakeRest final : ExchangeRest {
    std::vector<common::Trade> tape;
    std::vector<Kline> minutes;

    void symbols(Answer<std::vector<common::SymbolInfo>> done) override { done({}); }
    void newestTrades(std::vector<common::Symbol> symbols, Answer<std::vector<NewestTrade>> done) override {
        std::vector<NewestTrade> rows;
        for (auto const& symbol : symbols)
            rows.push_back({symbol, tape.empty() ? kNewest : tape.back().id});
        done(rows);
    }
    void newestRows(common::Symbol, int, Answer<std::vector<common::Trade>> done) override { done(tape); }
    void aggregatesFromId(common::Symbol, std::int64_t, Answer<Aggregates>) override {}
    /// Aggregates wait until late() is called.
    bool delayed = false;
    std::function<void()> late;
    void aggregatesFromTime(common::Symbol symbol, common::TimeMs from, Answer<Aggregates> done) override {
        if (delayed) {
            late = [this, symbol, from, done] { aggregatesFromTime(symbol, from, done); };
            return;
        }
        Aggregates page;
        for (auto const& trade : tape)
            if (trade.time >= from) page.rows.push_back(trade), page.aggregateIds.push_back(trade.id);
        done(page);
    }
    void klines(common::Symbol, std::string, common::TimeMs from, common::TimeMs, int,
                Answer<std::vector<Kline>> done) override {
        if (minutes.empty()) return;
        std::vector<Kline> rows;
        for (auto const& row : minutes)
            if (row.openTime >= from) rows.push_back(row);
        done(rows);
    }
    void stop() override {}
};

/// Tables without a change log that tells of anything, unless a test puts it there. Answers wait until run().
struct FakeChannel final : Channel {
    std::map<common::AlertId, common::AlertRecord> alerts;
    std::map<common::Symbol, common::Position> positions;
    std::vector<common::AlertId> changes;
    bool changesAreRead = true;
    std::vector<common::Fire> fires;
    int symbolLoads = 0;
    std::deque<std::function<void()>> answers;

    void run() {
        for (; !answers.empty(); answers.pop_front())
            answers.front()();
    }
    common::AlertRecord& add(std::int64_t id, common::Symbol symbol) {
        common::AlertDefinition definition;
        definition.id = {id};
        definition.symbol = std::move(symbol);
        definition.condition.price = common::Decimal::fromUnits(50 * common::Decimal::kUnitsPerOne);
        return alerts[{id}] = {.definition = definition, .state = {}};
    }
    std::vector<common::AlertRecord> behind(common::AlertId after) const {
        std::vector<common::AlertRecord> rows;
        for (auto row = alerts.upper_bound(after); row != alerts.end() && rows.size() < 2; ++row)
            if (!common::isEnded(common::shownStatus(row->second, 0))) rows.push_back(row->second);
        return rows;
    }

    void loadStart(Done<Start> done) override {
        answers.push_back([this, done] {
            Start start;
            for (auto const& [symbol, position] : positions)
                start.positions.push_back(position);
            done(start);
        });
    }
    void loadAlerts(common::AlertId after, Done<Page<common::AlertRecord>> done) override {
        answers.push_back([this, after, done] {
            auto rows = behind(after);
            bool const more = rows.size() == 2;
            done(Page<common::AlertRecord>{std::move(rows), more});
        });
    }
    void loadDemand(common::AlertId after, Done<Page<common::DemandRow>> done) override {
        answers.push_back([this, after, done] {
            Page<common::DemandRow> page;
            for (auto const& [definition, state] : behind(after))
                page.rows.push_back({definition.id, definition.rev, definition.expires, definition.paused()});
            page.more = page.rows.size() == 2;
            done(page);
        });
    }
    void loadMissed(std::vector<common::AlertId> suspects, std::int64_t changeId,
                    Done<std::vector<Change>> done) override {
        answers.push_back([this, suspects, changeId, done] {
            std::vector<Change> rows;
            for (auto const alert : suspects) {
                auto const change = std::ranges::find(changes, alert);
                if (change != changes.end() && change - changes.begin() >= changeId) continue;
                rows.push_back({{.id = 0, .alert = alert}, find(alert)});
            }
            done(rows);
        });
    }
    void loadPositions(Done<std::vector<common::Position>> done) override {
        answers.push_back([this, done] {
            std::vector<common::Position> rows;
            for (auto const& [symbol, position] : positions)
                rows.push_back(position);
            done(rows);
        });
    }
    void loadChanges(std::int64_t after, Done<Changes> done) override {
        answers.push_back([this, after, done] {
            Changes read;
            for (auto i = after; changesAreRead && i < std::ssize(changes); ++i) {
                auto const alert = changes[static_cast<std::size_t>(i)];
                read.changes.push_back({{.id = i + 1, .alert = alert}, find(alert)});
            }
            done(read);
        });
    }
    void loadSymbol(common::Symbol symbol, Done<SymbolStart> done) override {
        ++symbolLoads;
        answers.push_back([this, symbol, done] {
            SymbolStart start;
            if (auto const row = positions.find(symbol); row != positions.end()) start.position = row->second;
            for (auto const& [id, record] : alerts)
                if (record.definition.symbol == symbol) start.alerts.push_back(record);
            done(start);
        });
    }
    void commit(common::Step step, Done<common::StepOutcome> done) override {
        answers.push_back([this, step = std::move(step), done] {
            for (auto const& write : step.states)
                if (write.status == common::AlertStatus::Expired &&
                    write.expires != alerts[write.alert].definition.expires)
                    return done(std::unexpected(common::StoreFailure::Conflict));
            for (auto const& move : step.positions)
                if (move.next) positions[move.symbol] = *move.next;
            for (auto const* const writes : {&step.arms, &step.states})
                for (auto const& write : *writes) {
                    auto& state = alerts[write.alert].state;
                    state.rev = write.rev;
                    state.status = write.status;
                    state.fromTradeId = write.fromTradeId;
                }
            fires.insert(fires.end(), step.fires.begin(), step.fires.end());
            done(common::StepOutcome{});
        });
    }
    void keepHouse(common::TimeMs, std::int64_t, Done<bool> done) override { done(true); }
    void setFeeds(std::vector<common::FeedRecord>, std::vector<common::Symbol>, Done<bool> done) override {
        done(true);
    }
    void replaceSymbols(std::vector<common::SymbolInfo>, Done<bool> done) override { done(true); }
    void loadCoverage(common::Symbol, Done<Coverage>) override {}
    void loadMinutes(common::Symbol, common::TimeMs, common::TimeMs, Done<std::vector<common::Candle>> done) override {
        answers.push_back([done] { done(std::vector<common::Candle>()); });
    }
    void fillCandles(common::Symbol, std::vector<common::Candle>, Done<bool> done) override { done(true); }

private:
    std::optional<common::AlertRecord> find(common::AlertId alert) const {
        auto const row = alerts.find(alert);
        return row == alerts.end() ? std::nullopt : std::optional(row->second);
    }
};

/// Acknowledges at once.
struct FakeFeed final : TradeFeed {
    explicit FakeFeed(FeedListener& listener) : listener_(listener) {}
    void follow(SymbolIndex index, common::Symbol symbol) override {
        followed[symbol] = index;
        listener_.onAcknowledged(index);
    }
    void leave(SymbolIndex) override {}
    bool complete() const override { return true; }
    void stop() override {}
    std::map<common::Symbol, SymbolIndex> followed;

private:
    FeedListener& listener_;
};

/// An engine with a channel and an exchange that do what a test tells them.
struct EngineTest : ::testing::Test {
    FakeClock clock;
    FakeRest rest;
    FakeChannel channel;
    Engine engine{{rest, channel, clock}, {.exchangeUrl = "fake", .pinned = {}}};
    FakeFeed feed{engine};

    void start() {
        engine.attach(feed);
        engine.start();
        channel.run();
        pass(1'000);
    }
    void pass(common::DurationMs duration) {
        for (auto const end = clock.now + duration; clock.now < end; clock.now += 10) {
            engine.onTimer();
            channel.run();
        }
    }
    std::size_t held() const {
        std::size_t count = 0;
        for (auto const& symbol : engine.status())
            count += symbol.alerts;
        return count;
    }
    /// The alerts that one trade of AUSDT at this price fires.
    std::vector<std::int64_t> firesAt(std::int64_t price) {
        channel.fires.clear();
        common::Trade trade;
        trade.id = kNewest + ++trades_;
        trade.price = {common::Decimal::fromUnits(price * common::Decimal::kUnitsPerOne), 0};
        trade.qty = {common::Decimal::fromUnits(common::Decimal::kUnitsPerOne), 8};
        trade.time = clock.exchangeMs();
        rest.tape.push_back(trade);
        engine.onTrade(feed.followed.at("AUSDT"), trade);
        engine.onBatchEnd();
        channel.run();
        std::vector<std::int64_t> alerts;
        for (auto const& fire : channel.fires)
            alerts.push_back(fire.alert.value);
        return alerts;
    }

private:
    std::int64_t trades_ = 0;
};

}  // namespace ingestion
