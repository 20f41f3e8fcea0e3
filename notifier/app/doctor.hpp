#pragma once

#include "notifier/app/options.hpp"

namespace notifier {

/// Looks at what a running tickbell depends on (database, disk, clock, exchange, ingestion, limits, exposure), prints a
/// line for each with what to change, and returns the exit status: 1 when something is broken, 0 with mere advice.
/// Both programs may be running; writes nothing but an empty database where there is none.
int runDoctor(Options const& options);

}  // namespace notifier
