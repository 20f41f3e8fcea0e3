// Clients that come and go, read slowly and resume, against real sessions in virtual time: what each has seen, less
// what it had seen before, must be the account's events without a hole.

#include "common/core/json.hpp"
#include "common/runtime/log.hpp"
#include "tests/simulation/sim_notifier.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace simulation {
namespace {

constexpr int kAccounts = 2;
constexpr int kClients = 5;
constexpr common::DurationMs kDurationMs = 20'000;
constexpr common::DurationMs kSettleMs = 300'000;

struct Counts {
    std::int64_t seen = 0, repeats = 0, resumes = 0, unrecovered = 0;
};

class Harbour;

/// A client as the README tells people to write one: remembers epoch and last `seq`, resumes, drops what it knows.
class SimClient {
public:
    SimClient(Harbour& harbour, common::AccountId account) : harbour_(harbour), account_(account) {}
    void connect();
    void tick();
    void breakOff();
    bool settled() const;
    std::string wrong;
    Counts counts;
    bool patient = false;  ///< reads at once, stays connected

private:
    void onFrame(std::string const& text);
    void onNotification(std::int64_t seq);
    void resume();

    Harbour& harbour_;
    common::AccountId account_;
    std::string epoch_;
    std::int64_t last_ = 0;
    bool resuming_ = false;
    bool follows_ = false;  ///< what comes now has to follow on what was seen
    std::uint64_t connection_ = 0;
    std::uint64_t attempt_ = 0;
};

/// Everything of one seed.
class Harbour {
public:
    explicit Harbour(std::uint64_t seed) : world(seed) {}
    std::string run();
    Counts total() const;

    World world;
    EventBook book;
    std::unique_ptr<SimNotifier> notifier;

private:
    void trade();
    void crash();
    void restore();
    void start();

