#pragma once

#include "common/core/error.hpp"
#include "common/core/rank.hpp"
#include "common/store/delivery_stores.hpp"
#include "common/store/preview_store.hpp"
#include "common/store/records.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace common {

// The roles of the channel between ingestion and notifier. One object implements them all per connection; each user
// takes only the role it needs. Every method runs on the thread that owns the connection (StoreThread's), writing ones
// only inside its transaction. A failure of the database itself throws StoreError (common/store/store_error.hpp).

/// Accounts, session secrets, API keys. Writer and reader: notifier.
class AccountStore {
public:
    virtual ~AccountStore() = default;
    /// Inserts an anonymous account with its first session secret (given as SHA-256).
    virtual Account createAnonymous(std::string_view publicId, std::string_view sessionHash, TimeMs now) = 0;
    virtual std::optional<Account> findBySession(std::string_view sessionHash) = 0;
    virtual std::optional<Account> findByKey(std::string_view keyHash) = 0;
    virtual std::optional<Account> find(AccountId account) = 0;
    /// Adds a key; its account is made with it. False when a key of this name is live.
    virtual bool addKey(std::string_view name, std::string_view publicId, std::string_view keyHash, bool admin,
                        TimeMs now) = 0;
    virtual std::vector<ApiKey> listKeys() = 0;
    /// The account whose key was revoked; nothing when no live key has this name. Alerts stay.
    virtual std::optional<AccountId> revokeKey(std::string_view name, TimeMs now) = 0;
    /// Raises the account's mark (max wins, never over `seq`) and returns it.
    virtual std::int64_t ack(AccountId account, std::int64_t seq) = 0;
    /// Marks an anonymous account as connected (nothing) or since when it is not, on the notifier's running clock.
    virtual void setDetached(AccountId account, std::optional<std::int64_t> runningMs) = 0;
    /// After a crash: every account still marked connected counts as detached from now on.
    virtual void detachAll(std::int64_t runningMs) = 0;
    /// The notifier's running clock: total milliseconds a notifier has run on this database.
    virtual std::int64_t runningMs() = 0;
    virtual void setRunningMs(std::int64_t runningMs) = 0;
    /// Removes up to `limit` anonymous accounts detached before this, with all they own; their alerts enter the change
    /// log. Accounts with an enabled webhook stay.
    virtual std::int64_t removeDetachedBefore(std::int64_t runningMs, std::int64_t limit) = 0;
};

/// Selects alerts of one account.
struct AlertFilter {
    std::optional<Symbol> symbol = {};
    std::optional<AlertStatus> status = {};  ///< as shown, see shownStatus
    std::int64_t afterId = 0;                ///< cursor: alerts younger than this row
    std::int64_t limit = 100;
};

/// Alert definitions, joined with ingestion's state on reading. Writer: notifier. Each writing method appends to the
/// change log that ingestion follows.
class AlertStore {
public:
    virtual ~AlertStore() = default;
    virtual AlertId insert(AlertDefinition const& alert) = 0;
    /// Stores condition, mode, cooldown, expires, note, channels, rev, liveFromRev of an existing row.
    virtual void update(AlertDefinition const& alert) = 0;
    virtual void remove(AlertId alert) = 0;
    virtual std::optional<AlertRecord> find(AccountId account, std::string_view publicId) = 0;
    virtual std::optional<AlertRecord> findByKey(AccountId account, std::string_view key) = 0;
    /// The keyless alert with the same symbol, canonical condition, mode and cooldown that has not ended.
    virtual std::optional<AlertRecord> findTwin(AlertDefinition const& alert) = 0;
    virtual std::vector<AlertRecord> list(AccountId account, AlertFilter const& filter, TimeMs now) = 0;
    /// How many match symbol and status, cursor and limit aside.
    virtual std::int64_t count(AccountId account, AlertFilter const& filter, TimeMs now) = 0;
    /// Alerts that count against the limit: neither done nor expired.
    virtual std::int64_t countLive(AccountId account) = 0;
    /// Deletes alerts that ended before `before`.
    virtual std::int64_t removeEndedBefore(TimeMs before, std::int64_t limit) = 0;
};

/// Durable events and the alert_state log. Writer: ingestion (inside StepStore). Reader and deleter: notifier.
class EventStore {
public:
    virtual ~EventStore() = default;
    /// Events of all accounts in order of commit, after this cursor.
    virtual std::vector<Event> tail(std::int64_t afterId, std::int64_t limit) = 0;
    virtual std::int64_t newestId() = 0;
    /// One account's events with seq > after and <= upTo, ascending.
    virtual std::vector<Event> replay(AccountId account, std::int64_t after, std::int64_t upTo, std::int64_t limit) = 0;
    /// One alert's notifications with fire > after, ascending.
    virtual std::vector<Event> fires(AlertId alert, std::int64_t after, std::int64_t limit) = 0;
    /// How many of these have `push` among their channels.
    virtual std::int64_t countPushed(AccountId account, std::int64_t after, std::int64_t upTo) = 0;
    /// Smallest seq still stored; nothing when none is.
    virtual std::optional<std::int64_t> oldestSeq(AccountId account) = 0;
    virtual std::int64_t removeBefore(TimeMs before, std::int64_t limit) = 0;

