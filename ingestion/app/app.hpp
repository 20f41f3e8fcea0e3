#pragma once

#include "ingestion/app/options.hpp"

namespace ingestion {

/// Runs ingestion until a signal stops it; the process's exit code: 0 stopped in order, 1 cannot start, 3 the database
/// is damaged.
int run(Options const& options);

}  // namespace ingestion
