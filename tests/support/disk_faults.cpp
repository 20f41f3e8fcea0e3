// Preloaded into a program, this makes the disk below its database fail while a test wants it to: a file named after
// the fault in the directory TICKBELL_DISK_FAULTS turns it on. Concerned are the database and its log, nothing else.
//   write   writing answers EIO
//   full    writing answers ENOSPC
//   fsync   syncing answers EIO; what was written stays in the cache, as with a real disk
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <limits.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

bool isOn(char const* fault) {
    static char const* const folder = std::getenv("TICKBELL_DISK_FAULTS");
    return folder != nullptr && ::access((std::string(folder) + "/" + fault).c_str(), F_OK) == 0;
}

bool isDatabase(int descriptor) {
    char path[PATH_MAX];
    auto const length = ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path, sizeof path);
    if (length <= 0) return false;
    std::string_view const name(path, static_cast<std::size_t>(length));
    return name.ends_with(".db") || name.ends_with(".db-wal");
}

/// The error that this call has to end with; 0 = none.
int writeError(int descriptor) {
    bool const broken = isOn("write");
    if (!broken && !isOn("full")) return 0;
    if (!isDatabase(descriptor)) return 0;
    return broken ? EIO : ENOSPC;
}

template <class Function>
Function* next(char const* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int sync(char const* name, int descriptor) {
    if (isOn("fsync") && isDatabase(descriptor)) {
        errno = EIO;
        return -1;
    }
    return next<int(int)>(name)(descriptor);
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, void const* bytes, size_t count) {
    static auto* const real = next<ssize_t(int, void const*, size_t)>("write");
    errno = writeError(descriptor);
    return errno != 0 ? -1 : real(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, void const* bytes, size_t count, off_t at) {
    static auto* const real = next<ssize_t(int, void const*, size_t, off_t)>("pwrite");
    errno = writeError(descriptor);
    return errno != 0 ? -1 : real(descriptor, bytes, count, at);
}

ssize_t pwrite64(int descriptor, void const* bytes, size_t count, off64_t at) {
    static auto* const real = next<ssize_t(int, void const*, size_t, off64_t)>("pwrite64");
    errno = writeError(descriptor);
    return errno != 0 ? -1 : real(descriptor, bytes, count, at);
}

int fsync(int descriptor) {
    return sync("fsync", descriptor);
}

int fdatasync(int descriptor) {
    return sync("fdatasync", descriptor);
}

}  // extern "C"
