#pragma once

#include "common/core/decimal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace common {

/// Trading symbol, upper case (`BTCUSDT`). May hold non-ASCII UTF-8 (binance-facts section 1.2).
using Symbol = std::string;

/// ASCII letters to upper case; other bytes stay, since the exchange lists non-ASCII names as they are.
inline Symbol upperSymbol(std::string_view text) {
    Symbol upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

/// exchangeInfo `status`. Break carries no market data and is refused with 1108; Unlisted stands for a symbol that
/// was listed once and is gone.
enum class SymbolStatus : std::uint8_t { Trading, Halt, EndOfDay, CancelOnly, Break, Unlisted };

/// One row of the exchange's symbol list.
struct SymbolInfo {
    Symbol symbol;
    std::string base;
    std::string quote;
    SymbolStatus status = SymbolStatus::Trading;
    Decimal tickSize;  ///< 0 = the rule is off
    Decimal lotSize;   ///< 0 = the rule is off
    bool operator==(SymbolInfo const&) const = default;
};

/// No trades come: what waits for them waits longer.
bool isHalted(SymbolStatus status);
std::string_view symbolStatusText(SymbolStatus status);  ///< the exchange's word, such as `END_OF_DAY`
/// Unknown words count as Break: no data is promised for them.
SymbolStatus parseSymbolStatus(std::string_view text);

}  // namespace common
