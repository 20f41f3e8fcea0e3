#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace common {

/// Why the database refused.
enum class StoreFailure : std::uint8_t {
    Busy,      ///< another writer held the lock past the deadline; retry
    Full,      ///< no space left; the transaction is gone, the database is intact
    Io,        ///< read, write or fsync failed; reopen before going on
    Corrupt,   ///< the file is damaged; stop
    Conflict,  ///< a compare-and-set or unique rule failed: our memory is behind the database
    Other,
};

/// Thrown by the store adapters only; StoreThread turns it into results.
class StoreError : public std::runtime_error {
public:
    StoreError(StoreFailure failure, std::string const& what) : std::runtime_error(what), failure_(failure) {}
    StoreFailure failure() const { return failure_; }

private:
    StoreFailure failure_;
};

}  // namespace common
