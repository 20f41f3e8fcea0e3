#pragma once

#include "common/core/time.hpp"
#include "common/runtime/address.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/options.hpp"
#include "common/runtime/url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace notifier {

/// What an operator may choose (spec section 1).
struct Options {
    std::string database;
    common::log::Level logLevel = common::log::Level::Info;
    common::log::Format logFormat = common::log::Format::Text;
    common::HostPort listen;
    bool authRequired = false;
    std::vector<std::string> allowedOrigins;
    std::string tlsCertificate;
    std::string tlsKey;
    common::CidrList webhookAllow;
    std::string smtpUrl;
    std::string smtpFrom;
    std::string dashboard;
    common::CidrList trustedProxies;
    std::string publicUrl;
    std::string exchangeRest;
    common::DurationMs heartbeat = 0;
    common::DurationMs anonymousTtl = 0;
    common::DurationMs retention = 0;
    std::int64_t limitAlerts = 0;
    std::int64_t limitCommands = 0;
    std::int64_t connectionsPerAddress = 0;
    std::int64_t limitConnections = 0;

    // Arguments of the subcommands.
    std::string keyName;
    bool keyAdmin = false;
    std::string file;
};

/// The relay for e-mail; nothing when there is none.
std::optional<common::Url> smtpRelay(Options const& options);

/// The one table of the notifier's options and subcommands; `target` must outlive it.
common::OptionTable optionTable(Options& target);

}  // namespace notifier
