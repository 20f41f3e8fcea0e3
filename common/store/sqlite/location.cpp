#include "common/store/sqlite/location.hpp"

#include "common/store/sqlite/sqlite_store.hpp"
#include "common/store/store_error.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace common::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "sqlite:";

struct FileSystemType {
    unsigned long type;
    std::string_view name;
};
// From statfs(2) and linux/magic.h. virtiofs is FUSE to statfs.
constexpr std::array kRefused{
    FileSystemType{0x6969, "nfs"},      FileSystemType{0xff534d42, "cifs"}, FileSystemType{0x517b, "smb"},
    FileSystemType{0xfe534d42, "smb2"}, FileSystemType{0x01021997, "9p"},   FileSystemType{0x65735546, "fuse"},
};

[[noreturn]] void refuse(std::string const& what) {
    throw StoreError(StoreFailure::Other, what);
}

void createDirectories(fs::path const& directory) {
    if (directory.empty() || fs::exists(directory)) return;
    createDirectories(directory.parent_path());
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        refuse(fmt::format("cannot make the directory {}: {}", directory.string(), std::strerror(errno)));
}

}  // namespace

bool isSqliteUrl(std::string_view databaseUrl) {
    return databaseUrl.starts_with(kScheme);
}

fs::path locateDatabase(std::string_view databaseUrl) {
    if (!isSqliteUrl(databaseUrl)) refuse(fmt::format("the database \"{}\" must be given as sqlite:PATH", databaseUrl));
    auto const path = databaseUrl.substr(kScheme.size());
    if (path.empty() || path.ends_with('/'))
        refuse("sqlite: needs the path of a file, such as sqlite:data/tickbell.db");
    if (path.starts_with(':'))
        refuse("a database in memory cannot be shared by two programs: give a file, such as sqlite:data/tickbell.db");
    try {
        auto const absolute = fs::absolute(path);
        createDirectories(absolute.parent_path());
        if (fs::is_directory(absolute)) refuse(fmt::format("{} is a directory", absolute.string()));
        return fs::weakly_canonical(absolute);
    } catch (fs::filesystem_error const& error) {
        refuse(fmt::format("cannot reach {}: {}", path, error.code().message()));
    }
}

std::string_view refusedFileSystem(unsigned long statfsType) {
    for (auto const& [type, name] : kRefused)
        if (type == (statfsType & 0xffffffffUL)) return name;
    return {};
}

void checkFileSystem(fs::path const& directory) {
    struct statfs info{};
    if (::statfs(directory.c_str(), &info) != 0)
        refuse(fmt::format("cannot examine {}: {}", directory.string(), std::strerror(errno)));
    auto const name = refusedFileSystem(static_cast<unsigned long>(info.f_type));
    if (!name.empty())
        refuse(
            fmt::format("{} lies on a {} file system, on which two programs cannot share an SQLite database safely: "
                        "put the database on a local disk (in a container: a named volume, not a shared folder)",
                        directory.string(), name));
}

void createPrivately(fs::path const& file) {
    int const descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        ::close(descriptor);
        return;
    }
    if (errno != EEXIST) refuse(fmt::format("cannot create {}: {}", file.string(), std::strerror(errno)));
}

fs::path beside(fs::path const& database, std::string_view suffix) {
    return fs::path(database.string().append(suffix));
}

}  // namespace common::sqlite
