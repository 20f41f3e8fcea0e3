#include "common/runtime/descriptors.hpp"

#include <sys/resource.h>

namespace common {

std::uint64_t takeAllDescriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    auto all = limit;
    all.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &all) == 0 ? all.rlim_cur : limit.rlim_cur;
}

}  // namespace common
