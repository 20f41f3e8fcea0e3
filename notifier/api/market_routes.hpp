#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/router.hpp"
#include "notifier/api/store_failures.hpp"
#include "notifier/api/symbol_directory.hpp"

namespace notifier {

/// `/symbols`, `/prices`, `/candles`, `/stats`, `/rank` (spec section 5). Reads on a thread and a connection of its
/// own, so that a long range never stands before a subscribe. Network thread.
class MarketRoutes {
public:
    struct Deps {
        common::StoreThread& reader;
        common::Clock const& clock;
        SymbolDirectory const& symbols;
    };

    explicit MarketRoutes(Deps deps) : deps_(deps) {}
    void addTo(Router& router);

private:
    void symbols(Call const& call, Respond respond);
    void price(Call const& call, Respond respond);
    void prices(Call const& call, Respond respond);
    void candles(Call const& call, Respond respond);
    void stats(Call const& call, Respond respond);
    void ranking(Call const& call, Respond respond);
    void rankOf(Call const& call, Respond respond);

    Deps deps_;
    StoreFailures failures_{deps_.clock};
};

}  // namespace notifier
