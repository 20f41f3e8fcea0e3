#include "notifier/delivery/rules/mail_link.hpp"

#include <gtest/gtest.h>

namespace notifier::test {
namespace {

std::string const kKey = "a key of this database";

// printf 'unsubscribe:em_1' | openssl dgst -sha256 -hmac 'a key of this database' -binary | head -c 16 | basenc
// --base64url
TEST(MailLink, Token_IsWhatOpensslSigns) {
    EXPECT_EQ(mailLinkToken(kKey, "em_1"), "em_1.pq26MksXyhpzpzwrmW-G8w");
}

TEST(MailLink, Token_AnyCharacterChanged_NamesNobody) {
    auto const token = mailLinkToken(kKey, "em_1");
    EXPECT_EQ(emailOfToken(kKey, token), "em_1");
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(emailOfToken(kKey, changed)) << changed;
    }
    for (auto const& text : {std::string(), std::string("em_1"), std::string("em_1."), token + "A",
                             token.substr(0, token.size() - 1), std::string(".") + token})
        EXPECT_FALSE(emailOfToken(kKey, text)) << text;
    EXPECT_FALSE(emailOfToken("another database's", token));
}

}  // namespace
}  // namespace notifier::test
