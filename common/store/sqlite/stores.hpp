#pragma once

#include "common/store/sqlite/connection.hpp"
#include "common/store/stores.hpp"

namespace common::sqlite {

// Each role over one connection; see common/store/stores.hpp for what they promise.

class SqliteAccountStore final : public AccountStore {
public:
    explicit SqliteAccountStore(Connection& connection) : connection_(connection) {}
    Account createAnonymous(std::string_view publicId, std::string_view sessionHash, TimeMs now) override;
    std::optional<Account> findBySession(std::string_view sessionHash) override;
    std::optional<Account> findByKey(std::string_view keyHash) override;
    std::optional<Account> find(AccountId account) override;
    bool addKey(std::string_view name, std::string_view publicId, std::string_view keyHash, bool admin,
                TimeMs now) override;
    std::vector<ApiKey> listKeys() override;
    std::optional<AccountId> revokeKey(std::string_view name, TimeMs now) override;
    std::int64_t ack(AccountId account, std::int64_t seq) override;
    void setDetached(AccountId account, std::optional<std::int64_t> runningMs) override;
    void detachAll(std::int64_t runningMs) override;
    std::int64_t runningMs() override;
    void setRunningMs(std::int64_t runningMs) override;
    std::int64_t removeDetachedBefore(std::int64_t runningMs, std::int64_t limit) override;

private:
    AccountId insert(std::string_view publicId, bool anonymous);
    void remove(AccountId account);

    Connection& connection_;
};

class SqliteAlertStore final : public AlertStore {
public:
    explicit SqliteAlertStore(Connection& connection) : connection_(connection) {}
    AlertId insert(AlertDefinition const& alert) override;
    void update(AlertDefinition const& alert) override;
    void remove(AlertId alert) override;
    std::optional<AlertRecord> find(AccountId account, std::string_view publicId) override;
    std::optional<AlertRecord> findByKey(AccountId account, std::string_view key) override;
    std::optional<AlertRecord> findTwin(AlertDefinition const& alert) override;
    std::vector<AlertRecord> list(AccountId account, AlertFilter const& filter, TimeMs now) override;
    std::int64_t count(AccountId account, AlertFilter const& filter, TimeMs now) override;
    std::int64_t countLive(AccountId account) override;
    std::int64_t removeEndedBefore(TimeMs before, std::int64_t limit) override;

private:
    void logChange(AlertId alert);

