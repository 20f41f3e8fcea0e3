#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common {

/// An exact, non-negative decimal with at most 8 digits after the point: an int64 count of 1e-8.
/// Holds every price and single quantity of the exchange (binance-facts section 4), but neither 24 h volumes nor
/// price x quantity: sums and products use __int128. Never passes through a binary float.
class Decimal {
public:
    static constexpr int kFractionDigits = 8;
    static constexpr std::int64_t kUnitsPerOne = 100'000'000;

    constexpr Decimal() = default;
    static constexpr Decimal fromUnits(std::int64_t units) {
        Decimal d;
        d.units_ = units;
        return d;
    }
    /// `70000`, `0.5`, `007.10`: digits, optionally a point and 1 to 8 digits. Nothing for a sign, an exponent,
    /// blanks, a bare point, more than 8 decimals (zeros included) or a value over 92,233,720,368.54775807.
    static std::optional<Decimal> parse(std::string_view text);

    constexpr std::int64_t units() const { return units_; }
    constexpr bool isZero() const { return units_ == 0; }
    /// Shortest exact form: `70000`, `0.1`.
    std::string text() const;
    /// With exactly this many decimals (0-8), as the exchange wrote it; digits beyond must be zero.
    std::string text(int decimals) const;

    constexpr auto operator<=>(Decimal const&) const = default;

private:
    std::int64_t units_ = 0;
};

/// A decimal and how many digits after the point its source wrote, so that it prints back as it came.
struct ExactDecimal {
    Decimal value;
    std::uint8_t decimals = 8;

    static std::optional<ExactDecimal> parse(std::string_view text);
    std::string text() const { return value.text(decimals); }
    bool operator==(ExactDecimal const&) const = default;
};

}  // namespace common
