#include "notifier/api/keys.hpp"

#include "notifier/api/accounts.hpp"
#include "tests/unit/notifier/api/handler_fixture.hpp"

namespace notifier::test {
namespace {

using common::ErrorCode;

using KeysTest = HandlerTest;

TEST_F(KeysTest, Add_GivesAKeyThatIsStoredOnlyAsAHash) {
    auto const key = addKey(*ingestion_, "ops", false, 5);
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->starts_with("tb_"));
    EXPECT_GE(key->size(), 29U);
    EXPECT_FALSE(findKeyHolder(*ingestion_, *key));
    auto const holder = findKeyHolder(*ingestion_, secretHash(*key));
    ASSERT_TRUE(holder);
    EXPECT_FALSE(holder->account.admin);
    EXPECT_FALSE(holder->account.anonymous);
}

TEST_F(KeysTest, Add_TakenOrBadName_IsRefused) {
    ASSERT_TRUE(addKey(*ingestion_, "ops", false, 5));
    EXPECT_EQ(addKey(*ingestion_, "ops", true, 5).error().code, ErrorCode::KeyConflict);
    for (auto const& name : std::vector<std::string>{"", "a b", "a\n", "ä", std::string(65, 'n')})
        EXPECT_EQ(addKey(*ingestion_, name, false, 5).error().code, ErrorCode::BadValue) << name;
}

TEST_F(KeysTest, Revoke_EndsTheKeyAndFreesItsName) {
    auto const key = addKey(*ingestion_, "ops", false, 5);
    EXPECT_TRUE(revokeKey(*ingestion_, "ops", 6));
    EXPECT_FALSE(findKeyHolder(*ingestion_, secretHash(*key)));
    EXPECT_EQ(revokeKey(*ingestion_, "ops", 7).error().code, ErrorCode::NotFound);
    auto const next = addKey(*ingestion_, "ops", false, 8);
    ASSERT_TRUE(next);
    EXPECT_NE(*next, *key);
}

TEST_F(KeysTest, List_ShowsEveryKeyAndNoSecret) {
    auto const key = addKey(*ingestion_, "ops", true, 1'760'000'000'000);
    addKey(*ingestion_, "bot", false, 1'760'000'000'000);
    EXPECT_TRUE(revokeKey(*ingestion_, "bot", 1'760'000'060'000));
    EXPECT_EQ(listKeys(*ingestion_),
              "ops\tadmin\t2025-10-09T08:53:20Z\tlive\n"
              "bot\tuser\t2025-10-09T08:53:20Z\trevoked 2025-10-09T08:54:20Z\n");
}

}  // namespace
}  // namespace notifier::test
