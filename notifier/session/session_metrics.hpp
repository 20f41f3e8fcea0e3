#pragma once

#include "common/runtime/metrics.hpp"

namespace notifier {

/// What sessions count, made once by the program.
struct SessionMetrics {
    explicit SessionMetrics(common::Metrics& metrics);

    common::Gauge connections;
    common::Gauge outboxBytes;
    common::Counter accepted;
    common::Counter framesIn;
    common::Counter framesOut;
    common::Counter bytesOut;
    common::Counter commands;
    common::Counter errors;
    common::Counter refusals;
    common::Counter slowCloses;
    common::Counter lostCloses;
    common::Counter replayed;
    common::Histogram committedToSent;  ///< of live events, to the socket's queue
    common::Histogram tradeToSent;
};

}  // namespace notifier
