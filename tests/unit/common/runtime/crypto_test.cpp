#include "common/runtime/crypto.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace common {
namespace {

TEST(Crypto, RandomId_Many_AreDistinctAndUnambiguous) {
    std::set<std::string> seen;
    std::set<char> letters;
    for (int i = 0; i < 2'000; ++i) {
        auto const id = randomId("al_");
        ASSERT_EQ(id.size(), 3U + 26U);
        EXPECT_TRUE(id.starts_with("al_"));
        for (char const c : id.substr(3))
            letters.insert(c);
        EXPECT_TRUE(seen.insert(id).second);
    }
    EXPECT_EQ(letters.size(), 32U);
    for (char const confusing : {'i', 'l', 'o', 'u'})
        EXPECT_FALSE(letters.contains(confusing));
}

TEST(Crypto, RandomBytes_AnySize_HasThatSize) {
    EXPECT_EQ(randomBytes(0).size(), 0U);
    EXPECT_EQ(randomBytes(24).size(), 24U);
    EXPECT_NE(randomBytes(24), randomBytes(24));
}

TEST(Crypto, Sha256_KnownTexts_MatchFips180) {
    EXPECT_EQ(sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(bytesOf(sha256("abc")).substr(0, 3), "\xba\x78\x16");
}

TEST(Crypto, HmacSha256_Rfc4231_Matches) {
    auto const first = base64(bytesOf(hmacSha256(std::string(20, '\x0b'), "Hi There")));
    EXPECT_EQ(first, "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=");
    auto const second = base64(bytesOf(hmacSha256("Jefe", "what do ya want for nothing?")));
    EXPECT_EQ(second, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
}

TEST(Crypto, Base64_Rfc4648Vectors_Match) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kVectors{{{"", ""},
                                                                                     {"f", "Zg=="},
                                                                                     {"fo", "Zm8="},
                                                                                     {"foo", "Zm9v"},
                                                                                     {"foob", "Zm9vYg=="},
                                                                                     {"fooba", "Zm9vYmE="},
                                                                                     {"foobar", "Zm9vYmFy"}}};
    for (auto const& [plain, coded] : kVectors) {
        EXPECT_EQ(base64(plain), coded);
        EXPECT_EQ(decodeBase64(coded), plain);
    }
    auto const all = randomBytes(1'000);
    EXPECT_EQ(decodeBase64(base64(all)), all);
}

TEST(Crypto, DecodeBase64_AnythingElse_IsRefused) {
    constexpr std::array<std::string_view, 11> kRefused{
        "Zg", "Zg=", "Zg===", "====", "Z===", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zm-_", "Zg==Zg=="};
    for (auto const text : kRefused)
        EXPECT_FALSE(decodeBase64(text)) << text;
}

TEST(Crypto, EqualSecrets_Texts_ComparesWhole) {
    EXPECT_TRUE(equalSecrets("abc", "abc"));
    EXPECT_FALSE(equalSecrets("abc", "abd"));
    EXPECT_FALSE(equalSecrets("abc", "ab"));
    EXPECT_FALSE(equalSecrets("", "a"));
    EXPECT_TRUE(equalSecrets("", ""));
}

}  // namespace
}  // namespace common
