#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace store_test {

/// A directory of its own for one test, gone with it.
class TempDatabase {
public:
    TempDatabase() {
        auto pattern = (std::filesystem::temp_directory_path() / "tickbell-store-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
        directory = pattern;
        file = directory / "tickbell.db";
    }
    ~TempDatabase() { std::filesystem::remove_all(directory); }
    TempDatabase(TempDatabase const&) = delete;
    TempDatabase& operator=(TempDatabase const&) = delete;

    std::string url() const { return "sqlite:" + file.string(); }

    std::filesystem::path directory;
    std::filesystem::path file;
};

}  // namespace store_test
