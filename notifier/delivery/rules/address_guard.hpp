#pragma once

#include "common/runtime/address.hpp"
#include "common/runtime/url.hpp"

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace notifier {

/// Decides where webhooks may go, so that nobody can make this server talk to what only it can reach (SSRF). Asked with
/// the addresses that a name has right before connecting to one of them, at creation, test and delivery alike. Pure.
class AddressGuard {
public:
    /// `allowed`: ranges that the operator names (`--webhook-allow`).
    explicit AddressGuard(common::CidrList allowed) : allowed_(std::move(allowed)) {}

    /// A URL whose form is acceptable: http or https, no user or password, at most 2,048 characters. The error is a
    /// sentence fragment.
    static std::expected<common::Url, std::string> parse(std::string_view url);

    /// Why a request to this URL may not go to these addresses; nothing when it may. One bad address spoils them all:
    /// a name that also resolves to a private one was made for no good.
    std::optional<std::string> refusal(common::Url const& url, std::span<common::IpAddress const> addresses) const;

private:
    common::CidrList allowed_;
};

/// On the public internet: no private, loopback, link-local, shared, multicast, documentation, reserved range, no cloud
/// metadata, and no IPv6 form that stands for an IPv4 address.
bool isPublicAddress(common::IpAddress const& address);

}  // namespace notifier
