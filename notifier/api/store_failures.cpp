#include "notifier/api/store_failures.hpp"

namespace notifier {
namespace {

constexpr common::DurationMs kBusyRetryMs = 100;

}  // namespace

common::Error StoreFailures::answer(common::StoreThread::Failure const& failure) {
    using common::ErrorCode;
    if (auto const count = log_.hit(clock_.monotonicMs()))
        common::log::warn("api", "request not served", {{"reason", failure.what}, {"count", *count}});
    switch (failure.failure) {
        case common::StoreFailure::Busy:
            return {ErrorCode::Busy, "the database is busy; try again", {}, kBusyRetryMs};
        case common::StoreFailure::Full:
            return {ErrorCode::StorageFull, "no space is left to store this; nothing was changed", {}, {}};
        default:
            return {ErrorCode::Internal, "the database failed; nothing was changed", {}, {}};
    }
}

}  // namespace notifier
