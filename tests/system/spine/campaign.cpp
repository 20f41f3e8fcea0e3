#include "tests/system/spine/campaign.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {

using support::number;
using support::text;
using support::Value;
using support::WsTestClient;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kPastTrades = 500;  // levels lie where these were

}  // namespace

void Subscriber::connect() {
    client_.reset();
    auto const deadline = Clock::now() + kLong;
    while (!client_)
        try {
            client_ = std::make_unique<WsTestClient>(stack_.notifierPort());
            auto const welcome = client_->push("welcome");
            epoch_ = text(welcome, "epoch");
            if (session_.empty()) {
                session_ = text(welcome, "session");
                return;
            }
            if (!stored_) return;
            client_->ask(fmt::format(R"({{"method":"auth","session":"{}"}})", session_));
            auto const resumed = client_->ask(
                fmt::format(R"({{"method":"resume","epoch":"{}","after":{}}})", text(welcome, "epoch"), lastSeq_));
            EXPECT_TRUE(resumed.find("result")->find("recovered")->boolean()) << "a restart is no new database";
        } catch (std::exception const&) {
            client_.reset();
            if (Clock::now() > deadline) throw;
        }
}

Value Subscriber::command(std::string const& request) {
    for (auto const deadline = Clock::now() + kLong;;)
        try {
            auto reply = client_->ask(request);
            stored_ = stored_ || reply.find("result") != nullptr;
            return reply;
        } catch (std::exception const&) {
            if (Clock::now() > deadline) throw;
            connect();
        }
}

bool Subscriber::pump(std::chrono::milliseconds limit) {
    auto const push = client_->maybePush("notification", limit);
    if (!push) return false;
    auto const seq = number(*push, "seq");
    if (seq <= lastSeq_) {
        ++repeats_;
        return true;
    }
    EXPECT_EQ(seq, lastSeq_ + 1) << "a hole in seq";
    lastSeq_ = seq;
    seen_.push_back(*push);
    return true;
}

Campaign::Campaign(Stack& stack, std::vector<std::string> const& symbols, std::uint64_t seed, int alertsMax)
    : stack_(stack), subscriber_(stack) {
    for (auto const& symbol : symbols)
        tapes_[symbol] = stack.history(symbol, stack.newestId(symbol) - kPastTrades);
    alerts_ = randomAlerts(seed, alertsMax, tapes_);
}

void Campaign::subscribe(int count) {
    for (; count > 0 && next_ < alerts_.size(); --count, ++next_) {
        auto const reply = subscriber_.command(alerts_[next_].request);
        ASSERT_NE(reply.find("result"), nullptr) << alerts_[next_].request;
        acknowledged_.insert(*alerts_[next_].definition.key);
    }
}

std::int64_t Campaign::trySubscribe() {
    auto const& asked = alerts_.at(next_);
    auto const reply = subscriber_.client().ask(asked.request, kLong);
    ++next_;
    if (auto const* const error = reply.find("error")) {
        EXPECT_TRUE(error->find("retryable")->boolean()) << text(*error, "message");
        return number(*error, "code");
    }
    acknowledged_.insert(*asked.definition.key);
    return 0;
}

void Campaign::unsubscribeOne(std::uint64_t dice) {
    auto const key = fmt::format("k{}", dice % next_);
    auto const reply = subscriber_.command(fmt::format(R"({{"method":"unsubscribe","key":"{}"}})", key));
    ASSERT_NE(reply.find("result"), nullptr);
    removed_.insert(key);
    acknowledged_.erase(key);
}

void Campaign::pumpFor(std::chrono::milliseconds time) {
    for (auto const until = Clock::now() + time; Clock::now() < until;)
        subscriber_.pump(std::chrono::milliseconds(20));
}

/// Also notes from which trade on each is judged.
void Campaign::awaitArmed() {
    auto const deadline = Clock::now() + kLong;
    for (bool armed = false; !armed;) {
        ASSERT_LT(Clock::now(), deadline) << "an alert is not armed";
        byId_.clear();
        armed = true;
        std::string cursor;
        do {
            auto const listed = subscriber_.command(fmt::format(
                R"({{"method":"list","limit":1000{}}})", cursor.empty() ? "" : R"(,"cursor":")" + cursor + "\""));
            auto const& result = *listed.find("result");
            for (auto const& alert : result.find("alerts")->items()) {
                auto& asked = alerts_[std::stoul(text(alert, "key").substr(1))];
                byId_[text(alert, "id")] = &asked;
                if (text(alert, "state") == "pending")
                    armed = false;
                else
                    asked.from = number(alert, "from_trade_id");
            }
            auto const* const more = result.find("next_cursor");
            cursor = more == nullptr || more->isNull() ? "" : more->text();
        } while (!cursor.empty());
        subscriber_.pump(std::chrono::milliseconds(100));
    }
}

std::size_t Campaign::sortNotifications() {
    found_.clear();
    std::size_t count = 0;
    for (auto const& push : subscriber_.seen()) {
        if (!byId_.contains(text(push, "alert_id"))) continue;
        if (number(*push.find("trade"), "id") > tapes_.at(text(push, "symbol")).back().id) continue;
        found_[text(push, "alert_id")].push_back(lineOf(push, Detail::Promised));
        ++count;
    }
    return count;
}

void Campaign::settleAndCompare() {
    ASSERT_NO_FATAL_FAILURE(awaitArmed());
    EXPECT_EQ(byId_.size(), acknowledged_.size()) << "an acknowledged command is lost, or a refused one is stored";
    for (auto const& [id, asked] : byId_) {
        EXPECT_FALSE(removed_.contains(*asked->definition.key)) << "a removed alert is back";
        EXPECT_TRUE(acknowledged_.contains(*asked->definition.key)) << "a refused command is stored";
    }
    // Judged up to an id that the market has reached by now.
    for (auto& [symbol, tape] : tapes_)
        tape = stack_.history(symbol, tape.front().id);
    std::map<std::string, std::vector<std::string>> expected;
    std::size_t expectedCount = 0;
    for (auto const& [id, asked] : byId_) {
        expected[id] = expectedLines(*asked, tapes_.at(asked->definition.symbol), Detail::Promised);
        expectedCount += expected[id].size();
    }
    for (auto const end = Clock::now() + kLong; sortNotifications() < expectedCount && Clock::now() < end;)
        subscriber_.pump(std::chrono::milliseconds(200));
    for (auto const& [id, lines] : expected) {
        auto const [wanted, got] = std::ranges::mismatch(lines, found_[id]);
        EXPECT_TRUE(wanted == lines.end() && got == found_[id].end())
            << common::alertText(byId_.at(id)->definition) << " from " << byId_.at(id)->from << ": " << lines.size()
            << " expected, " << found_[id].size() << " found; expected "
            << (wanted == lines.end() ? "nothing" : *wanted) << ", found "
            << (got == found_[id].end() ? "nothing" : *got);
    }
    fmt::print("{} acknowledged alerts, {} notifications compared, {} repeats dropped\n", byId_.size(), expectedCount,
               subscriber_.repeats());
}

}  // namespace spine
