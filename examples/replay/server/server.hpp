#pragma once

#include "examples/replay/options.hpp"

namespace replay {

/// Runs the stand-in exchange until SIGTERM or SIGINT; answers the process's exit code. Throws what makes a start
/// impossible (tape, certificate or port that cannot be used), with a sentence for the operator.
int runServer(Options const& options);

}  // namespace replay
