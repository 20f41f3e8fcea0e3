#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace common {

// What the notifier's subcommands do. All throw StoreError with a sentence for the operator.

/// Writes what is committed to a new file, also while both programs run. Refuses to overwrite; the copy is checked
/// before it gets its name.
void backupDatabase(std::string const& databaseUrl, std::filesystem::path const& file);

/// Puts a backup in the place of the database, with a new epoch so that clients notice. Both programs must be stopped.
/// The database that was there is kept beside it as `….before-restore`.
void restoreDatabase(std::string const& databaseUrl, std::filesystem::path const& file);

struct VerifyReport {
    int schemaVersion = 0;
    std::string epoch;
    std::vector<std::string> faults;  ///< empty = sound
};
/// Reads everything: the file's structure, references between tables, and what the tables promise (`seq` without
/// holes, `fire` numbers).
VerifyReport verifyDatabase(std::string const& databaseUrl);

}  // namespace common
