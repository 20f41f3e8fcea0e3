#pragma once

#include "common/core/time.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace common {

/// Keeps the write-ahead log short from a thread and a connection of its own, so that no commit has to do it: a passive
/// checkpoint every tick, and a truncation when the database is idle and the log has grown large. Ingestion starts one
/// after openDatabase; it stops when destroyed. Failures are not reported here: the next commit meets them.
class Checkpointer {
public:
    virtual ~Checkpointer() = default;
};

struct CheckpointerOptions {
    DurationMs tickMs = 50;
    DurationMs idleMs = 1'000;  ///< without a commit before the log is truncated
    std::uint64_t logBytesMax = 64 * 1024 * 1024;
};

/// Nothing to do for databases that look after themselves: then an object without a thread.
std::unique_ptr<Checkpointer> startCheckpointer(std::string const& databaseUrl, CheckpointerOptions options = {});

}  // namespace common
