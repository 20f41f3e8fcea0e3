#include "common/core/decimal.hpp"

#include <array>
#include <limits>

namespace common {

std::optional<ExactDecimal> ExactDecimal::parse(std::string_view text) {
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::uint64_t units = 0;
    int decimals = -1;  // -1: before the point
    bool digitSeen = false;
    for (char const c : text) {
        if (c == '.') {
            if (decimals >= 0 || !digitSeen) return {};
            decimals = 0;
            continue;
        }
        auto const digit = static_cast<unsigned>(c - '0');
        if (digit > 9) return {};
        digitSeen = true;
        if (decimals >= 0) ++decimals;
        if (decimals > Decimal::kFractionDigits) return {};
        if (units > (kMax - digit) / 10) return {};
        units = units * 10 + digit;
    }
    if (!digitSeen || decimals == 0) return {};
    int const written = decimals < 0 ? 0 : decimals;
    for (int i = written; i < Decimal::kFractionDigits; ++i) {
        if (units > kMax / 10) return {};
        units *= 10;
    }
    return ExactDecimal{Decimal::fromUnits(static_cast<std::int64_t>(units)), static_cast<std::uint8_t>(written)};
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    auto const exact = ExactDecimal::parse(text);
    if (!exact) return {};
    return exact->value;
}

std::string Decimal::text() const {
    int decimals = kFractionDigits;
    std::int64_t rest = units_;
    while (decimals > 0 && rest % 10 == 0) {
        rest /= 10;
        --decimals;
    }
    return text(decimals);
}

std::string Decimal::text(int decimals) const {
    std::array<char, 24> buffer{};
    auto* const end = buffer.data() + buffer.size();
    auto* out = end;
    auto rest = static_cast<std::uint64_t>(units_);
    for (int i = kFractionDigits; i > decimals; --i)
        rest /= 10;
    for (int i = 0; i < decimals; ++i) {
        *--out = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    if (decimals > 0) *--out = '.';
    do {
        *--out = static_cast<char>('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    return {out, end};
}

}  // namespace common