    std::int64_t nextId_ = 0;
    int epochs_ = 1;
    bool busy_ = true;
    bool slowStore_ = world.chance(30);
    std::vector<std::unique_ptr<SimClient>> clients_;
};

void SimClient::connect() {
    if (!harbour_.notifier) {
        harbour_.world.inMs(harbour_.world.random(50, 1'000), [this, attempt = attempt_] {
            if (attempt == attempt_) connect();
        });
        return;
    }
    auto const attempt = ++attempt_;
    follows_ = resuming_ = false;
    connection_ = harbour_.notifier->connect(account_, {.received =
                                                            [this, attempt](std::string const& text) {
                                                                if (attempt == attempt_) onFrame(text);
                                                            },
                                                        .lost =
                                                            [this, attempt] {
                                                                if (attempt != attempt_) return;
                                                                ++attempt_;
                                                                harbour_.world.inMs(harbour_.world.random(10, 1'500),
                                                                                    [this, again = attempt_] {
                                                                                        if (again == attempt_)
                                                                                            connect();
                                                                                    });
                                                            }});
}

void SimClient::tick() {
    if (harbour_.notifier) harbour_.notifier->read(connection_);
    // Some read at their leisure, and then too slowly.
    auto const wait =
        patient || harbour_.world.chance(70) ? harbour_.world.random(1, 20) : harbour_.world.random(100, 3'000);
    harbour_.world.inMs(wait, [this] { tick(); });
}

void SimClient::breakOff() {
    if (!patient) {
        if (harbour_.notifier) harbour_.notifier->drop(connection_);
        ++attempt_;
        connect();
    }
    harbour_.world.inMs(harbour_.world.random(500, 8'000), [this] { breakOff(); });
}

void SimClient::resume() {
    ++counts.resumes;
    resuming_ = true;
    harbour_.notifier->send(connection_,
                            fmt::format(R"({{"method":"resume","epoch":"{}","after":{}}})", epoch_, last_));
}

void SimClient::onFrame(std::string const& text) {
    auto const frame = common::json::parse(text).value();
    auto const* const type = frame.find("type");
    if (type != nullptr && type->text() == "welcome") {
        if (epoch_.empty()) {
            // Nothing to resume: live behind the welcome's seq.
            epoch_ = frame.find("epoch")->text();
            last_ = frame.find("seq")->integer().value();
            follows_ = true;
            return;
        }
        // At once, or when the second in which notifications are held is over.
        auto const wait =
            harbour_.world.chance(80) ? harbour_.world.random(0, 900) : harbour_.world.random(1'000, 3'000);
        harbour_.world.inMs(wait, [this, attempt = attempt_] {
            if (attempt == attempt_ && harbour_.notifier) resume();
        });
    } else if (type == nullptr) {
        auto const& result = *frame.find("result");
        resuming_ = false;
        follows_ = true;
        if (result.find("recovered")->boolean()) return;
        ++counts.unrecovered;
        epoch_ = result.find("epoch")->text();
        last_ = result.find("up_to")->integer().value();
    } else if (type->text() == "notification") {
        // Before the answer to `resume` live ones may come; they come again behind it.
        if (follows_) onNotification(frame.find("seq")->integer().value());
    }
}

void SimClient::onNotification(std::int64_t seq) {
    if (seq <= last_) {
        ++counts.repeats;
        return;
    }
    for (auto const& row : harbour_.book.rows)
        if (row.account == account_ && row.seq > last_ && row.seq < seq && EventBook::isPushed(row) && wrong.empty())
            wrong = fmt::format("account {}: {} came after {}, {} never", account_.value, seq, last_, row.seq);
    last_ = seq;
    ++counts.seen;
}

bool SimClient::settled() const {
    if (!follows_) return false;
    return std::ranges::none_of(harbour_.book.rows, [&](auto const& row) {
        return row.account == account_ && row.seq > last_ && EventBook::isPushed(row);
    });
}

void Harbour::start() {
    SimNotifier::Delays delays;
    if (slowStore_) delays.storeMaxMs = 300;
    notifier = std::make_unique<SimNotifier>(world, book, delays);
}

void Harbour::trade() {
    if (!busy_) return;
    for (auto left = world.chance(10) ? world.random(10, 60) : 1; left > 0; --left) {
        common::Event event;
        event.id = ++nextId_;
        event.account = common::AccountId{world.random(1, kAccounts)};
        event.seq = book.newestSeq(event.account) + 1;
        event.committed = world.wallMs();
        common::Notification fired;
        fired.alertPublicId = "al_1";
        fired.symbol = "BTCUSDT";
        fired.fire = event.seq;
        if (world.chance(20)) fired.channels = std::vector<std::string>{"wh_1"};
        event.body = std::move(fired);
        book.rows.push_back(std::move(event));
    }
    if (notifier) notifier->rung();
    world.inMs(world.random(1, 200), [this] { trade(); });
}

void Harbour::crash() {
    if (!busy_) return;
    notifier.reset();
    if (world.chance(10)) restore();
    world.inMs(world.random(5, 2'000), [this] { start(); });
    world.inMs(world.random(3'000, 15'000), [this] { crash(); });
}

/// A backup takes the place of the database: the newest events never were.
void Harbour::restore() {
    book.rows.resize(book.rows.size() -
                     static_cast<std::size_t>(world.random(0, std::min<std::int64_t>(30, std::ssize(book.rows)))));
    book.epoch = fmt::format("epoch {}", ++epochs_);
}

std::string Harbour::run() {
    start();
    trade();
    for (int i = 0; i < kClients; ++i) {
        auto& client = *clients_.emplace_back(std::make_unique<SimClient>(*this, common::AccountId{1 + i % kAccounts}));
        world.inMs(world.random(0, 2'000), [&client] { client.connect(); });
        world.inMs(world.random(0, 100), [&client] { client.tick(); });
        world.inMs(world.random(500, 8'000), [&client] { client.breakOff(); });
    }
    world.inMs(world.random(3'000, 15'000), [this] { crash(); });
    world.runUntil(kDurationMs);
    busy_ = false;
    for (auto const& client : clients_)
        client->patient = true;
    world.runUntil(kDurationMs + kSettleMs);
    std::string wrong;
    for (auto const& client : clients_) {
        if (!client->wrong.empty()) wrong = client->wrong;
        if (wrong.empty() && !client->settled()) wrong = "a client that stayed has not seen everything";
    }
    notifier.reset();
    return wrong;
}

Counts Harbour::total() const {
    Counts sum;
    for (auto const& client : clients_) {
        sum.seen += client->counts.seen;
        sum.repeats += client->counts.repeats;
        sum.resumes += client->counts.resumes;
        sum.unrecovered += client->counts.unrecovered;
    }
    return sum;
}

// TICKBELL_SEED runs one seed, TICKBELL_SEEDS that many from TICKBELL_SEED on.
TEST(Resume, AnyClients_CrashesAndRestores_SeeEachEventOnceInOrder) {
    common::log::configure(common::log::Level::Off, common::log::Format::Text);
    auto const environment = [](char const* variable, std::uint64_t fallback) {
        auto const* const text = std::getenv(variable);
        return text == nullptr ? fallback : std::stoull(text);
    };
    auto const first = environment("TICKBELL_SEED", 1);
    auto const count = environment("TICKBELL_SEEDS", std::getenv("TICKBELL_SEED") == nullptr ? 60 : 1);
    Counts sum;
    for (auto seed = first; seed < first + count; ++seed) {
        Harbour harbour(seed);
        auto const wrong = harbour.run();
        ASSERT_EQ(wrong, "") << "seed " << seed << "\n  repeat: TICKBELL_SEED=" << seed
                             << " build/release/bin/simulation_resume";
        auto const counts = harbour.total();
        sum.seen += counts.seen;
        sum.repeats += counts.repeats;
        sum.resumes += counts.resumes;
        sum.unrecovered += counts.unrecovered;
    }
    fmt::print("{} seeds: {} notifications seen, {} repeats dropped, {} resumes, {} of them of another epoch\n", count,
               sum.seen, sum.repeats, sum.resumes, sum.unrecovered);
    EXPECT_GT(sum.resumes, static_cast<std::int64_t>(count) * kClients);
}

}  // namespace
}  // namespace simulation