    virtual std::vector<AlertStateChange> stateTail(std::int64_t afterId, std::int64_t limit) = 0;
    virtual std::int64_t newestStateId() = 0;
    virtual void removeStatesUpTo(std::int64_t id) = 0;
};

/// What a reader compares to know which market facts are news.
struct MarketVersions {
    TimeMs lifeSign = 0;
    std::int64_t symbols = 0;
    std::int64_t prices = 0;
    std::int64_t feeds = 0;
};

/// Market facts shown to clients. Writer: ingestion; reader: notifier.
class MarketStore {
public:
    virtual ~MarketStore() = default;
    /// Replaces the exchange's symbol list; symbols that vanished become Unlisted. Where trading halts or goes on,
    /// `halted` and `armed` of the alerts concerned enter the alert_state log, dated `now`.
    virtual void replaceSymbols(std::span<SymbolInfo const> symbols, TimeMs now) = 0;
    virtual std::vector<SymbolInfo> symbols() = 0;
    /// Grows with every replaceSymbols; 0 = no list was ever stored.
    virtual std::int64_t symbolsVersion() = 0;
    virtual std::vector<PriceRecord> pricesAfter(std::int64_t version) = 0;
    virtual std::optional<PriceRecord> price(std::string_view symbol) = 0;
    virtual void setFeed(FeedRecord const& feed) = 0;
    virtual void removeFeed(std::string_view symbol) = 0;
    /// Of every followed symbol.
    virtual std::vector<FeedRecord> feeds() = 0;
    /// Ingestion's life sign (spec section 3, `ingestion_down`); 0 = never.
    virtual void setLifeSign(TimeMs now) = 0;
    virtual TimeMs lifeSign() = 0;
    virtual MarketVersions versions() = 0;
    /// Stores these rows; symbols that are not `followed` lose theirs.
    virtual void writeHealth(std::span<SymbolHealth const> rows, std::span<Symbol const> followed) = 0;
    /// By symbol.
    virtual std::vector<SymbolHealth> health() = 0;
};

/// Candles of followed symbols. Writer: ingestion, the running ones inside StepStore; reader: both. The rows of a
/// symbol do not overlap: recent ones are minutes, older ones hours, the oldest days. A span without rows was not
/// followed.
class CandleStore {
public:
    virtual ~CandleStore() = default;
    /// Rows with from <= openTime < to, ascending, at most `limit`. For the next page, go on at the last one's
    /// endTime().
    virtual std::vector<Candle> range(std::string_view symbol, TimeMs from, TimeMs to, std::int64_t limit) = 0;
    /// The newest row that opens before `before`: whose close an empty interval repeats.
    virtual std::optional<Candle> lastBefore(std::string_view symbol, TimeMs before) = 0;
    /// How many rows range() has without a limit.
    virtual std::int64_t count(std::string_view symbol, TimeMs from, TimeMs to) = 0;
    /// The first symbol with candles behind this one in byte order; start with "".
    virtual std::optional<Symbol> symbolAfter(std::string_view symbol) = 0;

    /// Stores the exchange's own candles where neither a complete nor a longer one is stored.
    virtual void fill(std::string_view symbol, std::span<Candle const> candles) = 0;
    /// Start of the oldest row of this length that opens before `before`, provided that no coarser one is newer.
    virtual std::optional<TimeMs> oldestOf(std::string_view symbol, DurationMs length, TimeMs before) = 0;
    /// Replaces all rows inside this span by one, which is whole only if they cover it.
    virtual void merge(std::string_view symbol, TimeMs openTime, DurationMs length) = 0;
    /// Candles, closes and ranks belong to one exchange: those of another are deleted. True if any were.
    virtual bool adoptExchange(std::string_view url) = 0;
};

/// Minute closes of all pairs, and ranks computed from them or from candles. Writer: ingestion; reader: both.
class RankStore {
public:
    virtual ~RankStore() = default;
    virtual void addCloses(std::span<MinuteClose const> closes) = 0;
    /// All closes of minutes with from <= minute < to, by minute.
    virtual void forEachClose(TimeMs from, TimeMs to, std::function<void(MinuteClose const&)> const& visit) = 0;
    /// Deletes at most `limit` of the oldest closes before this; how many.
    virtual std::int64_t removeClosesBefore(TimeMs before, std::int64_t limit) = 0;

