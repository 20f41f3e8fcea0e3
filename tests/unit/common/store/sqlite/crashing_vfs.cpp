#include "tests/unit/common/store/sqlite/crashing_vfs.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <sqlite3.h>

namespace store_test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSectorBytes = 512;

sqlite3_vfs* realVfs = nullptr;
CrashingDisk* theDisk = nullptr;

/// The file as SQLite sees it; what the real layer opened lies behind it in the same memory.
struct CrashFile {
    sqlite3_file base;
    std::string* path;

    static CrashFile& of(sqlite3_file* file) { return *reinterpret_cast<CrashFile*>(file); }
    sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    sqlite3_io_methods const& real() { return *inner()->pMethods; }
};

int closeFile(sqlite3_file* file) {
    auto& crash = CrashFile::of(file);
    delete crash.path;
    return crash.real().xClose(crash.inner());
}
int writeFile(sqlite3_file* file, void const* bytes, int count, sqlite3_int64 at) {
    auto& crash = CrashFile::of(file);
    theDisk->onWrite(*crash.path, bytes, count, at);
    return crash.real().xWrite(crash.inner(), bytes, count, at);
}
int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
    auto& crash = CrashFile::of(file);
    theDisk->onTruncate(*crash.path, size);
    return crash.real().xTruncate(crash.inner(), size);
}
int syncFile(sqlite3_file* file, int flags) {
    auto& crash = CrashFile::of(file);
    theDisk->onSync(*crash.path);
    return crash.real().xSync(crash.inner(), flags);
}

/// Hands a call on as it is.
template <auto member>
struct Pass;
template <class... Args, int (*sqlite3_io_methods::*member)(sqlite3_file*, Args...)>
struct Pass<member> {
    static int call(sqlite3_file* file, Args... args) {
        auto& crash = CrashFile::of(file);
        return (crash.real().*member)(crash.inner(), args...);
    }
};
void barrier(sqlite3_file* file) {
    auto& crash = CrashFile::of(file);
    crash.real().xShmBarrier(crash.inner());
}

using Methods = sqlite3_io_methods;
Methods const kMethods{
    2,
    closeFile,
    Pass<&Methods::xRead>::call,
    writeFile,
    truncateFile,
    syncFile,
    Pass<&Methods::xFileSize>::call,
    Pass<&Methods::xLock>::call,
    Pass<&Methods::xUnlock>::call,
    Pass<&Methods::xCheckReservedLock>::call,
    Pass<&Methods::xFileControl>::call,
    Pass<&Methods::xSectorSize>::call,
    // The disk promises nothing: no atomic and no ordered writes.
    [](sqlite3_file*) { return 0; },
    Pass<&Methods::xShmMap>::call,
    Pass<&Methods::xShmLock>::call,
    barrier,
    Pass<&Methods::xShmUnmap>::call,
    nullptr,
    nullptr,
};

int open(sqlite3_vfs* /*self*/, char const* name, sqlite3_file* file, int flags, int* flagsOut) {
    auto& crash = CrashFile::of(file);
    crash.base.pMethods = nullptr;
    crash.path = nullptr;
    int const result = realVfs->xOpen(realVfs, name, crash.inner(), flags, flagsOut);
    if (result != SQLITE_OK) return result;
    crash.path = new std::string(name == nullptr ? "" : name);
    crash.base.pMethods = &kMethods;
    return SQLITE_OK;
}

}  // namespace

CrashingDisk::CrashingDisk() {
    if (theDisk != nullptr) throw std::logic_error("one disk per process");
    theDisk = this;
    realVfs = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs vfs = *realVfs;
    vfs.zName = "crashing";
    vfs.pNext = nullptr;
    vfs.szOsFile = static_cast<int>(sizeof(CrashFile)) + realVfs->szOsFile;
    vfs.xOpen = open;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) throw std::runtime_error("no VFS");
}

CrashingDisk& CrashingDisk::instance() {
    static CrashingDisk disk;
    return disk;
}

void CrashingDisk::watch(fs::path const& directory) {
    watched_ = directory;
    for (auto const& entry : fs::directory_iterator(directory)) {
        // Shared memory is made anew after a power cut; locks and sockets say nothing.
        if (!entry.is_regular_file() || entry.path().string().ends_with("-shm")) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        files_[entry.path().string()].safe = {std::istreambuf_iterator<char>(in), {}};
    }
}

void CrashingDisk::forget() {
    watched_.clear();
    files_.clear();
    beforeEach = {};
}

CrashingDisk::File* CrashingDisk::find(std::string const& path) {
    if (watched_.empty() || fs::path(path).parent_path() != watched_) return nullptr;
    if (beforeEach) beforeEach();
    return &files_[path];
}

void CrashingDisk::onWrite(std::string const& path, void const* bytes, int count, std::int64_t at) {
    if (auto* const file = find(path))
        file->unsynced.emplace_back(Write{at, {static_cast<char const*>(bytes), static_cast<std::size_t>(count)}});
}

void CrashingDisk::onTruncate(std::string const& path, std::int64_t size) {
    if (auto* const file = find(path)) file->unsynced.emplace_back(Truncate{size});
}

void CrashingDisk::onSync(std::string const& path) {
    auto* const file = find(path);
    if (file == nullptr) return;
    for (auto const& change : file->unsynced)
        apply(file->safe, change);
    file->unsynced.clear();
}

void CrashingDisk::apply(std::string& content, Change const& change) {
    if (auto const* const cut = std::get_if<Truncate>(&change))
        return content.resize(static_cast<std::size_t>(cut->size));
    auto const& [at, bytes] = std::get<Write>(change);
    auto const from = static_cast<std::size_t>(at);
    content.resize(std::max(content.size(), from + bytes.size()));
    content.replace(from, bytes.size(), bytes);
}

void CrashingDisk::tear(std::string& content, Write const& write, std::mt19937& random) {
    for (std::size_t from = 0; from < write.bytes.size(); from += kSectorBytes)
        if (random() % 2 == 0)
            apply(content, Write{write.at + static_cast<std::int64_t>(from), write.bytes.substr(from, kSectorBytes)});
}

void CrashingDisk::cutPower(fs::path const& into, std::mt19937& random) const {
    for (auto const& [path, file] : files_) {
        auto content = file.safe;
        // Sometimes the cache was written out up to a point, sometimes every write met its own fate.
        auto const upTo = random() % 3 == 0 ? random() % (file.unsynced.size() + 1) : file.unsynced.size();
        bool const eachItsOwn = random() % 4 != 0;
        for (std::size_t i = 0; i < upTo; ++i) {
            auto const fate = eachItsOwn ? random() % 3 : 0;
            auto const* const write = std::get_if<Write>(&file.unsynced[i]);
            if (fate == 0)
                apply(content, file.unsynced[i]);
            else if (fate == 1 && write != nullptr)
                tear(content, *write, random);
        }
        std::ofstream out(into / fs::path(path).filename(), std::ios::binary);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
    }
}

}  // namespace store_test
