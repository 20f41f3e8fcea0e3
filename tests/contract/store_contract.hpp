#pragma once

#include "common/store/open.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace contract {

/// A fresh, empty database that is gone with this object.
class Place {
public:
    virtual ~Place() = default;
    virtual std::string url() const = 0;
};

/// One kind of store that the suite runs against.
struct StoreUnderTest {
    std::string name;
    std::function<std::unique_ptr<Place>()> make;
};
inline void PrintTo(StoreUnderTest const& store, std::ostream* out) {
    *out << store.name;
}

std::vector<StoreUnderTest> storesUnderTest();
std::string storeName(::testing::TestParamInfo<StoreUnderTest> const& info);

/// A database with the two connections that the programs have.
class StoreContract : public ::testing::TestWithParam<StoreUnderTest> {
protected:
    std::unique_ptr<Place> place = GetParam().make();
    std::unique_ptr<common::Database> notifier = common::openDatabase(place->url(), {});
    std::unique_ptr<common::Database> ingestion = common::openDatabase(place->url(), {});

    /// Runs `work` in a committed transaction of this connection.
    template <class F>
    static auto committed(common::Database& database, F work) {
        database.begin();
        if constexpr (std::is_void_v<decltype(work())>) {
            work();
            database.commit();
        } else {
            auto result = work();
            database.commit();
            return result;
        }
    }

    common::AccountId addAccount(std::string_view publicId = "acc_1", std::string_view session = "session-1");
    /// An alert `above 70000` on BTCUSDT, changed by `edit` before it is stored.
    common::AlertDefinition addAlert(common::AccountId account, std::string_view publicId,
                                     std::function<void(common::AlertDefinition&)> const& edit = {});
    void update(common::AlertDefinition const& alert);
    common::StepOutcome apply(common::Step const& step);
    /// Arms this alert's revision from trade 1.
    void arm(common::AlertDefinition const& alert);
    std::optional<common::AlertRecord> stored(common::AlertId alert);
    std::vector<common::Event> events();
    std::vector<common::DemandChange> changes();
};

common::StateWrite armWrite(common::AlertDefinition const& alert);
/// A firing of this alert's revision at a trade of 70000.01 with event time 1000 + id.
common::Fire fireAt(common::AlertDefinition const& alert, std::int64_t tradeId);
common::Notification const& notificationOf(common::Event const& event);

}  // namespace contract
