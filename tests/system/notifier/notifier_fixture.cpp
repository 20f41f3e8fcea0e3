#include "tests/system/notifier/notifier_fixture.hpp"

#include "common/runtime/clock.hpp"
#include "common/store/open.hpp"

#include <signal.h>

#include <stdexcept>

namespace notifier::test {
namespace {

common::TimeMs wallMs() {
    return common::SystemClock().wallMs();
}

}  // namespace

PlayedIngestion::PlayedIngestion(std::string const& databaseUrl)
    : database_(common::openDatabase(databaseUrl, {})), bell_(common::openBell(databaseUrl, common::Role::Ingestion)) {}

template <class Work>
auto PlayedIngestion::commit(Work work) {
    database_->begin();
    auto result = work();
    database_->commit();
    bell_->ring();
    return result;
}

void PlayedIngestion::listSymbols(std::vector<std::string> const& symbols) {
    std::vector<common::SymbolInfo> list;
    for (auto const& symbol : symbols) {
        auto& info = list.emplace_back();
        info.symbol = symbol;
        info.quote = "USDT";
        info.base = symbol.substr(0, symbol.size() - info.quote.size());
        info.tickSize = *common::Decimal::parse("0.01");
    }
    commit([&] { return database_->market().replaceSymbols(list, wallMs()), 0; });
}

void PlayedIngestion::lifeSign(common::TimeMs at) {
    commit([&] { return database_->market().setLifeSign(at), 0; });
}

void PlayedIngestion::feed(common::FeedRecord const& feed) {
    commit([&] { return database_->market().setFeed(feed), 0; });
}

void PlayedIngestion::health(common::SymbolHealth const& row) {
    commit([&] { return database_->market().writeHealth(std::span(&row, 1), std::span(&row.symbol, 1)), 0; });
}

void PlayedIngestion::price(std::string const& symbol, std::string const& price, std::int64_t tradeId) {
    common::Step step;
    step.now = wallMs();
    step.prices.push_back({symbol, *common::ExactDecimal::parse(price), tradeId, step.now, 0});
    commit([&] { return database_->steps().apply(step); });
}

void PlayedIngestion::candles(std::string const& symbol, std::vector<common::Candle> const& candles) {
    commit([&] {
        database_->candles().fill(symbol, candles);
        return candles.size();
    });
}

PlayedIngestion::Row PlayedIngestion::row(std::string const& alertId) {
    database_->demand().forEachLive([&](common::AlertRecord&& record) {
        auto const& alert = record.definition;
        rows_[alert.publicId] = {alert.id, alert.rev, alert.condition.price};
    });
    auto const found = rows_.find(alertId);
    if (found == rows_.end()) throw std::runtime_error("no alert " + alertId);
    return found->second;
}

common::StateWrite PlayedIngestion::armedState(std::string const& alertId, std::int64_t fromTradeId) {
    auto const alert = row(alertId);
    armed_[alertId] = alert.rev;
    common::StateWrite state;
    state.alert = alert.id;
    state.rev = alert.rev;
    state.status = common::AlertStatus::Armed;
    state.fromTradeId = fromTradeId;
    state.announce = true;
    return state;
}

void PlayedIngestion::arm(std::string const& alertId, std::int64_t fromTradeId) {
    common::Step step;
    step.now = wallMs();
    step.arms.push_back(armedState(alertId, fromTradeId));
    commit([&] { return database_->steps().apply(step); });
}

common::StepOutcome PlayedIngestion::fire(std::string const& alertId, std::int64_t tradeId, std::string const& price,
                                          int times) {
    auto const alert = row(alertId);
    common::Step step;
    step.now = wallMs();
    if (armed_[alertId] != alert.rev) step.arms.push_back(armedState(alertId, tradeId));
    for (int i = 0; i < times; ++i) {
        common::Fire fire;
        fire.alert = alert.id;
        fire.rev = alert.rev;
        fire.level = alert.level;
        fire.trade.id = tradeId + i;
        fire.trade.price = *common::ExactDecimal::parse(price);
        fire.trade.qty = *common::ExactDecimal::parse("0.00120000");
        fire.trade.time = fire.trade.received = fire.eventTime = step.now;
        step.fires.push_back(fire);
    }
    return commit([&] { return database_->steps().apply(step); });
}

std::vector<common::Symbol> PlayedIngestion::watched() {
    return database_->watches().watched(wallMs());
}

void NotifierTest::SetUp() {
    ingestion_ = std::make_unique<PlayedIngestion>(databaseUrl());
    ingestion_->listSymbols({"BTCUSDT", "ETHUSDT"});
    ingestion_->lifeSign(wallMs() + 3'600'000);
}

std::string NotifierTest::databaseUrl() const {
    return "sqlite:" + (directory_.path() / "tickbell.db").string();
}

void NotifierTest::start(std::vector<std::string> arguments) {
    process_.reset();
    std::vector<std::string> all{TICKBELL_NOTIFIER, "--database", databaseUrl(), "--listen", "127.0.0.1:0"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    process_ = std::make_unique<support::ChildProcess>(std::move(all));
    port_ = portOf(*process_);
}

std::uint16_t NotifierTest::portOf(support::ChildProcess& process) {
    auto const line = process.waitForLine("listening");
    if (!line) throw std::runtime_error("the notifier does not listen");
    return static_cast<std::uint16_t>(std::stoi(line->substr(line->find("port=") + 5)));
}

int NotifierTest::stop() {
    process_->signal(SIGTERM);
    auto const exit = process_->waitForExit();
    return exit.value_or(-1);
}

void NotifierTest::kill() {
    process_->signal(SIGKILL);
    process_->waitForExit();
}

support::Finished NotifierTest::command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {TICKBELL_NOTIFIER, "--database", databaseUrl()});
    return support::runProgram(std::move(arguments));
}

std::string NotifierTest::addKey(std::string const& name, bool admin) {
    std::vector<std::string> arguments{"key", "add", name};
    if (admin) arguments.emplace_back("--admin");
    auto const done = command(std::move(arguments));
    if (done.exit != 0) throw std::runtime_error(done.output);
    return done.output.substr(0, done.output.find('\n'));
}

WsTestClient::Options NotifierTest::bearer(std::string const& secret) {
    WsTestClient::Options options;
    options.headers.emplace_back("Authorization", "Bearer " + secret);
    return options;
}

std::string NotifierTest::get(std::string const& target, std::string const& headers) const {
    RawClient client(port_);
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n");
    return client.readAll();
}

std::string NotifierTest::subscribe(WsTestClient& client, std::string const& symbol, std::string const& threshold) {
    auto const reply = client.ask(R"({"symbol":")" + symbol + R"(","threshold":")" + threshold + R"("})");
    return text(*result(reply).find("alert"), "id");
}

Value NotifierTest::result(Value const& reply) {
    auto const* const result = reply.find("result");
    if (!result) throw std::runtime_error("an error came: " + text(*reply.find("error"), "message"));
    return *result;
}

std::int64_t NotifierTest::errorCode(Value const& reply) {
    auto const* const error = reply.find("error");
    return error ? number(*error, "code") : 0;
}

}  // namespace notifier::test
