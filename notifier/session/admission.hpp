#pragma once

#include "common/runtime/address.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>

namespace notifier {

/// The address a connection counts under. Pure.
struct ProxyRule {
    common::CidrList trusted;

    /// `peer` itself, or behind a trusted proxy the nearest address in X-Forwarded-For that is no trusted proxy: what
    /// stands further left was written by the client and may be anything.
    common::IpAddress client(common::IpAddress const& peer, std::string_view forwardedFor) const;
};

/// Counts open connections per address: an IPv6 customer has a whole /64, so that counts as one. Pure.
class ConnectionCounter {
public:
    explicit ConnectionCounter(std::size_t perAddressMax) : perAddressMax_(perAddressMax) {}

    /// Counts one more; false when the address had its share already (it is counted all the same).
    bool enter(common::IpAddress const& address);
    void leave(common::IpAddress const& address);
    /// So far over its share that not even an answer is owed.
    bool flooding(common::IpAddress const& address) const;

private:
    static common::IpAddress group(common::IpAddress const& address);

    std::size_t perAddressMax_;
    std::map<common::IpAddress, std::size_t> open_;
};

}  // namespace notifier
