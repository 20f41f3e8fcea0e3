#include "notifier/api/symbol_directory.hpp"

#include "common/core/nearest.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;
using common::SymbolInfo;
using common::SymbolStatus;

// The exchange's own names stay far below; what is longer is no mistyped symbol and is not echoed.
constexpr std::size_t kSymbolBytesMax = 64;

bool carriesData(SymbolStatus status) {
    return status != SymbolStatus::Break && status != SymbolStatus::Unlisted;
}

}  // namespace

std::optional<SymbolList> readSymbols(common::Database& database, std::int64_t known) {
    auto const version = database.market().symbolsVersion();
    if (version == known) return {};
    return SymbolList{version, database.market().symbols()};
}

void SymbolDirectory::replace(SymbolList list) {
    version_ = list.version;
    symbols_ = std::move(list.symbols);
    std::ranges::sort(symbols_, {}, &SymbolInfo::symbol);
    names_.clear();
    // BTCUSD is as near to BTCUSDT as to BTCUSDC; of equals the first one is suggested.
    for (bool const usdt : {true, false})
        for (auto const& info : symbols_)
            if (carriesData(info.status) && (info.quote == "USDT") == usdt) names_.push_back(info.symbol);
}

SymbolInfo const* SymbolDirectory::find(std::string_view upper) const {
    auto const row = std::ranges::lower_bound(symbols_, upper, {}, &SymbolInfo::symbol);
    return row == symbols_.end() || row->symbol != upper ? nullptr : &*row;
}

common::Result<common::Symbol> SymbolDirectory::resolve(std::string_view given, std::string_view field) const {
    if (!loaded()) return fail(ErrorCode::Busy, "the symbol list is not loaded yet", std::string(field));
    if (given.size() > kSymbolBytesMax) return fail(ErrorCode::UnknownSymbol, "unknown symbol", std::string(field));
    auto upper = common::upperSymbol(given);
    auto const* const info = find(upper);
    if (info == nullptr) {
        auto message = fmt::format("unknown symbol \"{}\"", upper);
        if (auto const meant = common::nearest(upper, names_)) message += fmt::format("; did you mean {}?", *meant);
        return fail(ErrorCode::UnknownSymbol, std::move(message), std::string(field));
    }
    if (!carriesData(info->status))
        return fail(ErrorCode::SymbolNotTrading,
                    fmt::format("{} is not trading (status {})", upper, common::symbolStatusText(info->status)),
                    std::string(field));
    return upper;
}

}  // namespace notifier
