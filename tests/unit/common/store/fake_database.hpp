#pragma once

#include "common/store/store_error.hpp"
#include "common/store/stores.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace store_test {

/// What a fake database goes through, seen by the test's thread while the store thread works.
struct FakeState {
    enum class Operation : std::uint8_t { Begin, Commit, Rollback, Reopen, Insert };
    struct Fault {
        common::StoreFailure failure;
        int after = 0;           ///< calls of this operation that still succeed
        int times = 1;           ///< calls that fail then
        bool dissolves = false;  ///< the transaction ends with the error, as SQLite does on a full disk
    };

    std::mutex mutex;
    std::map<Operation, Fault> faults;
    std::vector<std::string> committed;
    std::vector<std::string> log;  ///< begin, commit, rollback, reopen in order
    int reopened = 0;
};

/// Rows of text with transactions and one level of savepoints; no roles.
class FakeDatabase final : public common::Database {
public:
    explicit FakeDatabase(FakeState& state) : state_(state) {}

    /// What a job writes.
    void insert(std::string const& row);
    std::vector<std::string> rows() const;
    static FakeDatabase& of(common::Database& database) { return dynamic_cast<FakeDatabase&>(database); }

    common::AccountStore& accounts() override { noRoles(); }
    common::AlertStore& alerts() override { noRoles(); }
    common::EventStore& events() override { noRoles(); }
    common::MarketStore& market() override { noRoles(); }
    common::CandleStore& candles() override { noRoles(); }
    common::RankStore& ranks() override { noRoles(); }
    common::WatchStore& watches() override { noRoles(); }
    common::DemandStore& demand() override { noRoles(); }
    common::StepStore& steps() override { noRoles(); }
    common::WebhookStore& webhooks() override { noRoles(); }
    common::DeliveryStore& deliveries() override { noRoles(); }
    common::EmailStore& emails() override { noRoles(); }
    common::PreviewStore& previews() override { noRoles(); }
    std::string epoch() override { return "fake"; }

    void beginRead() override {}
    std::int64_t dataVersion() override { return 0; }
    void begin() override;
    void commit() override;
    void rollback() override;
    void savepoint() override;
    void releaseSavepoint() override;
    void rollbackToSavepoint() override;
    bool inTransaction() override { return pending_.has_value(); }
    void reopen() override;
    void checkpoint(bool) override {}

private:
    [[noreturn]] static void noRoles();
    void meet(FakeState::Operation operation);

    FakeState& state_;
    std::optional<std::vector<std::string>> pending_;
    std::optional<std::size_t> savepoint_;
    bool broken_ = false;
};

}  // namespace store_test
