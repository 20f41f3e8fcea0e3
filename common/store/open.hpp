#pragma once

#include "common/store/stores.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace common {

struct OpenOptions {
    bool readOnly = false;  ///< a second connection for long range queries
    bool migrate = true;    ///< bring the schema up to date; false = fail unless it is current
    TimeMs busyTimeoutMs = 5'000;
};

/// Opens `sqlite:PATH` or `postgresql://…`, checks it (library version, file system, application id, quick check,
/// schema not newer than ours) and migrates it. Throws StoreError with a sentence for the operator.
std::unique_ptr<Database> openDatabase(std::string const& url, OpenOptions const& options);

/// Why no database can be opened by this URL, whatever lies there; nothing when one may be.
std::optional<std::string> databaseUrlFault(std::string_view url);

/// Where the database lies and what reads it, for the operator's eyes.
struct DatabasePlace {
    std::filesystem::path file;
    std::string library;  ///< `SQLite 3.54.1`
};
DatabasePlace databasePlace(std::string const& url);

}  // namespace common
