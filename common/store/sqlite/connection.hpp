#pragma once

#include "common/core/time.hpp"
#include "common/store/store_error.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

namespace common::sqlite {

StoreError toStoreError(SQLite::Exception const& error);

/// SQL text that lives as long as the program: its address names its cached statement.
struct Sql {
    char const* text;
    consteval Sql(char const* literal) : text(literal) {}
};

/// Joins literals into one at compile time, for column lists that several statements share.
template <std::size_t N>
struct SqlText {
    char text[N];
};
template <std::size_t... N>
consteval auto joinSql(char const (&... parts)[N]) {
    SqlText<(0 + ... + (N - 1)) + 1> joined{};
    std::size_t at = 0;
    auto const append = [&](char const* part, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            joined.text[at++] = part[i];
    };
    (append(parts, N - 1), ...);
    return joined;
}

/// 3.51.3: the first release without the WAL-reset bug.
constexpr int kLibraryVersionMin = 3'051'003;
/// Throws StoreError when the linked library is older; `version` as sqlite3_libversion_number() gives it.
void checkLibrary(int version);

/// One SQLite connection, set up as the channel needs it (WAL, synchronous=FULL and so on), with its prepared
/// statements. Owned by one thread. Every failure is a StoreError.
class Connection {
public:
    struct Options {
        bool readOnly = false;
        TimeMs busyTimeoutMs = 5'000;
    };

    Connection(std::filesystem::path const& file, Options options);
    ~Connection();
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    std::filesystem::path const& file() const { return file_; }
    /// Drops everything and connects again. When that fails the connection stays shut and every use throws Io.
    void reopen();
    bool inTransaction() const;
    /// Runs statements without results that are not worth keeping prepared.
    void execute(std::string const& sql);
    std::int64_t integer(std::string const& sql);
    std::string text(std::string const& sql);

    SQLite::Statement& prepared(Sql sql);
    SQLite::Database& raw();

private:
    /// The stock handler starved a writer for seconds; this one naps briefly until a deadline.
    struct BusyWait {
        std::chrono::milliseconds limit{0};
        std::chrono::steady_clock::time_point until{};
        static int nap(void* context, int naps);
    };
    void open();
    void enterWal();

    std::filesystem::path file_;
    Options options_;
    BusyWait busyWait_;
    std::unique_ptr<SQLite::Database> database_;
    std::unordered_map<char const*, std::unique_ptr<SQLite::Statement>> statements_;
};

}  // namespace common::sqlite
