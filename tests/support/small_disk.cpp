#include "tests/support/small_disk.hpp"

#include <sched.h>
#include <sys/mount.h>

namespace support {

bool mountSmallDisk(std::filesystem::path const& directory, char const* size) {
    bool const separated = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    return separated && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("tmpfs", directory.c_str(), "tmpfs", 0, size) == 0;
}

}  // namespace support
