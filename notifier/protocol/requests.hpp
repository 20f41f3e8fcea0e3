#pragma once

#include "common/core/alert.hpp"
#include "common/core/error.hpp"
#include "notifier/protocol/command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The parameters of each method as typed values. Pure: what needs the database or the symbol list is the handler's.
// Errors name the parameter in `field`: 1101 missing, 1102 bad, 1103 and 1105 inside conditions, 1002 for selectors.

namespace notifier {

/// An optional parameter that may also be cleared by `null`: outer nothing = not given.
template <class T>
using Change = std::optional<std::optional<T>>;

/// `expires` as given: an integer is a time, a string a duration from now.
struct Expiry {
    bool relative = false;
    std::int64_t valueMs = 0;
    common::TimeMs at(common::TimeMs now) const { return relative ? now + valueMs : valueMs; }
    bool operator==(Expiry const&) const = default;
};

struct SubscribeRequest {
    std::string symbol;  ///< as given, not yet looked up
    common::Condition condition;
    common::AlertMode mode = common::AlertMode::Every;
    common::DurationMs cooldown = 0;
    std::optional<std::string> key;
    bool upsert = false;
    // These update an existing alert where given.
    Change<Expiry> expires;
    Change<std::string> note;
    Change<std::vector<std::string>> channels;
};

/// Exactly one is set.
struct UnsubscribeRequest {
    std::optional<std::string> alertId;
    std::optional<std::string> key;
    std::optional<common::Symbol> symbol;
    bool all = false;
};

struct ListRequest {
    std::optional<common::Symbol> symbol;
    std::optional<common::AlertStatus> status;
    std::int64_t limit = 100;
    std::int64_t afterId = 0;  ///< from the cursor
};

struct UpdateRequest {
    std::string alertId;
    std::optional<std::int64_t> ifRev;
    std::optional<common::Condition> condition;
    std::optional<common::AlertMode> mode;
    std::optional<common::DurationMs> cooldown;  ///< 0 = none
    Change<Expiry> expires;
    Change<std::string> note;
    Change<std::vector<std::string>> channels;
};

struct ResumeRequest {
    std::string epoch;
    std::int64_t after = 0;
};

struct HistoryRequest {
    std::int64_t after = 0;
    std::int64_t limit = 100;
};

struct PreviewRequest {
    std::string symbol;  ///< as given, not yet looked up
    common::Condition condition;
    common::AlertMode mode = common::AlertMode::Every;
    common::DurationMs cooldown = 0;
    std::optional<common::TimeMs> from;  ///< not given: 24 hours before `to`
    std::optional<common::TimeMs> to;    ///< not given: now
};

struct WatchRequest {
    std::vector<std::string> symbols;  ///< as given, without repeats
    std::int64_t intervalMs = 1000;
};

/// Exactly one is set.
struct AuthRequest {
    std::optional<std::string> token;
    std::optional<std::string> session;
};

common::Result<SubscribeRequest> readSubscribe(Command const& command);
common::Result<UnsubscribeRequest> readUnsubscribe(Command const& command);
common::Result<ListRequest> readList(Command const& command);
common::Result<UpdateRequest> readUpdate(Command const& command);
/// `alert_id` of pause and rearm.
common::Result<std::string> readAlertId(Command const& command);
common::Result<ResumeRequest> readResume(Command const& command);
/// `seq` of ack.
common::Result<std::int64_t> readAck(Command const& command);
common::Result<HistoryRequest> readHistory(Command const& command);
common::Result<PreviewRequest> readPreview(Command const& command);
common::Result<WatchRequest> readWatch(Command const& command);
common::Result<AuthRequest> readAuth(Command const& command);

/// `list` cursor for the page behind this row; readList takes it back.
std::string listCursor(common::AlertId last);

}  // namespace notifier
