#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/sqlite_database.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace store_test {
namespace {

using namespace common::sqlite;
using ColumnsByTable = std::map<std::string, std::set<std::string>>;

/// What schema/README.md says: sections `### table`, and the words in backticks of a row's first cell.
ColumnsByTable documented() {
    ColumnsByTable tables;
    std::ifstream file(TICKBELL_SCHEMA_README);
    std::string table;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("### ")) {
            table = line.substr(4, line.find(' ', 4) - 4);
            tables[table];
        } else if (line.starts_with("| `")) {
            std::istringstream cell(line.substr(2, line.find('|', 2) - 2));
            for (std::string word; std::getline(cell, word, '`');)
                if (std::getline(cell, word, '`')) tables[table].insert(word);
        }
    }
    return tables;
}

TEST(SchemaReadme, Comparing_WithTheSchema_NamesEveryTableAndColumn) {
    TempDatabase place;
    SqliteDatabase database(place.file, {});
    auto const readme = documented();
    ColumnsByTable actual;
    Query query(database.connection(),
                "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c "
                "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'");
    while (query.next())
        actual[query.text(0)].insert(query.text(1));
    // The constant key of the tables with one row explains itself.
    for (auto const* table : {"meta", "notifier_meta", "ingestion_meta"})
        actual[table].erase("id");
    EXPECT_EQ(readme, actual);
}

}  // namespace
}  // namespace store_test
