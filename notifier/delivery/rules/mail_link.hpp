#pragma once

#include <optional>
#include <string>
#include <string_view>

// The link that ends mails names its address by a token: only this server makes one, so knowing an id is not enough,
// and it tells nothing of the account. It needs no row and does not age: the address may be ended as long as it is
// there. Pure.

namespace notifier {

/// Of letters, digits and `-_.`: as it is in a path.
std::string mailLinkToken(std::string_view key, std::string_view emailId);
/// `em_…`, or nothing for a token that this key did not sign.
std::optional<std::string> emailOfToken(std::string_view key, std::string_view token);

}  // namespace notifier
