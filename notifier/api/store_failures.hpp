#pragma once

#include "common/core/error.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "common/store/store_thread.hpp"

namespace notifier {

/// What a client hears when the database failed, and what the log does: not more than now and then. Network thread.
class StoreFailures {
public:
    explicit StoreFailures(common::Clock const& clock) : clock_(clock) {}

    /// 1501, 1502 or 1503 (spec section 7.6): nothing was changed.
    common::Error answer(common::StoreThread::Failure const& failure);

private:
    common::Clock const& clock_;
    common::log::RateLimited log_;
};

}  // namespace notifier
