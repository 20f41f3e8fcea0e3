#pragma once

#include "common/core/alert.hpp"
#include "common/core/event.hpp"
#include "common/core/trade.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace support {

/// One alert's revision and the ids it judges.
struct NaiveTask {
    common::AlertDefinition alert;
    std::int64_t fromTradeId = 0;
    std::optional<std::int64_t> toTradeId;  ///< last id judged; nothing = to the end of the tape
    std::int64_t firesBefore = 0;           ///< notifications of earlier revisions: `fire` goes on from there
};

/// A notified firing as spec section 4 wants it.
struct NaiveFire {
    common::AlertId alert;
    std::int64_t rev = 0;
    std::int64_t fire = 0;
    std::optional<common::Decimal> level;
    common::Trade trade;
    std::optional<std::int64_t> prevId;
    std::optional<common::ExactDecimal> prevPrice;
    std::int64_t suppressed = 0;
    std::string extra;  ///< as Notification::extra
    bool ends = false;
    common::TimeMs eventTime = 0;
    bool operator==(NaiveFire const&) const = default;
};

struct NaiveResult {
    std::vector<NaiveFire> fires;
    bool done = false;
    bool expired = false;              ///< a trade at or after `expires` was seen
    std::int64_t suppressedSince = 0;  ///< suppressed fires that no notification has told of
};

/// The oracle: judges one alert over a whole tape, straight from the words of spec section 4. Shares nothing with the
/// evaluator that ships but plain values, looks at every trade, keeps every price it has seen. `tape` is one symbol's,
/// in id order, from the first trade that was followed on (event time needs it); for windowed kinds also what lies
/// before.
NaiveResult naiveJudge(NaiveTask const& task, std::span<common::Trade const> tape);

/// All fires of several alerts of one symbol: by trade, then by ascending alert id.
std::vector<NaiveFire> naiveFires(std::span<NaiveTask const> tasks, std::span<common::Trade const> tape);

/// One line, for messages of failing tests.
std::string naiveText(NaiveFire const& fire);

}  // namespace support
