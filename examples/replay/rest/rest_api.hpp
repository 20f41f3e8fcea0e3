#pragma once

#include "examples/replay/faults/faults.hpp"
#include "examples/replay/market/exchange.hpp"
#include "examples/replay/rest/http_reply.hpp"
#include "examples/replay/rest/parameters.hpp"
#include "examples/replay/rules/rules.hpp"

#include <string>

namespace replay {

/// One request to `/api/v3/…`, already off the wire.
struct RestRequest {
    std::string target;
    std::string address;        ///< whose weight it spends
    bool microseconds = false;  ///< header X-MBX-TIME-UNIT
};

/// The market data endpoints of binance-facts section 2, answered from the books. Pure; one owner thread.
class RestApi {
public:
    RestApi(Exchange& exchange, WeightMeter& weights, RestFaults& faults, Violations& violations, bool enforced)
        : exchange_(exchange), weights_(weights), faults_(faults), violations_(violations), enforced_(enforced) {}

    HttpReply handle(RestRequest const& request, TimeMs now);

private:
    Exchange& exchange_;
    WeightMeter& weights_;
    RestFaults& faults_;
    Violations& violations_;
    bool enforced_;
};

}  // namespace replay
