#include "common/runtime/address.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace common {
namespace {

constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/// Digits only, without leading zeros, not above `max`.
std::optional<unsigned> parseNumber(std::string_view text, unsigned max) {
    unsigned value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value > max) return {};
    if (text.size() > 1 && text.front() == '0') return {};
    return value;
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isLetterOrDigit(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isLabel(std::string_view label) {
    auto const allowed = [](char c) { return isLetterOrDigit(c) || c == '-'; };
    return !label.empty() && label.size() <= kLabelBytesMax && std::ranges::all_of(label, allowed) &&
           label.front() != '-' && label.back() != '-';
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    std::string const terminated(text);
    // inet_pton stops at a NUL; what follows it must not pass unread.
    if (terminated.find('\0') != std::string::npos) return {};
    std::array<std::uint8_t, 4> four{};
    if (inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) return fromBytes(four);
    std::array<std::uint8_t, 16> sixteen{};
    if (inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1) return fromBytes(sixteen);
    return {};
}

IpAddress IpAddress::fromBytes(std::array<std::uint8_t, 4> const& bytes) {
    IpAddress address;
    std::ranges::copy(bytes, address.bytes_.begin());
    return address;
}

IpAddress IpAddress::fromBytes(std::array<std::uint8_t, 16> const& bytes) {
    IpAddress address;
    if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
        std::copy_n(bytes.begin() + kMappedPrefix.size(), 4, address.bytes_.begin());
        return address;
    }
    address.bytes_ = bytes;
    address.v4_ = false;
    return address;
}

bool IpAddress::isLoopback() const {
    if (v4_) return bytes_[0] == 127;
    std::array<std::uint8_t, 16> one{};
    one.back() = 1;
    return bytes_ == one;
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), buffer.data(), buffer.size());
    return buffer.data();
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
    auto const slash = text.find('/');
    auto const base = IpAddress::parse(text.substr(0, slash));
    if (!base) return {};
    auto const bitsMax = static_cast<unsigned>(base->bytes().size() * 8);
    // A mapped address shrank to 4 bytes, so a prefix length counted in 128 bits would mean something else.
    if (base->isV4() && text.find(':') != std::string_view::npos) return {};
    Cidr range;
    range.base_ = *base;
    range.bits_ = bitsMax;
    if (slash != std::string_view::npos) {
        auto const bits = parseNumber(text.substr(slash + 1), bitsMax);
        if (!bits) return {};
        range.bits_ = *bits;
    }
    for (unsigned bit = range.bits_; bit < bitsMax; ++bit)
        if ((base->bytes()[bit / 8] >> (7 - bit % 8) & 1) != 0) return {};
    return range;
}

bool Cidr::contains(IpAddress const& address) const {
    if (address.isV4() != base_.isV4()) return false;
    auto const ours = base_.bytes();
    auto const theirs = address.bytes();
    auto const whole = bits_ / 8;
    if (!std::equal(ours.begin(), ours.begin() + whole, theirs.begin())) return false;
    auto const rest = bits_ % 8;
    return rest == 0 || (ours[whole] ^ theirs[whole]) >> (8 - rest) == 0;
}

std::string Cidr::text() const {
    return fmt::format("{}/{}", base_.text(), bits_);
}

std::expected<CidrList, std::string> parseCidrList(std::string_view text) {
    CidrList list;
    while (!text.empty()) {
        auto const comma = text.find(',');
        auto const entry = text.substr(0, comma);
        auto const range = Cidr::parse(entry);
        if (!range) return std::unexpected(fmt::format("\"{}\" is not an address range such as 10.0.0.0/8", entry));
        list.push_back(*range);
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
        if (text.empty()) return std::unexpected("ends with a comma");
    }
    return list;
}

bool contains(CidrList const& ranges, IpAddress const& address) {
    return std::ranges::any_of(ranges, [&](Cidr const& range) { return range.contains(address); });
}

std::expected<HostPort, std::string> HostPort::parse(std::string_view text) {
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::unexpected("must be HOST:PORT");
    auto host = text.substr(0, colon);
    auto const port = parseNumber(text.substr(colon + 1), 65'535);
    if (!port) return std::unexpected("must end with a port from 0 to 65535");
    bool const bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    bool const hasColon = host.find(':') != std::string_view::npos;
    if (hasColon != bracketed) return std::unexpected("must have an IPv6 address, and only that, in brackets");
    if (!IpAddress::parse(host) && !isHostName(host)) return std::unexpected("must name a host or an address");
    return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string HostPort::text() const {
    bool const isV6 = host.find(':') != std::string::npos;
    return isV6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool isHostName(std::string_view text) {
    if (text.empty() || text.size() > kHostBytesMax) return false;
    std::string_view last;
    while (true) {
        auto const dot = text.find('.');
        last = text.substr(0, dot);
        if (!isLabel(last)) return false;
        if (dot == std::string_view::npos) break;
        text.remove_prefix(dot + 1);
    }
    // `127.1`, `2130706433` and `0x7f.1` are addresses to some resolvers.
    bool const hex = last.starts_with("0x") || last.starts_with("0X");
    return !hex && !std::ranges::all_of(last, isDigit);
}

}  // namespace common
