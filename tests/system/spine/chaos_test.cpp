#include "tests/support/ws_test_client.hpp"
#include "tests/system/spine/expectation.hpp"
#include "tests/system/spine/stack.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {
namespace {

using common::json::Value;
using support::number;
using support::text;
using support::WsTestClient;
using Clock = std::chrono::steady_clock;

constexpr int kAlerts = 100;
constexpr auto kLong = std::chrono::seconds(60);

/// A client that outlives its connections: comes back with its session, resumes behind its last `seq`, drops repeats.
class Subscriber {
public:
    explicit Subscriber(Stack& stack) : stack_(stack) { connect(); }

    /// Connects until someone answers; goes on where it stopped.
    void connect() {
        client_.reset();
        auto const deadline = Clock::now() + kLong;
        while (!client_)
            try {
                client_ = std::make_unique<WsTestClient>(stack_.notifierPort());
                auto const welcome = client_->push("welcome");
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

    /// Sends until somebody has answered: the command must be repeatable.
    Value command(std::string const& request) {
        for (auto const deadline = Clock::now() + kLong;;)
            try {
                auto reply = client_->ask(request);
                stored_ = true;
                return reply;
            } catch (std::exception const&) {
                if (Clock::now() > deadline) throw;
                connect();
            }
    }

    /// Takes what has come; true if anything new did within the limit.
    bool pump(std::chrono::milliseconds limit) {
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

    std::vector<Value> const& seen() const { return seen_; }
    int repeats() const { return repeats_; }

private:
    Stack& stack_;
    std::unique_ptr<WsTestClient> client_;
    std::string session_;
    bool stored_ = false;
    std::int64_t lastSeq_ = 0;
    int repeats_ = 0;
    std::vector<Value> seen_;
};

int killsOfEach() {
    auto const* const text = std::getenv("TICKBELL_KILLS");
    return text == nullptr ? 8 : std::atoi(text);
}

// TICKBELL_KILLS=100 is the long run.
TEST(Chaos, BothKilledUnderLoad_NothingLostNothingTwice) {
    auto const kills = killsOfEach();
    std::vector<std::string> const symbols{"BTCUSDT", "ETHUSDT"};
    Stack stack({.replay = {"--synthetic", "11", "--symbols", "BTCUSDT,ETHUSDT", "--rate", "100", "--limits", "count"},
                 .notifier = {"--limit-commands", "10000"}});
    std::map<common::Symbol, std::vector<common::Trade>> tapes;
    for (auto const& symbol : symbols)
        tapes[symbol] = stack.history(symbol, stack.newestId(symbol) - 500);
    Subscriber subscriber(stack);
    auto alerts = randomAlerts(3, kAlerts + kills * 2, tapes);
    std::size_t next = 0;
    std::set<std::string> removed;
    auto const subscribeSome = [&](std::size_t count) {
        for (; count > 0 && next < alerts.size(); --count, ++next)
            ASSERT_NE(subscriber.command(alerts[next].request).find("result"), nullptr);
    };
    subscribeSome(kAlerts);
    std::mt19937 random(5);
    for (int kill = 0; kill < 2 * kills; ++kill) {
        // Killed in the middle of things.
        auto const until = Clock::now() + std::chrono::milliseconds(random() % 1'500);
        while (Clock::now() < until)
            subscriber.pump(std::chrono::milliseconds(20));
        if (kill % 2 == 0) {
            stack.killIngestion();
            subscribeSome(1);  // while nobody judges
            stack.startIngestion();
        } else {
            stack.killNotifier();
            stack.startNotifier();
            subscriber.connect();
            subscribeSome(1);
        }
        if (kill % 7 == 3) {
            auto const key = fmt::format("k{}", random() % next);
            auto const reply = subscriber.command(fmt::format(R"({{"method":"unsubscribe","key":"{}"}})", key));
            ASSERT_NE(reply.find("result"), nullptr);
            removed.insert(key);
        }
    }
    // Everything is armed again, then judged up to an id that the market has reached by then.
    std::map<std::string, Asked*> byId;
    auto const deadline = Clock::now() + kLong;
    for (bool armed = false; !armed;) {
        ASSERT_LT(Clock::now(), deadline) << "an alert is not armed";
        byId.clear();
        armed = true;
        auto const listed = subscriber.command(R"({"method":"list","limit":1000})");
        for (auto const& alert : listed.find("result")->find("alerts")->items()) {
            auto& asked = alerts[std::stoul(text(alert, "key").substr(1))];
            byId[text(alert, "id")] = &asked;
            if (text(alert, "state") == "pending")
                armed = false;
            else
                asked.from = number(alert, "from_trade_id");
        }
        subscriber.pump(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(byId.size() + removed.size(), next) << "an acknowledged command is lost";
    for (auto const& [id, asked] : byId)
        EXPECT_FALSE(removed.contains(*asked->definition.key)) << "a removed alert is back";
    for (auto& [symbol, tape] : tapes)
        tape = stack.history(symbol, tape.front().id);
    std::map<std::string, std::vector<std::string>> expected, found;
    std::size_t expectedCount = 0;
    for (auto const& [id, asked] : byId) {
        expected[id] = expectedLines(*asked, tapes.at(asked->definition.symbol), Detail::Promised);
        expectedCount += expected[id].size();
    }
    auto const sort = [&] {
        found.clear();
        std::size_t count = 0;
        for (auto const& push : subscriber.seen()) {
            if (!byId.contains(text(push, "alert_id"))) continue;
            if (number(*push.find("trade"), "id") > tapes.at(text(push, "symbol")).back().id) continue;
            found[text(push, "alert_id")].push_back(lineOf(push, Detail::Promised));
            ++count;
        }
        return count;
    };
    for (auto const end = Clock::now() + kLong; sort() < expectedCount && Clock::now() < end;)
        subscriber.pump(std::chrono::milliseconds(200));
    for (auto const& [id, lines] : expected) {
        auto const [wanted, got] = std::ranges::mismatch(lines, found[id]);
        EXPECT_TRUE(wanted == lines.end() && got == found[id].end())
            << common::alertText(byId.at(id)->definition) << " from " << byId.at(id)->from << ": " << lines.size()
            << " expected, " << found[id].size() << " found; expected " << (wanted == lines.end() ? "nothing" : *wanted)
            << ", found " << (got == found[id].end() ? "nothing" : *got);
    }
    fmt::print("{} kills of each, {} acknowledged alerts, {} notifications compared, {} repeats dropped\n", kills,
               byId.size(), expectedCount, subscriber.repeats());
}

}  // namespace
}  // namespace spine
