#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace store_test {

/// A disk that remembers what a power cut could leave of it. What was written since a file was last synced may be
/// there, may be missing, may be there in part: each write by itself, torn at sectors of 512 bytes.
///
/// Files are real ones; SQLite reaches them through a VFS that is the process's default from the construction on. One
/// per process, made before any database is opened; not for several threads.
class CrashingDisk {
public:
    CrashingDisk();

    /// From here on the files under this directory are watched; what they hold now is safe.
    void watch(std::filesystem::path const& directory);
    void forget();
    /// Called before every write and sync of a watched file: the moments at which the power may go.
    std::function<void()> beforeEach;
    /// Writes what is left after a power cut at this moment into another directory.
    void cutPower(std::filesystem::path const& into, std::mt19937& random) const;

    // What the VFS reports.
    void onWrite(std::string const& path, void const* bytes, int count, std::int64_t at);
    void onTruncate(std::string const& path, std::int64_t size);
    void onSync(std::string const& path);
    static CrashingDisk& instance();

private:
    struct Write {
        std::int64_t at;
        std::string bytes;
    };
    struct Truncate {
        std::int64_t size;
    };
    using Change = std::variant<Write, Truncate>;
    struct File {
        std::string safe;              ///< survives whatever comes
        std::vector<Change> unsynced;  ///< in order
    };

    static void apply(std::string& content, Change const& change);
    static void tear(std::string& content, Write const& write, std::mt19937& random);
    File* find(std::string const& path);

    std::filesystem::path watched_;
    std::map<std::string, File> files_;
};

}  // namespace store_test
