#pragma once

#include "common/store/open.hpp"
#include "common/store/sqlite/delivery_stores.hpp"
#include "common/store/sqlite/preview_store.hpp"
#include "common/store/sqlite/stores.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace common::sqlite {

/// All roles over one connection.
class SqliteDatabase final : public Database {
public:
    /// Opens, checks and migrates as common::openDatabase promises.
    SqliteDatabase(std::filesystem::path const& file, OpenOptions const& options);

    AccountStore& accounts() override { return accounts_; }
    AlertStore& alerts() override { return alerts_; }
    EventStore& events() override { return events_; }
    MarketStore& market() override { return market_; }
    CandleStore& candles() override { return candles_; }
    RankStore& ranks() override { return ranks_; }
    WatchStore& watches() override { return watches_; }
    DemandStore& demand() override { return demand_; }
    StepStore& steps() override { return steps_; }
    WebhookStore& webhooks() override { return webhooks_; }
    DeliveryStore& deliveries() override { return deliveries_; }
    EmailStore& emails() override { return emails_; }
    PreviewStore& previews() override { return previews_; }
    std::string epoch() override;

    void beginRead() override;
    std::int64_t dataVersion() override;
    void begin() override;
    void commit() override;
    void rollback() override;
    void savepoint() override;
    void releaseSavepoint() override;
    void rollbackToSavepoint() override;
    bool inTransaction() override;
    void reopen() override;
    void checkpoint(bool truncate) override;

    Connection& connection() { return connection_; }

private:
    Connection connection_;
    SqliteAccountStore accounts_{connection_};
    SqliteAlertStore alerts_{connection_};
    SqliteEventStore events_{connection_};
    SqliteMarketStore market_{connection_};
    SqliteCandleStore candles_{connection_};
    SqliteRankStore ranks_{connection_};
    SqliteWatchStore watches_{connection_};
    SqliteDemandStore demand_{connection_};
    SqliteStepStore steps_{connection_};
    SqliteWebhookStore webhooks_{connection_};
    SqliteEmailStore emails_{connection_};
    SqlitePreviewStore previews_{connection_};
    SqliteDeliveryStore deliveries_{connection_};
};

}  // namespace common::sqlite
