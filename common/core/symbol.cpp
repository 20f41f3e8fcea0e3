#include "common/core/symbol.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace common {
namespace {

constexpr std::array kStatusTexts{
    std::pair{SymbolStatus::Trading, std::string_view("TRADING")},
    std::pair{SymbolStatus::Halt, std::string_view("HALT")},
    std::pair{SymbolStatus::EndOfDay, std::string_view("END_OF_DAY")},
    std::pair{SymbolStatus::CancelOnly, std::string_view("CANCEL_ONLY")},
    std::pair{SymbolStatus::Break, std::string_view("BREAK")},
    std::pair{SymbolStatus::Unlisted, std::string_view("UNLISTED")},
};

}  // namespace

bool isHalted(SymbolStatus status) {
    return status == SymbolStatus::Halt || status == SymbolStatus::Break || status == SymbolStatus::Unlisted;
}

std::string_view symbolStatusText(SymbolStatus status) {
    return std::ranges::find(kStatusTexts, status, &decltype(kStatusTexts)::value_type::first)->second;
}

SymbolStatus parseSymbolStatus(std::string_view text) {
    auto const row = std::ranges::find(kStatusTexts, text, &decltype(kStatusTexts)::value_type::second);
    return row == kStatusTexts.end() ? SymbolStatus::Break : row->first;
}

}  // namespace common
