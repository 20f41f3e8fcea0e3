#include "tests/unit/notifier/api/handler_fixture.hpp"

#include "notifier/api/keys.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>

#include <stdlib.h>

namespace notifier::test {
namespace {

using common::StoreFailure;

/// A database whose commits can be made to fail: everything else is the real one's.
class FaultyDatabase final : public common::Database {
public:
    FaultyDatabase(std::unique_ptr<common::Database> inner, std::shared_ptr<std::optional<StoreFailure>> failure)
        : inner_(std::move(inner)), failure_(std::move(failure)) {}

    common::AccountStore& accounts() override { return inner_->accounts(); }
    common::AlertStore& alerts() override { return inner_->alerts(); }
    common::EventStore& events() override { return inner_->events(); }
    common::MarketStore& market() override { return inner_->market(); }
    common::CandleStore& candles() override { return inner_->candles(); }
    common::RankStore& ranks() override { return inner_->ranks(); }
    common::WatchStore& watches() override { return inner_->watches(); }
    common::DemandStore& demand() override { return inner_->demand(); }
    common::StepStore& steps() override { return inner_->steps(); }
    common::WebhookStore& webhooks() override { return inner_->webhooks(); }
    common::DeliveryStore& deliveries() override { return inner_->deliveries(); }
    common::EmailStore& emails() override { return inner_->emails(); }
    common::PreviewStore& previews() override { return inner_->previews(); }
    std::string epoch() override { return inner_->epoch(); }
    void beginRead() override { inner_->beginRead(); }
    std::int64_t dataVersion() override { return inner_->dataVersion(); }
    void begin() override { inner_->begin(); }
    void commit() override {
        if (*failure_) throw common::StoreError(**failure_, "made to fail: /secret/path");
        inner_->commit();
    }
    void rollback() override { inner_->rollback(); }
    void savepoint() override { inner_->savepoint(); }
    void releaseSavepoint() override { inner_->releaseSavepoint(); }
    void rollbackToSavepoint() override { inner_->rollbackToSavepoint(); }
    bool inTransaction() override { return inner_->inTransaction(); }
    void reopen() override { inner_->reopen(); }
    void checkpoint(bool truncate) override { inner_->checkpoint(truncate); }

private:
    std::unique_ptr<common::Database> inner_;
    std::shared_ptr<std::optional<StoreFailure>> failure_;
};

common::SymbolInfo symbol(std::string name, std::string quote, common::SymbolStatus status) {
    common::SymbolInfo info;
    info.symbol = std::move(name);
    info.base = info.symbol.substr(0, info.symbol.size() - quote.size());
    info.quote = std::move(quote);
    info.status = status;
    return info;
}

}  // namespace

common::StoreThread::Post TaskQueue::post() {
    return [this](common::StoreThread::Task task) {
        std::scoped_lock const lock(mutex_);
        tasks_.push_back(std::move(task));
        arrived_.notify_one();
    };
}

bool TaskQueue::runOne() {
    common::StoreThread::Task task;
    {
        std::unique_lock lock(mutex_);
        if (!arrived_.wait_for(lock, std::chrono::seconds(5), [&] { return !tasks_.empty(); })) return false;
        task = std::move(tasks_.front());
        tasks_.pop_front();
    }
    task();
    return true;
}

HandlerTest::Directory::Directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "tickbell-api-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path = pattern;
}

HandlerTest::Directory::~Directory() {
    std::filesystem::remove_all(path);
}

