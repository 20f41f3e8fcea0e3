#pragma once

#include <memory>
#include <string_view>

namespace common {

enum class Role { Ingestion, Notifier };

/// Wakes the other process after a commit: an empty Unix datagram that carries no data. A lost or spurious ring changes
/// nothing; whoever waits also polls slowly.
class ChangeBell {
public:
    virtual ~ChangeBell() = default;
    /// Readable when someone has rung; hand it to the event loop, then call drain().
    virtual int descriptor() const = 0;
    virtual void drain() = 0;
    /// Rings at the other role. Any thread. Never blocks, never fails: nobody may be listening.
    virtual void ring() = 0;
};

/// The bell of this role beside this database.
std::unique_ptr<ChangeBell> openBell(std::string_view databaseUrl, Role self);

/// Held for the life of the process: one ingestion and one notifier per database (spec section 1).
class RoleLock {
public:
    virtual ~RoleLock() = default;
    /// True when this process holds the lock now; call again to take over when the first one ends.
    virtual bool tryAcquire() = 0;
};
std::unique_ptr<RoleLock> openRoleLock(std::string_view databaseUrl, Role self);

}  // namespace common
