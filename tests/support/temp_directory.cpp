#include "tests/support/temp_directory.hpp"

#include <stdexcept>

#include <stdlib.h>

namespace support {

TempDirectory::TempDirectory() {
    auto name = (std::filesystem::temp_directory_path() / "tickbell-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    path_ = name;
}

TempDirectory::~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace support
