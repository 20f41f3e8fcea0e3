#pragma once

#include "notifier/app/options.hpp"

namespace notifier {

// What the process ends with besides 0 and, after a second signal, 130.
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitCorrupt = 3;

/// Serves clients until a signal ends it; the process's exit code. Waits while another notifier holds the database.
int run(Options const& options);

/// Carries out a subcommand (`key add`, `backup`, …); the process's exit code.
int runCommand(std::string const& words, Options const& options);

}  // namespace notifier
