#include "common/runtime/log.hpp"

#include "common/core/json.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace common::log {
namespace {

std::string line(Format format, std::vector<Field> const& fields) {
    return formatLine(format, Level::Info, 1'760'000'000'007, "session", "closed", fields);
}

TEST(Log, Text_PlainFields_StandBare) {
    EXPECT_EQ(line(Format::Text, {{"session", 41}, {"reason", "slow"}, {"ok", true}, {"ratio", 0.5}}),
              "info  session  closed  session=41 reason=slow ok=true ratio=0.5");
    EXPECT_EQ(line(Format::Text, {}), "info  session  closed");
    EXPECT_EQ(line(Format::Text, {{"n", std::numeric_limits<std::uint64_t>::max()}}),
              "info  session  closed  n=18446744073709551615");
}

TEST(Log, Text_HostileValues_CannotForgeALine) {
    EXPECT_EQ(line(Format::Text, {{"a", "x y"}}), "info  session  closed  a=\"x y\"");
    EXPECT_EQ(line(Format::Text, {{"a", ""}}), "info  session  closed  a=\"\"");
    EXPECT_EQ(line(Format::Text, {{"a", "b=c"}}), "info  session  closed  a=\"b=c\"");
    EXPECT_EQ(line(Format::Text, {{"a", "x\ninfo  fake"}}), "info  session  closed  a=\"x\\ninfo  fake\"");
    EXPECT_EQ(line(Format::Text, {{"a", "\x1b[2J\r\x7f"}}), "info  session  closed  a=\"\\x1b[2J\\x0d\\x7f\"");
    EXPECT_EQ(line(Format::Text, {{"a", "\"\\"}}), "info  session  closed  a=\"\\\"\\\\\"");
    EXPECT_EQ(line(Format::Text, {{"a", "\xFF\xC3"}}), "info  session  closed  a=\"\\xff\\xc3\"");
    EXPECT_EQ(line(Format::Text, {{"a",
                                   "\xC2\x9B"
                                   "2J"}}),
              "info  session  closed  a=\"\\xc2\\x9b2J\"")
        << "a C1 control character is one too";
    EXPECT_EQ(line(Format::Text, {{"a", "münze"}}), "info  session  closed  a=münze");
}

TEST(Log, Json_AnyFields_IsOneObjectWithTime) {
    auto const text = line(Format::Json, {{"session", 41}, {"reason", "a\n\"b\""}, {"ok", false}, {"x", 0.25}});
    auto const parsed = json::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->find("ts")->text(), "2025-10-09T08:53:20.007Z");
    EXPECT_EQ(parsed->find("level")->text(), "info");
    EXPECT_EQ(parsed->find("component")->text(), "session");
    EXPECT_EQ(parsed->find("event")->text(), "closed");
    EXPECT_EQ(parsed->find("session")->integer(), 41);
    EXPECT_EQ(parsed->find("reason")->text(), "a\n\"b\"");
    EXPECT_FALSE(parsed->find("ok")->boolean());
    EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Log, Json_MalformedUtf8_StaysJson) {
    auto const text = line(Format::Json, {{"a", "x\xFFy"}});
    ASSERT_TRUE(json::parse(text)) << text;
    EXPECT_EQ(json::parse(text)->find("a")->text(), "x\\xffy");
    auto const large = line(Format::Json, {{"n", std::numeric_limits<std::uint64_t>::max()}});
    EXPECT_EQ(json::parse(large)->find("n")->text(), "18446744073709551615");
}

struct LogOutput : ::testing::Test {
    LogOutput() {
        redirect([this](std::string_view text) { lines.emplace_back(text); });
    }
    ~LogOutput() override {
        redirect({});
        configure(Level::Info, Format::Text);
    }
    std::vector<std::string> lines;
};

TEST_F(LogOutput, Write_BelowLevel_IsDropped) {
    configure(Level::Warn, Format::Text);
    info("a", "b");
    debug("a", "b");
    warn("a", "c", {{"k", 1}});
    error("a", "d");
    EXPECT_EQ(lines, (std::vector<std::string>{"warn  a  c  k=1", "error  a  d"}));
    EXPECT_FALSE(enabled(Level::Info));
    configure(Level::Off, Format::Text);
    error("a", "e");
    EXPECT_EQ(lines.size(), 2U);
}

TEST_F(LogOutput, Write_BracesAndPercent_AreNoPatterns) {
    info("a", "b", {{"k", "{}%v%n{0}"}});
    EXPECT_EQ(lines, (std::vector<std::string>{"info  a  b  k={}%v%n{0}"}));
}

TEST(RateLimited, Hit_Burst_FirstAtOnceThenCounts) {
    RateLimited limited(60'000);
    EXPECT_EQ(limited.hit(5'000), 1U);
    for (int i = 0; i < 99; ++i)
        EXPECT_EQ(limited.hit(5'001 + i), std::nullopt);
    EXPECT_EQ(limited.hit(64'999), std::nullopt);
    EXPECT_EQ(limited.hit(65'000), 101U);
    EXPECT_EQ(limited.hit(65'001), std::nullopt);
    EXPECT_EQ(limited.hit(500'000), 2U);
}

}  // namespace
}  // namespace common::log
