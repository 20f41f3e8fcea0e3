#pragma once

#include "common/core/alert.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace common {

/// When would this alert have fired (spec section 3, `preview`)?
struct PreviewQuestion {
    std::int64_t id = 0;  ///< ascends; given by the store
    Symbol symbol;
    Condition condition = {};
    AlertMode mode = AlertMode::Every;
    DurationMs cooldown = 0;
    TimeMs from = 0;   ///< armed at this minute's first price
    TimeMs to = 0;     ///< minutes below this
    TimeMs asked = 0;  ///< wall clock
    TimeMs until = 0;  ///< wall clock; nobody waits for the answer from then on
};

/// Questions to judging and its answers. Asked, read and deleted by the notifier; answered by ingestion. As in
/// common/store/stores.hpp: on the connection's thread, writing methods inside a transaction, failures are StoreErrors.
class PreviewStore {
public:
    virtual ~PreviewStore() = default;
    /// Its id.
    virtual std::int64_t ask(PreviewQuestion const& question) = 0;
    /// Without an answer, by age.
    virtual std::vector<PreviewQuestion> unansweredAfter(std::int64_t id, std::int64_t limit) = 0;
    /// JSON text of `result`. Nothing happens where the question is gone.
    virtual void answer(std::int64_t id, std::string_view json) = 0;
    virtual std::optional<std::string> answerOf(std::int64_t id) = 0;
    virtual void remove(std::int64_t id) = 0;
    /// Questions of an earlier notifier: nobody waits for them.
    virtual void removeAll() = 0;
};

}  // namespace common
