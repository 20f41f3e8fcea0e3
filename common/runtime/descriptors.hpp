#pragma once

#include <cstdint>

namespace common {

/// Raises the soft limit of open files, often 1,024, to the hard one: each client holds a descriptor. How many there
/// may be now.
std::uint64_t takeAllDescriptors();

}  // namespace common
