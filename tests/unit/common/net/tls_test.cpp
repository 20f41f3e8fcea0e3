#include "common/net/tls.hpp"

#include "tests/support/test_ca.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace common::net {
namespace {

struct TlsTest : ::testing::Test {
    TlsTest() {
        directory = std::filesystem::path(::testing::TempDir()) / ("tickbell_tls_" + std::to_string(::getpid()));
        std::filesystem::create_directories(directory);
    }
    ~TlsTest() override { std::filesystem::remove_all(directory); }

    std::string file(std::string const& name, std::string const& text) {
        auto const path = directory / name;
        std::ofstream(path) << text;
        return path.string();
    }

    support::TestCa ca;
    std::filesystem::path directory;
};

TEST_F(TlsTest, Server_MatchingFiles_IsMade) {
    auto const pair = ca.issue({"DNS:localhost"});
    EXPECT_TRUE(makeTlsServer(file("c.pem", pair.certificatePem), file("k.pem", pair.keyPem)));
}

TEST_F(TlsTest, Server_WrongFiles_AreNamed) {
    auto const pair = ca.issue({"DNS:localhost"});
    auto const other = ca.issue({"DNS:localhost"});
    auto const certificate = file("c.pem", pair.certificatePem);
    auto const missing = makeTlsServer((directory / "none.pem").string(), certificate);
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().find("none.pem"), std::string::npos);
    auto const noKey = makeTlsServer(certificate, file("k.pem", "nonsense"));
    ASSERT_FALSE(noKey);
    EXPECT_NE(noKey.error().find("k.pem"), std::string::npos);
    EXPECT_FALSE(makeTlsServer(certificate, file("other.pem", other.keyPem))) << "a key of another certificate";
}

TEST_F(TlsTest, Client_ExtraAuthority_IsReadOrNamed) {
    EXPECT_TRUE(makeTlsClient());
    EXPECT_TRUE(makeTlsClient({.caFile = file("ca.pem", ca.pem()), .caPem = ca.pem()}));
    auto const missing = makeTlsClient({.caFile = (directory / "none.pem").string(), .caPem = {}});
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().find("none.pem"), std::string::npos);
    EXPECT_FALSE(makeTlsClient({.caFile = {}, .caPem = "nonsense"}));
}

}  // namespace
}  // namespace common::net
