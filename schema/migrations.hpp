#pragma once

#include <span>
#include <string_view>

namespace schema {

/// One forward step of a schema, embedded from schema/<database>/NNNN_name.sql.
struct Migration {
    int version;
    std::string_view name;
    std::string_view sql;
};

/// Ascending by version, from 1 without holes (checked when the file list is embedded).
std::span<Migration const> sqliteMigrations();

}  // namespace schema
