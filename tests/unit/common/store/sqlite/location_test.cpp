#include "common/store/sqlite/location.hpp"

#include "common/store/store_error.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <gtest/gtest.h>

namespace store_test {
namespace {

using namespace common::sqlite;
namespace fs = std::filesystem;

TEST(Location, Locating_ThroughASymbolicLink_MeetsTheSameFile) {
    TempDatabase place;
    fs::create_directory(place.directory / "real");
    fs::create_directory_symlink(place.directory / "real", place.directory / "link");
    EXPECT_EQ(locateDatabase("sqlite:" + (place.directory / "link" / "t.db").string()),
              locateDatabase("sqlite:" + (place.directory / "real" / "t.db").string()));
    auto const before = fs::current_path();
    fs::current_path(place.directory);
    EXPECT_EQ(locateDatabase("sqlite:real/t.db"),
              locateDatabase("sqlite:" + (place.directory / "real" / "t.db").string()));
    fs::current_path(before);
}

TEST(Location, RefusingFileSystems_NetworkAndFuse_LocalOnesPass) {
    EXPECT_EQ(refusedFileSystem(0x6969), "nfs");
    EXPECT_EQ(refusedFileSystem(0xff534d42), "cifs");
    EXPECT_EQ(refusedFileSystem(0xffffffffff534d42), "cifs") << "sign-extended by a 32-bit field";
    EXPECT_EQ(refusedFileSystem(0xfe534d42), "smb2");
    EXPECT_EQ(refusedFileSystem(0x517b), "smb");
    EXPECT_EQ(refusedFileSystem(0x01021997), "9p");
    EXPECT_EQ(refusedFileSystem(0x65735546), "fuse") << "virtiofs too";
    EXPECT_EQ(refusedFileSystem(0xef53), "") << "ext4";
    EXPECT_EQ(refusedFileSystem(0x794c7630), "") << "overlayfs";
    EXPECT_EQ(refusedFileSystem(0x01021994), "") << "tmpfs";
}

TEST(Location, CheckingFileSystem_OfATemporaryDirectory_Passes) {
    TempDatabase place;
    EXPECT_NO_THROW(checkFileSystem(place.directory));
    EXPECT_THROW(checkFileSystem(place.directory / "missing"), common::StoreError);
}

}  // namespace
}  // namespace store_test
