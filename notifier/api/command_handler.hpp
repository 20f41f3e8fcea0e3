#pragma once

#include "common/core/alert.hpp"
#include "common/core/error.hpp"
#include "common/core/json.hpp"
#include "common/store/records.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace notifier {

/// How a client proved who it is (spec section 3, `auth` of the welcome).
enum class AuthKind : std::uint8_t { Anonymous, Session, Key, Required };

/// Who speaks: one per WebSocket connection, one per REST request. Network thread; outlives its commands (shared).
struct Client {
    AuthKind auth = AuthKind::Anonymous;
    /// Nothing while the anonymous account is only offered (its rows come with the first command that stores something)
    /// or nobody has authenticated (Required).
    std::optional<common::AccountId> account;
    std::string accountPublicId;  ///< offered or stored; empty with Required
    std::string sessionSecret;    ///< of the offered or resumed anonymous account; empty for keys
    bool admin = false;
    bool commandSeen = false;  ///< a first command was read: `auth` is too late
};

/// A request as parsed: names are checked, parameters not yet.
struct Command {
    std::string method;          ///< `subscribe`, …; the founding form has become `subscribe`
    std::string idJson;          ///< the id as JSON text, echoed as given; empty when the request had none
    common::json::Value params;  ///< an object; the text form stands as a string value
    bool founding = false;       ///< `{"symbol","threshold"}`
};

// What a command asks of the session beyond its reply; done by the session right after the reply is queued, in order.

/// The client is someone else now: re-register at the hub under the new account; result is the welcome's members.
struct Identified {
    std::int64_t seq = 0;
};
/// Replay after+1 … upTo, then go live after upTo; recovered=false only moves the live start to upTo.
struct ResumeFrom {
    bool recovered = true;
    std::int64_t after = 0;
    std::int64_t upTo = 0;
};
struct WatchChange {
    bool watch = true;  ///< false = unwatch
    std::vector<common::Symbol> symbols;
    std::int64_t intervalMs = 1000;
};
/// None of these may follow on this connection, not even in a running replay (spec section 7.2).
struct Silenced {
    std::vector<std::string> alertIds;
};
using SessionEffect = std::variant<std::monostate, Identified, ResumeFrom, WatchChange, Silenced>;

struct CommandOutcome {
    std::string result;  ///< JSON text of `result` when there is no error
    std::optional<common::Error> error;
    SessionEffect effect;
    /// `alert_state` pushes (paused, removed) that this command caused, for all connections of the account.
    std::vector<common::AlertStateChange> announcements;
    bool created = false;  ///< subscribe: REST answers 201 instead of 200
    std::string location;  ///< public id of what was created
};

/// The one place where commands are carried out, behind WebSocket and REST alike. Network thread; the work itself runs
/// on the store thread. `done` is called exactly once, on the network thread, after commit, in the order of the calls.
class CommandHandler {
public:
    virtual ~CommandHandler() = default;
    virtual void execute(std::shared_ptr<Client> client, Command command, std::function<void(CommandOutcome)> done) = 0;
};

}  // namespace notifier
