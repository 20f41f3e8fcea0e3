#include "notifier/protocol/reply.hpp"

#include "common/core/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace notifier {
namespace {

using common::Error;
using common::ErrorCode;

TEST(Reply, Render_WithAndWithoutId) {
    EXPECT_EQ(renderReply("7", "ping", R"({"ts":1})"), R"({"id":7,"method":"ping","result":{"ts":1}})");
    EXPECT_EQ(renderReply(R"("a")", "ping", "{}"), R"({"id":"a","method":"ping","result":{}})");
    EXPECT_EQ(renderReply("", "ping", "{}"), R"({"method":"ping","result":{}})");
}

TEST(Reply, RenderError_HasTheFiveMembers) {
    EXPECT_EQ(
        renderErrorReply("7", "subscribe", Error{ErrorCode::UnknownSymbol, "did you mean BTCUSDT?", "symbol", {}}),
        R"({"id":7,"method":"subscribe","error":{"code":1104,"name":"unknown_symbol",)"
        R"("message":"did you mean BTCUSDT?","field":"symbol","retryable":false}})");
    EXPECT_EQ(renderErrorReply("", "ping", Error{ErrorCode::RateLimited, "slow down", {}, 50}),
              R"({"method":"ping","error":{"code":1301,"name":"rate_limited","message":"slow down","field":null,)"
              R"("retryable":true,"retry_after_ms":50}})");
}

TEST(Reply, RenderFrameError_OfNoJson_HasNullIdAndMethod) {
    auto const refused = parseFrame("{");
    ASSERT_FALSE(refused);
    EXPECT_TRUE(renderErrorReply(refused.error()).starts_with(R"({"id":null,"method":null,"error":{"code":1001,)"));
}

TEST(Reply, RenderFrameError_WithoutId_HasNone) {
    auto const refused = parseFrame(R"({"method":"fly"})");
    ASSERT_FALSE(refused);
    EXPECT_TRUE(renderErrorReply(refused.error())
                    .starts_with(R"({"method":"fly","error":{"code":1003,"name":"unknown_method",)"));
}

TEST(Reply, RenderError_EveryCode_IsRenderedFromTheTable) {
    for (auto const& row : common::errorTable()) {
        auto const parsed = common::json::parse(renderError(Error{row.code, "m", "f", {}}));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->find("code")->integer(), static_cast<int>(row.code));
        EXPECT_EQ(parsed->find("name")->text(), row.name);
        EXPECT_EQ(parsed->find("retryable")->boolean(), row.retryable);
    }
}

common::AlertRecord record() {
    common::AlertRecord r;
    r.definition.publicId = "al_1";
    r.definition.symbol = "BTCUSDT";
    r.definition.condition.price = *common::Decimal::parse("70000");
    r.definition.created = 1'760'000'000'000;
    return r;
}

std::string alertText(common::AlertRecord const& r, common::TimeMs now) {
    common::json::Writer out;
    writeAlert(out, r, now);
    return out.take();
}

TEST(AlertObject, Write_NewAlert_HasEveryMemberInOrder) {
    EXPECT_EQ(alertText(record(), 0),
              R"({"id":"al_1","key":null,"rev":1,"symbol":"BTCUSDT","when":{"kind":"above","price":"70000"},)"
              R"("mode":"every","cooldown":null,"state":"pending","from_trade_id":null,"fires":0,"suppressed":0,)"
              R"("last_fired":null,"created":1760000000000,"expires":null,"note":null,"channels":null,)"
              R"("text":"BTCUSDT above 70000 every"})");
}

TEST(AlertObject, Write_ArmedAlert_ShowsWhatIngestionWrote) {
    auto r = record();
    r.definition.key = "k";
    r.definition.cooldown = 300'000;
    r.definition.note = "n\"";
    r.definition.channels = std::vector<std::string>{"push", "wh_1"};
    r.definition.expires = 1'770'000'000'000;
    r.state = {.rev = 1,
               .status = common::AlertStatus::Armed,
               .fromTradeId = 42,
               .fires = 3,
               .suppressed = 2,
               .lastFired = 1'760'000'000'500,
               .cooldownFrom = 1'760'000'000'500,
               .engine = ""};
    auto const cooling = alertText(r, 1'760'000'000'501);
    EXPECT_NE(cooling.find(R"("cooldown":"5m","state":"cooldown","from_trade_id":42,"fires":3,"suppressed":2,)"
                           R"("last_fired":1760000000500,)"),
              std::string::npos)
        << cooling;
    EXPECT_NE(cooling.find(R"("expires":1770000000000,"note":"n\"","channels":["push","wh_1"],)"), std::string::npos);
    EXPECT_NE(alertText(r, 1'760'000'300'500).find(R"("state":"armed")"), std::string::npos);
}

TEST(AlertObject, Write_NewerRevision_HidesTheOldOnesState) {
    auto r = record();
    r.definition.rev = 2;
    r.state = {.rev = 1,
               .status = common::AlertStatus::Armed,
               .fromTradeId = 42,
               .fires = 3,
               .suppressed = 2,
               .lastFired = 5,
               .cooldownFrom = {},
               .engine = ""};
    auto const text = alertText(r, 0);
    EXPECT_NE(text.find(R"("state":"pending","from_trade_id":null,"fires":3,"suppressed":0,"last_fired":5)"),
              std::string::npos)
        << text;
}

TEST(Help, Render_NamesEveryMethodWithAnExampleThatParses) {
    auto const help = common::json::parse(renderHelp());
    ASSERT_TRUE(help);
    auto const& methods = help->find("methods")->items();
    ASSERT_EQ(methods.size(), methodTable().size());
    for (auto const& method : methods) {
        common::json::Writer out;
        out.value(*method.find("example"));
        auto const command = parseFrame(out.text());
        ASSERT_TRUE(command) << out.text();
        EXPECT_EQ(methodText(command->method), method.find("method")->text());
    }
}

}  // namespace
}  // namespace notifier