    /// The ranking that was published last; nothing before the first.
    virtual std::optional<RankRun> latest(RankMetric metric, DurationMs window) = 0;
    /// Its rows by rank, equal ones by symbol.
    virtual std::vector<RankRow> list(RankRun const& run, std::int64_t offset, std::int64_t limit) = 0;
    virtual std::optional<RankRow> find(RankRun const& run, std::string_view symbol) = 0;
    /// Adds rows of a run that is not published yet.
    virtual void addRows(RankRun const& run, std::span<RankRow const> rows) = 0;
    /// Makes a run whose rows are all there the latest.
    virtual void publish(RankRun const& run) = 0;
    /// Deletes at most `limit` rows of runs below this one (reading the one before the latest may still be going on);
    /// how many.
    virtual std::int64_t removeRunsBefore(RankMetric metric, DurationMs window, std::int64_t run,
                                          std::int64_t limit) = 0;
};

/// Leases of watched symbols. Writer: notifier; reader and deleter of what lapsed: ingestion.
class WatchStore {
public:
    virtual ~WatchStore() = default;
    virtual void renew(std::span<Symbol const> symbols, TimeMs until) = 0;
    virtual void release(std::span<Symbol const> symbols) = 0;
    virtual std::vector<Symbol> watched(TimeMs now) = 0;
    virtual void removeLapsed(TimeMs now) = 0;
};

/// Demand as ingestion reads it.
class DemandStore {
public:
    virtual ~DemandStore() = default;
    virtual std::vector<DemandChange> changesAfter(std::int64_t id, std::int64_t limit) = 0;
    virtual std::int64_t newestChangeId() = 0;
    virtual void removeChangesUpTo(std::int64_t id) = 0;
    virtual std::optional<AlertRecord> load(AlertId alert) = 0;
    /// Up to `limit` alerts that are not ended, by age, behind this one; start with 0. Each page is a transaction of
    /// its own: what changes between two of them stands in the change log.
    virtual std::vector<AlertRecord> livePage(AlertId after, std::int64_t limit) = 0;
    /// The same rows, but only what tells whether judging holds what it should.
    virtual std::vector<DemandRow> demandPage(AlertId after, std::int64_t limit) = 0;
    /// Every alert that is not ended, by age.
    virtual void forEachLive(std::function<void(AlertRecord&&)> const& visit) = 0;
    virtual void forEachLiveOf(std::string_view symbol, std::function<void(AlertRecord&&)> const& visit) = 0;
    virtual std::vector<Position> positions() = 0;
    virtual std::optional<Position> position(std::string_view symbol) = 0;
    /// What windowed alerts look back on; of all symbols without one. By symbol, kind.
    virtual std::vector<StoredPast> pasts(std::optional<std::string_view> symbol) = 0;
};

/// Commits what judging decided. Writer: ingestion.
class StepStore {
public:
    virtual ~StepStore() = default;
    /// Applies a step inside the running transaction. Throws StoreError{Conflict} when a position, or the
    /// `expires` of an alert that ends by it, is not as expected.
    virtual StepOutcome apply(Step const& step) = 0;
};

/// One open connection with all roles. Made by openDatabase; owned by one thread.
class Database {
public:
    virtual ~Database() = default;

    virtual AccountStore& accounts() = 0;
    virtual AlertStore& alerts() = 0;
    virtual EventStore& events() = 0;
    virtual MarketStore& market() = 0;
    virtual CandleStore& candles() = 0;
    virtual RankStore& ranks() = 0;
    virtual WatchStore& watches() = 0;
    virtual DemandStore& demand() = 0;
    virtual StepStore& steps() = 0;
    virtual WebhookStore& webhooks() = 0;
    virtual DeliveryStore& deliveries() = 0;
    virtual EmailStore& emails() = 0;
    virtual PreviewStore& previews() = 0;

    /// Random id of this database's life; new when one is created or restored.
    virtual std::string epoch() = 0;

    /// Begins a view that does not change while other connections commit; rollback() ends it.
    virtual void beginRead() = 0;
    /// Another number whenever another connection has committed; costs a look at shared memory.
    virtual std::int64_t dataVersion() = 0;

    // Transactions: used by StoreThread only.
    virtual void begin() = 0;
    virtual void commit() = 0;    ///< durable when it returns
    virtual void rollback() = 0;  ///< also when the database has dissolved the transaction by itself
    virtual void savepoint() = 0;
    virtual void releaseSavepoint() = 0;
    virtual void rollbackToSavepoint() = 0;
    /// False after an error by which the database ended the transaction on its own (disk full, I/O).
    virtual bool inTransaction() = 0;
    /// Drops and reopens the connection: after a failed fsync nothing it says can be believed.
    virtual void reopen() = 0;
    /// Moves what the log holds into the database as far as readers allow; `truncate` also shrinks the log.
    virtual void checkpoint(bool truncate) = 0;
};

}  // namespace common
