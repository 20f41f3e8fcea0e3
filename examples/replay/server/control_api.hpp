#pragma once

#include "examples/replay/faults/faults.hpp"
#include "examples/replay/market/exchange.hpp"
#include "examples/replay/protocol/query.hpp"
#include "examples/replay/rest/http_reply.hpp"
#include "examples/replay/rules/rules.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace replay {

/// Faults that are neither in the trade frames nor in REST answers.
struct LinkFaults {
    TimeMs refuseUntil = 0;  ///< WebSocket upgrades are reset until then
    DurationMs ackDelayMs = 0;
};

/// What `/control/…` does to the open connections; the server is behind it.
class ConnectionActions {
public:
    virtual ~ConnectionActions() = default;
    virtual std::size_t closeAll(std::uint16_t code, DurationMs afterMs) = 0;
    virtual std::size_t resetAll() = 0;
    virtual std::size_t stallAll(std::string const& symbol, TimeMs until) = 0;
    virtual std::size_t noticeAll(std::string const& text, std::string const& wrappedAs) = 0;
    virtual std::size_t rawAll(std::string const& bytes) = 0;
    virtual void setExtraFields(bool on) = 0;
    /// Plays one trade now; its id.
    virtual std::int64_t inject(std::uint32_t symbol, Decimal price, Decimal qty, bool buyerMaker) = 0;
    virtual void startPlaying() = 0;
    /// Members of the status that only the server knows, as JSON text without braces.
    virtual std::string statusMembers() = 0;
};

/// `/control/<name>?parameters` (README.md lists them): faults, injected trades, status. Pure but for the actions.
class ControlApi {
public:
    struct Parts {
        Exchange& exchange;
        StreamFaults& stream;
        RestFaults& rest;
        LinkFaults& link;
        Violations& violations;
        ConnectionActions& actions;
    };
    explicit ControlApi(Parts parts) : parts_(parts) {}

    /// `target` starts with `/control/`. `now`: wall clock.
    HttpReply handle(std::string const& method, std::string const& target, std::string const& body, TimeMs now);

private:
    Parts parts_;
};

}  // namespace replay
