#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/command_handler.hpp"
#include "notifier/api/router.hpp"
#include "notifier/api/store_failures.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace notifier {

/// Why a wait is over.
enum class WaitEnd : std::uint8_t {
    Event,    ///< the account has a new durable event
    Time,     ///< it was long enough, or the server stops
    Revoked,  ///< who waits may not know any more
};

/// Tells when an account has a new durable event. Network thread.
class EventWaits {
public:
    virtual ~EventWaits() = default;
    using Done = std::function<void(WaitEnd)>;
    /// Calls `done` once, not from inside this call; never after the token is gone.
    [[nodiscard]] virtual std::shared_ptr<void> begin(common::AccountId account, common::DurationMs wait,
                                                      Done done) = 0;
};

/// `/alerts`, `/notifications` and `/events` (spec section 5): the commands of the WebSocket in other clothes, carried
/// out by the same handler, and what only reads. Network thread; outlives the router's requests.
class AccountRoutes {
public:
    struct Deps {
        CommandHandler& handler;
        common::StoreThread& store;
        common::Clock const& clock;
        EventWaits& waits;
        std::string epoch;
        std::function<void(Announcement const&)> announce;  ///< to the connections of the account
    };

    explicit AccountRoutes(Deps deps) : deps_(std::move(deps)) {}
    void addTo(Router& router);

private:
    using Render = std::function<HttpResponse(CommandOutcome const&)>;

    void command(Call const& call, Method method, common::Result<common::json::Value> params, Render render,
                 Respond respond);
    void ofAlert(Call const& call, Method method, Respond respond);
    void create(Call const& call, Respond respond);
    void change(Call const& call, Respond respond);
    void remove(Call const& call, Respond respond);
    void list(Call const& call, Respond respond);
    void show(Call const& call, Respond respond);
    void fires(Call const& call, Respond respond);
    void notifications(Call const& call, Respond respond);
    void events(Call const& call, Respond respond);

    Deps deps_;
    StoreFailures failures_{deps_.clock};
};

}  // namespace notifier
