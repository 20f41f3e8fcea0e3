#include "common/runtime/backoff.hpp"

#include <algorithm>

namespace common {

DurationMs Backoff::next(std::mt19937_64& random) {
    auto const ceiling = std::min(ceilingMs_, limits_.capMs);
    ceilingMs_ = ceiling > limits_.capMs / 2 ? limits_.capMs : ceiling * 2;
    return std::uniform_int_distribution<DurationMs>(0, ceiling)(random);
}

}  // namespace common
