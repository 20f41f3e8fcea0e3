#include "notifier/session/admission.hpp"

#include "notifier/session/address_pace.hpp"

namespace notifier {
namespace {

constexpr std::size_t kFloodFactor = 2;  // connections that wait for their 429, as a multiple of the share

std::string_view trimmed(std::string_view text) {
    auto const from = text.find_first_not_of(" \t");
    if (from == text.npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

}  // namespace

common::IpAddress ProxyRule::client(common::IpAddress const& peer, std::string_view forwardedFor) const {
    auto nearest = peer;
    while (common::contains(trusted, nearest) && !forwardedFor.empty()) {
        auto const comma = forwardedFor.rfind(',');
        auto const entry = trimmed(comma == forwardedFor.npos ? forwardedFor : forwardedFor.substr(comma + 1));
        auto const address = common::IpAddress::parse(entry);
        if (!address) break;
        nearest = *address;
        forwardedFor = comma == forwardedFor.npos ? std::string_view() : forwardedFor.substr(0, comma);
    }
    return nearest;
}

common::IpAddress ConnectionCounter::group(common::IpAddress const& address) {
    return customerOf(address);
}

bool ConnectionCounter::enter(common::IpAddress const& address) {
    return ++open_[group(address)] <= perAddressMax_;
}

void ConnectionCounter::leave(common::IpAddress const& address) {
    auto const entry = open_.find(group(address));
    if (--entry->second == 0) open_.erase(entry);
}

bool ConnectionCounter::flooding(common::IpAddress const& address) const {
    auto const entry = open_.find(group(address));
    return entry != open_.end() && entry->second >= perAddressMax_ * kFloodFactor;
}

}  // namespace notifier