HandlerTest::HandlerTest(StoreCommandHandler::Options options)
    : commitFailure_(std::make_shared<std::optional<StoreFailure>>()) {
    auto const url = "sqlite:" + (directory_.path / "tickbell.db").string();
    ingestion_ = common::openDatabase(url, {});
    ingest([this](common::Database& database) {
        using enum common::SymbolStatus;
        std::vector<common::SymbolInfo> const list{
            symbol("BNBBTC", "BTC", Trading),   symbol("BTCUSDC", "USDC", Trading), symbol("BTCUSDT", "USDT", Trading),
            symbol("ETHUSDT", "USDT", Trading), symbol("HALTUSDT", "USDT", Halt),   symbol("LUNAUSDT", "USDT", Break)};
        database.market().replaceSymbols(list, clock_.wallMs());
    });
    symbols_.replace(*readSymbols(*ingestion_, 0));
    store_ = std::make_unique<common::StoreThread>(
        std::make_unique<FaultyDatabase>(common::openDatabase(url, {}), commitFailure_), tasks_.post(),
        common::StoreThread::Options{});
    handler_ =
        std::make_unique<StoreCommandHandler>(StoreCommandHandler::Deps{clock_, *store_, symbols_}, std::move(options));
}

HandlerTest::~HandlerTest() {
    store_.reset();
}

std::shared_ptr<Client> HandlerTest::newClient() {
    auto admission = admit({});
    EXPECT_TRUE(admission);
    return admission ? admission->client : nullptr;
}

common::Result<Admission> HandlerTest::admit(std::optional<std::string> secret) {
    std::optional<common::Result<Admission>> answer;
    handler_->admit(std::move(secret), [&](common::Result<Admission> admission) { answer = std::move(admission); });
    EXPECT_TRUE(tasks_.runUntil([&] { return answer.has_value(); }));
    return answer ? std::move(*answer) : common::fail(common::ErrorCode::Internal, "no answer");
}

std::shared_ptr<Client> HandlerTest::keyHolder(std::string const& name, bool admin) {
    auto const key = addKey(*ingestion_, name, admin, clock_.wallMs());
    auto admission = admit(*key);
    EXPECT_TRUE(admission);
    return admission ? admission->client : nullptr;
}

std::shared_ptr<std::optional<CommandOutcome>> HandlerTest::start(std::shared_ptr<Client> const& client,
                                                                  std::string const& frame) {
    auto place = std::make_shared<std::optional<CommandOutcome>>();
    auto command = parseFrame(frame);
    EXPECT_TRUE(command) << frame;
    if (command)
        handler_->execute(client, std::move(*command), [place](CommandOutcome outcome) {
            EXPECT_FALSE(place->has_value()) << "answered twice";
            *place = std::move(outcome);
        });
    return place;
}

CommandOutcome HandlerTest::run(std::shared_ptr<Client> const& client, std::string const& frame) {
    auto const place = start(client, frame);
    EXPECT_TRUE(tasks_.runUntil([&] { return place->has_value(); })) << frame;
    return place->value_or(CommandOutcome{});
}

common::json::Value HandlerTest::ok(std::shared_ptr<Client> const& client, std::string const& frame) {
    auto const outcome = run(client, frame);
    EXPECT_FALSE(outcome.error) << frame << ": " << (outcome.error ? outcome.error->message : "");
    auto parsed = common::json::parse(outcome.result);
    EXPECT_TRUE(parsed) << outcome.result;
    return parsed.value_or(common::json::Value());
}

common::Error HandlerTest::refused(std::shared_ptr<Client> const& client, std::string const& frame) {
    auto const outcome = run(client, frame);
    EXPECT_TRUE(outcome.error) << frame << ": " << outcome.result;
    EXPECT_EQ(outcome.effect.index(), 0U) << "a refused command asks nothing of the session";
    EXPECT_TRUE(outcome.announcements.empty());
    return outcome.error.value_or(common::Error{});
}

void HandlerTest::expectError(std::shared_ptr<Client> const& client, std::string const& frame, common::ErrorCode code,
                              std::string const& field) {
    auto const error = refused(client, frame);
    EXPECT_EQ(static_cast<int>(error.code), static_cast<int>(code)) << frame << ": " << error.message;
    EXPECT_EQ(error.field, field) << frame;
}

std::string HandlerTest::addAlert(std::shared_ptr<Client> const& client, std::string const& price,
                                  std::string const& more) {
    auto const result = ok(client, R"({"method":"subscribe","symbol":"BTCUSDT","when":{"kind":"above","price":")" +
                                       price + "\"}" + (more.empty() ? "" : ",") + more + "}");
    auto const* const alert = result.find("alert");
    return alert == nullptr ? std::string() : textOf(*alert, "id");
}

