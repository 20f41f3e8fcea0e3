#pragma once

#include "common/core/decimal.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace ingestion::binance {

/// Walks a text whose form is known in advance. Each step takes what it expects or says false; after a false the
/// cursor is of no further use and the caller reads the text another way.
class TextCursor {
public:
    explicit TextCursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    template <std::size_t N>
    bool skip(char const (&literal)[N]) {
        constexpr std::size_t size = N - 1;
        if (left() < size || std::memcmp(at_, literal, size) != 0) return false;
        at_ += size;
        return true;
    }
    bool atEnd() const { return at_ == end_; }

    /// Printable ASCII up to a quote, which is taken too. Escapes and other bytes are for the JSON parser.
    bool quoted(std::string_view& text) {
        char const* const begin = at_;
        while (at_ != end_ && *at_ != '"') {
            // Signed on purpose: bytes of 0x80 and above are negative, on every platform.
            if (static_cast<signed char>(*at_) < 0x20 || *at_ == '\\') return false;
            ++at_;
        }
        if (at_ == end_) return false;
        text = {begin, static_cast<std::size_t>(at_ - begin)};
        ++at_;
        return true;
    }

    /// A JSON integer of at most 18 digits without sign.
    bool integer(std::int64_t& value) {
        char const* const begin = at_;
        std::uint64_t digits = 0;
        if (left() >= kBlock && eightDigits(at_, digits)) at_ += kBlock;
        while (at_ != end_ && isDigit(*at_)) {
            if (at_ - begin == kDigitsMax) return false;
            digits = digits * 10 + digit(*at_++);
        }
        auto const count = at_ - begin;
        if (count == 0 || (count > 1 && *begin == '0')) return false;
        value = static_cast<std::int64_t>(digits);
        return true;
    }

    /// A decimal as ExactDecimal::parse takes it, at most 18 digits when written with 8 decimals, and its end quote.
    bool decimalQuoted(common::ExactDecimal& value) {
        char const* const begin = at_;
        std::uint64_t units = 0;
        while (at_ != end_ && isDigit(*at_)) {
            if (at_ - begin == kDigitsMax - common::Decimal::kFractionDigits) return false;
            units = units * 10 + digit(*at_++);
        }
        if (at_ == begin || at_ == end_) return false;
        unsigned decimals = 0;
        if (*at_ == '.') {
            ++at_;
            std::uint64_t fraction = 0;
            if (left() > kBlock && eightDigits(at_, fraction)) {
                at_ += kBlock;
                decimals = kBlock;
            } else {
                while (at_ != end_ && isDigit(*at_)) {
                    if (++decimals > kBlock) return false;
                    fraction = fraction * 10 + digit(*at_++);
                }
                if (decimals == 0) return false;
            }
            units = units * kPowers[decimals] + fraction;
        }
        if (at_ == end_ || *at_ != '"') return false;
        ++at_;
        units *= kPowers[kBlock - decimals];
        value = {common::Decimal::fromUnits(static_cast<std::int64_t>(units)), static_cast<std::uint8_t>(decimals)};
        return true;
    }

    bool boolean(bool& value) {
        if (skip("true")) return value = true, true;
        if (skip("false")) return value = false, true;
        return false;
    }

private:
    static constexpr std::size_t kBlock = 8;
    static constexpr std::ptrdiff_t kDigitsMax = 18;  // any 18 digits fit an int64
    static constexpr std::array<std::uint64_t, 9> kPowers{1,       10,        100,        1'000,      10'000,
                                                          100'000, 1'000'000, 10'000'000, 100'000'000};
    static_assert(std::endian::native == std::endian::little, "eightDigits reads a little-endian word");

    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    static bool isDigit(char c) { return c >= '0' && c <= '9'; }
    static unsigned digit(char c) { return static_cast<unsigned>(c - '0'); }

    /// Eight digits at once: pairs, fours and eights are added up within one 64-bit word.
    static bool eightDigits(char const* at, std::uint64_t& value) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, kBlock);
        constexpr std::uint64_t kHigh = 0xF0F0F0F0F0F0F0F0U;
        constexpr std::uint64_t kZeros = 0x3030303030303030U;
        // A byte is a digit when its high half is 3 and stays 3 after adding 6.
        if ((word & kHigh) != kZeros || ((word + 0x0606060606060606U) & kHigh) != kZeros) return false;
        word -= kZeros;
        word = (word * 10 + (word >> 8)) & 0x00FF00FF00FF00FFU;
        word = (word * 100 + (word >> 16)) & 0x0000FFFF0000FFFFU;
        value = (word * 10'000 + (word >> 32)) & 0xFFFFFFFFU;
        return true;
    }

    char const* at_;
    char const* end_;
};

}  // namespace ingestion::binance