    Connection& connection_;
};

class SqliteEventStore final : public EventStore {
public:
    explicit SqliteEventStore(Connection& connection) : connection_(connection) {}
    std::vector<Event> tail(std::int64_t afterId, std::int64_t limit) override;
    std::int64_t newestId() override;
    std::vector<Event> replay(AccountId account, std::int64_t after, std::int64_t upTo, std::int64_t limit) override;
    std::vector<Event> fires(AlertId alert, std::int64_t after, std::int64_t limit) override;
    std::int64_t countPushed(AccountId account, std::int64_t after, std::int64_t upTo) override;
    std::optional<std::int64_t> oldestSeq(AccountId account) override;
    std::int64_t removeBefore(TimeMs before, std::int64_t limit) override;
    std::vector<AlertStateChange> stateTail(std::int64_t afterId, std::int64_t limit) override;
    std::int64_t newestStateId() override;
    void removeStatesUpTo(std::int64_t id) override;

private:
    Connection& connection_;
};

class SqliteMarketStore final : public MarketStore {
public:
    explicit SqliteMarketStore(Connection& connection) : connection_(connection) {}
    void replaceSymbols(std::span<SymbolInfo const> symbols, TimeMs now) override;
    std::vector<SymbolInfo> symbols() override;
    std::int64_t symbolsVersion() override;
    std::vector<PriceRecord> pricesAfter(std::int64_t version) override;
    std::optional<PriceRecord> price(std::string_view symbol) override;
    void setFeed(FeedRecord const& feed) override;
    void removeFeed(std::string_view symbol) override;
    std::vector<FeedRecord> feeds() override;
    void setLifeSign(TimeMs now) override;
    TimeMs lifeSign() override;
    MarketVersions versions() override;
    void writeHealth(std::span<SymbolHealth const> rows, std::span<Symbol const> followed) override;
    std::vector<SymbolHealth> health() override;

private:
    Connection& connection_;
};

class SqliteCandleStore final : public CandleStore {
public:
    explicit SqliteCandleStore(Connection& connection) : connection_(connection) {}
    std::vector<Candle> range(std::string_view symbol, TimeMs from, TimeMs to, std::int64_t limit) override;
    std::optional<Candle> lastBefore(std::string_view symbol, TimeMs before) override;
    std::int64_t count(std::string_view symbol, TimeMs from, TimeMs to) override;
    std::optional<Symbol> symbolAfter(std::string_view symbol) override;
    void fill(std::string_view symbol, std::span<Candle const> candles) override;
    std::optional<TimeMs> oldestOf(std::string_view symbol, DurationMs length, TimeMs before) override;
    void merge(std::string_view symbol, TimeMs openTime, DurationMs length) override;
    bool adoptExchange(std::string_view url) override;

private:
    Connection& connection_;
};

/// Stores a candle over the row of the same start, unless that one is complete and this is neither that nor a
/// correction.
void storeCandle(Connection& connection, std::string_view symbol, Candle const& candle, bool correction = false);

class SqliteRankStore final : public RankStore {
public:
    explicit SqliteRankStore(Connection& connection) : connection_(connection) {}
    void addCloses(std::span<MinuteClose const> closes) override;
    void forEachClose(TimeMs from, TimeMs to, std::function<void(MinuteClose const&)> const& visit) override;
    std::int64_t removeClosesBefore(TimeMs before, std::int64_t limit) override;
    std::optional<RankRun> latest(RankMetric metric, DurationMs window) override;
    std::vector<RankRow> list(RankRun const& run, std::int64_t offset, std::int64_t limit) override;
    std::optional<RankRow> find(RankRun const& run, std::string_view symbol) override;
    void addRows(RankRun const& run, std::span<RankRow const> rows) override;
    void publish(RankRun const& run) override;
    std::int64_t removeRunsBefore(RankMetric metric, DurationMs window, std::int64_t run, std::int64_t limit) override;

private:
    Connection& connection_;
};

class SqliteWatchStore final : public WatchStore {
public:
    explicit SqliteWatchStore(Connection& connection) : connection_(connection) {}
    void renew(std::span<Symbol const> symbols, TimeMs until) override;
    void release(std::span<Symbol const> symbols) override;
    std::vector<Symbol> watched(TimeMs now) override;
    void removeLapsed(TimeMs now) override;

private:
    Connection& connection_;
};

class SqliteDemandStore final : public DemandStore {
public:
    explicit SqliteDemandStore(Connection& connection) : connection_(connection) {}
    std::vector<DemandChange> changesAfter(std::int64_t id, std::int64_t limit) override;
    std::int64_t newestChangeId() override;
    void removeChangesUpTo(std::int64_t id) override;
    std::optional<AlertRecord> load(AlertId alert) override;
    std::vector<AlertRecord> livePage(AlertId after, std::int64_t limit) override;
    std::vector<DemandRow> demandPage(AlertId after, std::int64_t limit) override;
    void forEachLive(std::function<void(AlertRecord&&)> const& visit) override;
    void forEachLiveOf(std::string_view symbol, std::function<void(AlertRecord&&)> const& visit) override;
    std::vector<Position> positions() override;
    std::optional<Position> position(std::string_view symbol) override;
    std::vector<StoredPast> pasts(std::optional<std::string_view> symbol) override;

private:
    Connection& connection_;
};

class SqliteStepStore final : public StepStore {
public:
    explicit SqliteStepStore(Connection& connection) : connection_(connection) {}
    StepOutcome apply(Step const& step) override;

private:
    Connection& connection_;
};

/// The newest id that an AUTOINCREMENT table ever gave, deleted rows included.
std::int64_t newestRowId(Connection& connection, std::string_view table);

}  // namespace common::sqlite
