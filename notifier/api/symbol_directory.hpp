#pragma once

#include "common/core/error.hpp"
#include "common/core/symbol.hpp"
#include "common/store/stores.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace notifier {

/// The exchange's symbol list as of one version, read from the store in one piece.
struct SymbolList {
    std::int64_t version = 0;
    std::vector<common::SymbolInfo> symbols;
};
/// The stored list, unless it is the one of `known`. On the store thread.
std::optional<SymbolList> readSymbols(common::Database& database, std::int64_t known);

/// The symbol list in memory, so that a command's symbol is judged without a look into the database. Network thread.
class SymbolDirectory {
public:
    /// Takes a newer list.
    void replace(SymbolList list);

    /// 0 = no list was ever stored.
    std::int64_t version() const { return version_; }
    bool loaded() const { return version_ != 0; }
    /// By symbol, ascending.
    std::span<common::SymbolInfo const> all() const { return symbols_; }
    common::SymbolInfo const* find(std::string_view upper) const;

    /// The symbol that a client means, in upper case, or why there can be no alert on it: 1104 with the nearest name,
    /// 1108 when it carries no market data, 1501 before any list is there.
    common::Result<common::Symbol> resolve(std::string_view given, std::string_view field) const;

private:
    std::int64_t version_ = 0;
    std::vector<common::SymbolInfo> symbols_;
    std::vector<common::Symbol> names_;  ///< what may be suggested, the likeliest quote asset first
};

}  // namespace notifier
