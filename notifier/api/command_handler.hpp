#pragma once

#include "common/core/error.hpp"
#include "common/core/ids.hpp"
#include "common/core/symbol.hpp"
#include "notifier/protocol/command.hpp"
#include "notifier/protocol/push.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace notifier {

/// Who speaks: one per WebSocket connection, one per REST request. Network thread; outlives its commands (shared).
struct Client {
    AuthKind auth = AuthKind::Anonymous;
    /// Nothing while the anonymous account is only offered (its rows come with the first command that stores something)
    /// or nobody has authenticated (Required).
    std::optional<common::AccountId> account;
    std::string accountPublicId;  ///< offered or stored; empty with Required
    std::string sessionSecret;    ///< of the offered or resumed anonymous account; empty for keys
    bool admin = false;

    // Kept by the handler.
    bool commandSeen = false;                    ///< a command was carried out: `auth` is too late
    bool authRunning = false;                    ///< later commands wait until it is known who asks
    std::vector<std::function<void()>> waiting;  ///< those commands
    std::unordered_set<common::Symbol> watched;  ///< what `watch` asked for, for its limit
};

// What a command asks of the session beyond its reply; done by the session right after the reply is queued, in order.

/// The client is someone else now (`auth`): register at the hub under client->account, live after `seq`.
struct Identified {
    std::int64_t seq = 0;
};
/// The offered account exists since this command (then also client->account): register at the hub, live after 0. Comes
/// once for each command that was under way before the first of them had committed; only the first changes anything.
struct AccountStored {
    common::AccountId account;
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
/// None of these may follow on this connection, not even in a running replay (spec section 7.2); a fire of a later
/// revision than `rev` may.
struct Silenced {
    struct Alert {
        std::string id;
        std::int64_t rev = 0;
    };
    std::vector<Alert> alerts;
};
using SessionEffect = std::variant<std::monostate, Identified, AccountStored, ResumeFrom, WatchChange, Silenced>;

/// A push that this command caused (`alert_state` paused or removed), for all connections of the account.
struct Announcement {
    common::AccountId account;
    std::string frame;
};

struct CommandOutcome {
    std::string result;  ///< JSON text of `result` when there is no error
    std::optional<common::Error> error;
    SessionEffect effect;
    std::vector<Announcement> announcements;
    bool created = false;  ///< subscribe: REST answers 201 instead of 200
    std::string location;  ///< public id of what was created
};

/// A client that has been identified, and what its welcome says.
struct Admission {
    std::shared_ptr<Client> client;
    Greeting greeting;
};

/// The one place where commands are carried out, behind WebSocket and REST alike. Network thread; the work itself runs
/// on the store thread.
class CommandHandler {
public:
    using Done = std::function<void(CommandOutcome)>;
    using Admitted = std::function<void(common::Result<Admission>)>;

    virtual ~CommandHandler() = default;

    /// Who comes: without a secret an offered anonymous account (or nobody yet, with --auth required), else the holder
    /// of the API key or session secret, 1202 when there is none. `done` is called exactly once, maybe at once.
    virtual void admit(std::optional<std::string> secret, Admitted done) = 0;

    /// Carries a command out. `done` is called exactly once, on the network thread, after commit. Commands of a client
    /// take effect in the order of the calls; those refused without the database are answered at once, so that the
    /// session puts replies in order (ReplyOrder).
    virtual void execute(std::shared_ptr<Client> client, Command command, Done done) = 0;
};

}  // namespace notifier