common::AlertRecord HandlerTest::stored(std::string const& alertId) {
    std::optional<common::AlertRecord> found;
    ingestion_->demand().forEachLive([&](common::AlertRecord&& record) {
        if (record.definition.publicId == alertId) found = std::move(record);
    });
    EXPECT_TRUE(found) << alertId;
    return found.value_or(common::AlertRecord{});
}

void HandlerTest::apply(common::Step step) {
    step.now = clock_.wallMs();
    ingest([&](common::Database& database) { EXPECT_EQ(database.steps().apply(step).dropped, 0); });
}

void HandlerTest::arm(std::string const& alertId, std::int64_t fromTradeId) {
    auto const& definition = stored(alertId).definition;
    common::StateWrite write;
    write.alert = definition.id;
    write.rev = definition.rev;
    write.status = common::AlertStatus::Armed;
    write.fromTradeId = fromTradeId;
    common::Step step;
    step.arms.push_back(write);
    apply(step);
}

void HandlerTest::setState(std::string const& alertId, common::AlertStatus status) {
    auto const record = stored(alertId);
    common::StateWrite write;
    write.alert = record.definition.id;
    write.rev = record.definition.rev;
    write.status = status;
    write.fromTradeId = record.state.fromTradeId;
    write.expires = record.definition.expires;
    common::Step step;
    step.states.push_back(write);
    apply(step);
}

void HandlerTest::fire(std::string const& alertId, std::int64_t tradeId, bool ends) {
    auto const& definition = stored(alertId).definition;
    common::Fire fire;
    fire.alert = definition.id;
    fire.rev = definition.rev;
    fire.level = definition.condition.price;
    fire.trade.id = tradeId;
    fire.trade.price = *common::ExactDecimal::parse("70000.01000000");
    fire.trade.qty = *common::ExactDecimal::parse("0.00120000");
    fire.trade.time = clock_.wallMs();
    fire.eventTime = clock_.wallMs();
    fire.ends = ends;
    common::Step step;
    step.fires.push_back(fire);
    apply(step);
}

void HandlerTest::gap(std::string const& alertId) {
    auto const& definition = stored(alertId).definition;
    common::GapWrite write;
    write.gap.symbol = definition.symbol;
    write.gap.fromId = 10;
    write.gap.toId = 19;
    write.alerts.push_back(definition.id);
    common::Step step;
    step.gaps.push_back(write);
    apply(step);
}

void HandlerTest::setPrice(std::string const& symbol, std::string const& price, std::int64_t tradeId) {
    common::PriceRecord record;
    record.symbol = symbol;
    record.price = *common::ExactDecimal::parse(price);
    record.tradeId = tradeId;
    record.time = clock_.wallMs();
    common::Step step;
    step.prices.push_back(record);
    apply(step);
}

std::int64_t HandlerTest::accountCount() {
    // Every anonymous account counts as connected until it is detached: detach all, then count what would be removed.
    std::int64_t count = 0;
    ingestion_->begin();
    ingestion_->accounts().detachAll(1);
    count = ingestion_->accounts().removeDetachedBefore(2, 1'000'000);
    ingestion_->rollback();
    return count;
}

void HandlerTest::failCommits(std::optional<StoreFailure> failure) {
    // On the store thread itself, between its transactions.
    bool done = false;
    store_->read([place = commitFailure_, failure](common::Database&) { *place = failure; },
                 [&](auto const&) { done = true; });
    EXPECT_TRUE(tasks_.runUntil([&] { return done; }));
}

std::string textOf(common::json::Value const& object, std::string_view member) {
    auto const* const value = object.find(member);
    if (value == nullptr) return "(none)";
    if (value->isNull()) return "null";
    if (value->isBool()) return value->boolean() ? "true" : "false";
    return value->text();
}

}  // namespace notifier::test
