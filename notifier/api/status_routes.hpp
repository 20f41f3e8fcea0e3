#pragma once

#include "common/core/json_writer.hpp"
#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/router.hpp"
#include "notifier/api/store_failures.hpp"

#include <functional>

namespace notifier {

/// `/status` (spec section 5): how ingestion fares by symbol, and the notifier's own connections and queues. For the
/// operator only. Network thread.
class StatusRoutes {
public:
    struct Deps {
        common::StoreThread& reader;
        common::Clock const& clock;
        /// Writes the members `connections` and `queues`.
        std::function<void(common::json::Writer&)> writeOwn;
    };

    explicit StatusRoutes(Deps deps) : deps_(std::move(deps)) {}
    void addTo(Router& router);

private:
    Deps deps_;
    StoreFailures failures_{deps_.clock};
};

}  // namespace notifier
