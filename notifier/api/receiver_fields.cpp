#include "notifier/api/receiver_fields.hpp"

#include <fmt/format.h>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;
using common::Result;

constexpr common::DurationMs kMaxAgeMin = 1'000;
constexpr common::DurationMs kMaxAgeMax = 7 * 86'400'000LL;
constexpr std::size_t kShownBytesMax = 64;

bool isChannel(common::Database& database, common::AccountId account, std::string const& channel) {
    if (channel.starts_with("wh_")) return database.webhooks().find(account, channel).has_value();
    if (!channel.starts_with("em_")) return false;
    auto const email = database.emails().find(account, channel);
    return email && email->verified;
}

}  // namespace

Result<std::optional<std::string>> optionalText(common::json::Value const& body, std::string_view name) {
    auto const* const value = body.find(name);
    if (value == nullptr || value->isNull()) return std::nullopt;
    if (!value->isString())
        return fail(ErrorCode::BadValue, fmt::format("\"{}\" must be a string", name), std::string(name));
    return value->text();
}

Result<std::optional<common::DurationMs>> optionalMaxAge(common::json::Value const& body) {
    auto const* const value = body.find("max_age");
    if (value == nullptr || value->isNull()) return std::nullopt;
    auto const age = value->isString() || value->isNumber() ? common::parseDuration(value->text()) : std::nullopt;
    if (!age || *age < kMaxAgeMin || *age > kMaxAgeMax)
        return fail(ErrorCode::BadValue, "\"max_age\" must be a duration from 1s to 7d", "max_age");
    return age;
}

Result<void> checkChannels(common::Database& database, std::optional<common::AccountId> account,
                           std::vector<std::string> const& channels) {
    for (auto const& channel : channels) {
        if (channel == "push" || (account && isChannel(database, *account, channel))) continue;
        auto const shown =
            channel.size() > kShownBytesMax ? std::string("channel") : fmt::format("channel \"{}\"", channel);
        return fail(ErrorCode::UnknownChannel,
                    fmt::format("unknown {}; there are \"push\", your webhooks and your verified addresses", shown),
                    "channels");
    }
    return {};
}

}  // namespace notifier
