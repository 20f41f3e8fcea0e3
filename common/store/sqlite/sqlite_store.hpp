#pragma once

#include "common/store/backup.hpp"
#include "common/store/change_bell.hpp"
#include "common/store/checkpointer.hpp"
#include "common/store/open.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

// The SQLite adapter as common/store/open.cpp sees it: the functions of common/store for `sqlite:PATH`.
namespace common::sqlite {

bool isSqliteUrl(std::string_view databaseUrl);
std::unique_ptr<Database> openDatabase(std::string_view databaseUrl, OpenOptions const& options);
DatabasePlace databasePlace(std::string const& url);
std::unique_ptr<ChangeBell> openBell(std::string_view databaseUrl, Role self);
std::unique_ptr<RoleLock> openRoleLock(std::string_view databaseUrl, Role self);
std::unique_ptr<Checkpointer> startCheckpointer(std::string_view databaseUrl, CheckpointerOptions options);
void backupDatabase(std::string_view databaseUrl, std::filesystem::path const& file);
void restoreDatabase(std::string_view databaseUrl, std::filesystem::path const& file);
VerifyReport verifyDatabase(std::string_view databaseUrl);

}  // namespace common::sqlite
