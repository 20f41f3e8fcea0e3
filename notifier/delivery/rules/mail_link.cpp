#include "notifier/delivery/rules/mail_link.hpp"

#include "common/runtime/crypto.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace notifier {
namespace {

/// Of the 256 bits of the HMAC: RFC 2104 section 5 allows half.
constexpr std::size_t kSignatureBytes = 16;

}  // namespace

std::string mailLinkToken(std::string_view key, std::string_view emailId) {
    // The purpose is signed too: another link under this key is no such token.
    auto const digest = common::hmacSha256(key, fmt::format("unsubscribe:{}", emailId));
    auto signature = common::base64(common::bytesOf(digest).substr(0, kSignatureBytes));
    signature.resize(signature.find('='));
    std::ranges::replace(signature, '+', '-');
    std::ranges::replace(signature, '/', '_');
    return fmt::format("{}.{}", emailId, signature);
}

std::optional<std::string> emailOfToken(std::string_view key, std::string_view token) {
    std::string id(token.substr(0, token.find('.')));
    if (!common::equalSecrets(mailLinkToken(key, id), token)) return {};
    return id;
}

}  // namespace notifier
