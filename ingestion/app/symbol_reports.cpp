#include "ingestion/app/symbol_reports.hpp"

#include <utility>

namespace ingestion {
namespace {

constexpr common::DurationMs kEveryMs = 2'000;

}  // namespace

void SymbolReports::onTimer(common::TimeMs mono) {
    if (writing_ || mono < dueAt_) return;
    dueAt_ = mono + kEveryMs;
    std::vector<common::SymbolHealth> changed;
    std::vector<common::Symbol> followed;
    std::unordered_map<common::Symbol, common::SymbolHealth> now;
    for (auto const& status : engine_.status()) {
        common::SymbolHealth row{.symbol = status.symbol,
                                 .lastId = status.lastId,
                                 .lastTradeTime = status.lastTradeTime,
                                 .alerts = static_cast<std::int64_t>(status.alerts),
                                 .gapsOpen = status.repairing ? 1 : 0,
                                 .repairedTrades = status.repaired,
                                 .at = 0};
        followed.push_back(row.symbol);
        auto const before = written_.find(row.symbol);
        if (before == written_.end() || before->second != row) {
            changed.push_back(row);
            changed.back().at = clock_.wallMs();
        }
        now.emplace(row.symbol, std::move(row));
    }
    if (changed.empty() && now.size() == written_.size() && !first_) return;
    writing_ = true;
    store_.write([changed = std::move(changed), followed = std::move(followed)](
                     common::Database& database) { database.market().writeHealth(changed, followed); },
                 [this, now = std::move(now)](common::StoreThread::Outcome<void> const& outcome) mutable {
                     writing_ = false;
                     if (!outcome) return;
                     written_ = std::move(now);
                     first_ = false;
                 });
}

}  // namespace ingestion
