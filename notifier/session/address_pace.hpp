#pragma once

#include "common/runtime/address.hpp"
#include "notifier/protocol/limits.hpp"

#include <cstdint>
#include <optional>

namespace notifier {

/// Whom an address belongs to: an IPv6 customer has a whole /64, so that counts as one.
common::IpAddress customerOf(common::IpAddress const& address);

/// How many HTTP requests an address may make, whoever they say they are: what an account may do is limited by itself,
/// but a stranger has none, and a wrong key costs a look into the store. This machine is exempt. Pure.
class AddressPace {
public:
    explicit AddressPace(CommandBucket::Limits limits) : pace_(limits) {}

    /// Takes one; when there is none, says in how many milliseconds there will be. `nowMs` is monotonic.
    std::optional<common::DurationMs> take(common::IpAddress const& address, std::int64_t nowMs);

private:
    Pace<common::IpAddress> pace_;
};

}  // namespace notifier
