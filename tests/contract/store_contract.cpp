#include "tests/contract/store_contract.hpp"

#include <filesystem>
#include <stdexcept>

#include <stdlib.h>

namespace contract {
namespace {

namespace fs = std::filesystem;

class SqlitePlace final : public Place {
public:
    SqlitePlace() {
        auto pattern = (fs::temp_directory_path() / "tickbell-contract-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
        directory_ = pattern;
    }
    ~SqlitePlace() override { fs::remove_all(directory_); }
    std::string url() const override { return "sqlite:" + (directory_ / "tickbell.db").string(); }

private:
    fs::path directory_;
};

}  // namespace

std::vector<StoreUnderTest> storesUnderTest() {
    return {{"Sqlite", [] { return std::make_unique<SqlitePlace>(); }}};
}

std::string storeName(::testing::TestParamInfo<StoreUnderTest> const& info) {
    return info.param.name;
}

common::AccountId StoreContract::addAccount(std::string_view publicId, std::string_view session) {
    return committed(*notifier, [&] { return notifier->accounts().createAnonymous(publicId, session, 1).id; });
}

common::AlertDefinition StoreContract::addAlert(common::AccountId account, std::string_view publicId,
                                                std::function<void(common::AlertDefinition&)> const& edit) {
    common::AlertDefinition alert;
    alert.publicId = publicId;
    alert.account = account;
    alert.symbol = "BTCUSDT";
    alert.condition = {.kind = common::ConditionKind::Above, .price = *common::Decimal::parse("70000")};
    alert.created = 100;
    if (edit) edit(alert);
    alert.id = committed(*notifier, [&] { return notifier->alerts().insert(alert); });
    return alert;
}

void StoreContract::update(common::AlertDefinition const& alert) {
    committed(*notifier, [&] { notifier->alerts().update(alert); });
}

common::StepOutcome StoreContract::apply(common::Step const& step) {
    return committed(*ingestion, [&] { return ingestion->steps().apply(step); });
}

void StoreContract::arm(common::AlertDefinition const& alert) {
    common::Step step;
    step.now = 500;
    step.arms.push_back(armWrite(alert));
    ASSERT_EQ(apply(step).dropped, 0);
}

std::optional<common::AlertRecord> StoreContract::stored(common::AlertId alert) {
    return notifier->demand().load(alert);
}

std::vector<common::Event> StoreContract::events() {
    return notifier->events().tail(0, 1'000'000);
}

std::vector<common::DemandChange> StoreContract::changes() {
    return ingestion->demand().changesAfter(0, 1'000'000);
}

common::StateWrite armWrite(common::AlertDefinition const& alert) {
    common::StateWrite write;
    write.alert = alert.id;
    write.rev = alert.rev;
    write.status = common::AlertStatus::Armed;
    write.fromTradeId = 1;
    write.announce = true;
    return write;
}

common::Fire fireAt(common::AlertDefinition const& alert, std::int64_t tradeId) {
    common::Fire fire;
    fire.alert = alert.id;
    fire.rev = alert.rev;
    fire.level = common::Decimal::parse("70000");
    fire.trade.id = tradeId;
    fire.trade.price = *common::ExactDecimal::parse("70000.01000000");
    fire.trade.qty = *common::ExactDecimal::parse("0.00120000");
    fire.trade.time = 900 + tradeId;
    fire.trade.received = 950 + tradeId;
    fire.eventTime = 1'000 + tradeId;
    return fire;
}

common::Notification const& notificationOf(common::Event const& event) {
    return std::get<common::Notification>(event.body);
}

}  // namespace contract
