#include "common/runtime/clock.hpp"
#include "common/store/backup.hpp"
#include "common/store/open.hpp"
#include "common/store/store_error.hpp"
#include "notifier/api/keys.hpp"
#include "notifier/app/app.hpp"
#include "notifier/app/doctor.hpp"

#include <cstdio>
#include <string_view>

#include <fmt/format.h>

namespace notifier {
namespace {

int fail(std::string_view message) {
    fmt::print(stderr, "tickbell-notifier: {}\n", message);
    return kExitFailed;
}

/// The notifier may be running meanwhile.
template <class Work>
int withDatabase(Options const& options, Work work) {
    auto const database = common::openDatabase(options.database, {});
    auto const result = work(*database, common::SystemClock().wallMs());
    if (!result) return fail(result.error().message);
    fmt::print("{}", *result);
    return 0;
}

int addNamedKey(Options const& options) {
    return withDatabase(options, [&](common::Database& database, common::TimeMs now) -> common::Result<std::string> {
        auto key = addKey(database, options.keyName, options.keyAdmin, now);
        if (key) *key += '\n';
        return key;
    });
}

int showKeys(Options const& options) {
    return withDatabase(options, [](common::Database& database, common::TimeMs) -> common::Result<std::string> {
        return listKeys(database);
    });
}

int revokeNamedKey(Options const& options) {
    return withDatabase(options, [&](common::Database& database, common::TimeMs now) -> common::Result<std::string> {
        if (auto const revoked = revokeKey(database, options.keyName, now); !revoked)
            return std::unexpected(revoked.error());
        return std::string();
    });
}

int verify(Options const& options) {
    auto const report = common::verifyDatabase(options.database);
    for (auto const& fault : report.faults)
        fmt::print("{}\n", fault);
    if (!report.faults.empty()) return kExitCorrupt;
    fmt::print("sound: schema {}, epoch {}\n", report.schemaVersion, report.epoch);
    return 0;
}

int carryOut(std::string_view words, Options const& options) {
    if (words == "key add") return addNamedKey(options);
    if (words == "key list") return showKeys(options);
    if (words == "key revoke") return revokeNamedKey(options);
    if (words == "verify") return verify(options);
    if (words == "doctor") return runDoctor(options);
    if (words == "backup")
        common::backupDatabase(options.database, options.file);
    else
        common::restoreDatabase(options.database, options.file);
    return 0;
}

}  // namespace

int runCommand(std::string const& words, Options const& options) try {
    return carryOut(words, options);
} catch (common::StoreError const& error) {
    fail(error.what());
    return error.failure() == common::StoreFailure::Corrupt ? kExitCorrupt : kExitFailed;
} catch (std::exception const& error) {
    return fail(error.what());
}

}  // namespace notifier
