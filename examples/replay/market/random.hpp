#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace replay {

/// SplitMix64: one step of a well-mixed 64-bit hash. The same everywhere, unlike the library's distributions.
constexpr std::uint64_t mix(std::uint64_t value) {
    value += 0x9E37'79B9'7F4A'7C15U;
    value = (value ^ (value >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D0'49BB'1331'11EBU;
    return value ^ (value >> 31U);
}

constexpr std::uint64_t hashText(std::string_view text) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325U;
    for (char const c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3U;
    return mix(hash);
}

/// Maps a hash to [0, 1).
constexpr double unitInterval(std::uint64_t hash) {
    return static_cast<double>(hash >> 11U) * 0x1.0p-53;
}

/// A small seeded generator whose sequence is part of the synthetic market's contract.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    double uniform() { return unitInterval(next()); }
    /// About normal(0, 1), by Box and Muller.
    double normal() {
        double const radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

private:
    std::uint64_t next() { return mix(state_++); }
    std::uint64_t state_;
};

}  // namespace replay
