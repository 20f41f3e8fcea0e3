#pragma once

#include "common/core/json.hpp"
#include "common/runtime/clock.hpp"
#include "notifier/api/command_handler.hpp"
#include "notifier/api/http.hpp"
#include "notifier/api/query.hpp"
#include "notifier/protocol/limits.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace notifier {

/// Who may call a path (spec section 5).
enum class Access : std::uint8_t {
    Open,      ///< anyone; a secret that is given must be good all the same
    Account,   ///< with an API key or a session secret, else 401
    Operator,  ///< from this machine, or with an admin key
};

/// A request whose path, query and caller are known.
struct Call {
    HttpRequest request;
    std::vector<std::string> parts;  ///< what stood for the pattern's braces, decoded
    Query query;
    std::shared_ptr<Client> client;  ///< null without a secret

    /// The body as an object; empty counts as one. 1001 for no JSON, 1002 for another type.
    common::Result<common::json::Value> body() const;
};

using Respond = std::function<void(HttpResponse)>;

/// Brings a request to who answers it: path, method, identity, pace. Network thread.
class Router {
public:
    using Handle = std::function<void(Call, Respond)>;
    struct Deps {
        CommandHandler& handler;
        common::Clock const& clock;
    };

    /// `pace` is what one account may ask for, as of one WebSocket connection (spec section 3, `commands_per_s`).
    Router(Deps deps, CommandBucket::Limits pace) : deps_(deps), pace_(pace) {}

    /// `pattern`: a whole path; a segment in braces stands for any one: `/api/v1/alerts/{id}`. GET serves HEAD, too.
    void add(std::string_view method, std::string_view pattern, Access access, Handle handle);
    /// Calls `respond` exactly once, maybe at once.
    void answer(HttpRequest request, Respond respond);

    struct Route {
        std::string method;
        std::string pattern;
        Access access = Access::Open;
        Handle handle;
    };
    std::vector<Route> const& routes() const { return routes_; }

private:
    void identified(Route const& route, Call call, Respond const& respond);
    common::Result<void> admitted(Access access, Call const& call);

    Deps deps_;
    std::vector<Route> routes_;
    Pace<common::AccountId> pace_;
};

}  // namespace notifier
