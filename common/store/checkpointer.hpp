#pragma once

#include "common/core/time.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace common {

/// Keeps the write-ahead log short from a thread and a connection of its own, so that no commit has to do it: a passive
/// checkpoint at the tick that finds enough in it, and a truncation when the database is idle and the log has grown
/// large. The first commit after a checkpoint that caught up begins the log anew, which costs it a second fdatasync: so
/// not at every tick. Ingestion starts one
/// after openDatabase; it stops when destroyed. Failures are not reported here: the next commit meets them.
class Checkpointer {
public:
    virtual ~Checkpointer() = default;
};

struct CheckpointerOptions {
    DurationMs tickMs = 50;
    /// Pages not yet moved; well under the 1,000 at which a commit would do it. Less is moved once the database is
    /// idle.
    std::int64_t framesMin = 250;
    DurationMs idleMs = 1'000;  ///< without a commit before the log is truncated
    std::uint64_t logBytesMax = 64 * 1024 * 1024;
};

/// Nothing to do for databases that look after themselves: then an object without a thread.
std::unique_ptr<Checkpointer> startCheckpointer(std::string const& databaseUrl, CheckpointerOptions options = {});

}  // namespace common
