#include "notifier/api/keys.hpp"

#include "common/runtime/crypto.hpp"
#include "notifier/api/accounts.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;

constexpr std::size_t kNameBytesMax = 64;

bool isNameCharacter(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
           c == '-';
}

std::string dateText(common::TimeMs time) {
    auto const seconds = std::chrono::sys_seconds(std::chrono::seconds(time / 1'000));
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

/// A transaction of one: what `work` throws ends it.
template <class Work>
auto inTransaction(common::Database& database, Work work) {
    database.begin();
    try {
        auto result = work();
        database.commit();
        return result;
    } catch (...) {
        database.rollback();
        throw;
    }
}

}  // namespace

common::Result<std::string> addKey(common::Database& database, std::string_view name, bool admin, common::TimeMs now) {
    if (name.empty() || name.size() > kNameBytesMax || !std::ranges::all_of(name, isNameCharacter))
        return fail(ErrorCode::BadValue, "a key's name is 1 to 64 of A-Z a-z 0-9 . _ -", "name");
    auto key = common::randomId("tb_");
    bool const added = inTransaction(database, [&] {
        return database.accounts().addKey(name, common::randomId("acc_"), secretHash(key), admin, now);
    });
    if (!added) return fail(ErrorCode::KeyConflict, fmt::format("there is a key named {} already", name), "name");
    return key;
}

std::string listKeys(common::Database& database) {
    std::string lines;
    for (auto const& key : database.accounts().listKeys())
        lines += fmt::format("{}\t{}\t{}\t{}\n", key.name, key.admin ? "admin" : "user", dateText(key.created),
                             key.revoked ? "revoked " + dateText(*key.revoked) : "live");
    return lines;
}

common::Result<void> revokeKey(common::Database& database, std::string_view name, common::TimeMs now) {
    auto const account = inTransaction(database, [&] { return database.accounts().revokeKey(name, now); });
    if (!account) return fail(ErrorCode::NotFound, fmt::format("there is no live key named {}", name), "name");
    return {};
}

}  // namespace notifier
