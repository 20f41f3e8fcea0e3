#include "common/core/wide.hpp"

#include "common/core/decimal.hpp"

#include <algorithm>

namespace common {
namespace {

constexpr std::size_t kWholeDigitsMax = 26;

}  // namespace

std::string wideText(Wide units) {
    std::string text;
    auto rest = units;
    for (int digit = 0; digit <= Decimal::kFractionDigits || rest != 0; ++digit) {
        if (digit == Decimal::kFractionDigits) text += '.';
        text += static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    }
    std::ranges::reverse(text);
    return text;
}

std::optional<Wide> parseWide(std::string_view text) {
    auto const point = std::min(text.find('.'), text.size());
    if (point == 0 || point > kWholeDigitsMax) return {};
    Wide whole = 0;
    for (char const c : text.substr(0, point)) {
        if (c < '0' || c > '9') return {};
        whole = whole * 10 + (c - '0');
    }
    if (point == text.size()) return whole * Decimal::kUnitsPerOne;
    auto const fraction = Decimal::parse("0" + std::string(text.substr(point)));
    if (!fraction) return {};
    return whole * Decimal::kUnitsPerOne + fraction->units();
}

}  // namespace common
