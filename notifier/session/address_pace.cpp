#include "notifier/session/address_pace.hpp"

#include <algorithm>
#include <array>

namespace notifier {
namespace {

constexpr std::size_t kPrefixBytes = 8;  // a /64

}  // namespace

common::IpAddress customerOf(common::IpAddress const& address) {
    if (address.isV4()) return address;
    std::array<std::uint8_t, 16> prefix{};
    std::ranges::copy(address.bytes().first(kPrefixBytes), prefix.begin());
    return common::IpAddress::fromBytes(prefix);
}

std::optional<common::DurationMs> AddressPace::take(common::IpAddress const& address, std::int64_t nowMs) {
    if (address.isLoopback()) return {};
    return pace_.take(customerOf(address), nowMs);
}

}  // namespace notifier
