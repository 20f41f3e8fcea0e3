#include "ingestion/evaluate/engine_text.hpp"

#include <array>
#include <limits>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

TEST(EngineText, Nothing_IsEmpty) {
    EXPECT_EQ(writeMemory({}), "");
    EXPECT_EQ(readMemory(""), AlertMemory{});
}

TEST(EngineText, Everything_ComesBack) {
    AlertMemory const memory{.held = true,
                             .anchor = std::numeric_limits<std::int64_t>::max(),
                             .extreme = 1,
                             .run = ingestion::Run{1'760'000'000'123, false, Edge::High}};
    EXPECT_EQ(writeMemory(memory), "1 h a9223372036854775807 x1 d1760000000123h");
    EXPECT_EQ(readMemory(writeMemory(memory)), memory);
    AlertMemory const run{.held = false, .anchor = {}, .extreme = {}, .run = ingestion::Run{7, true, Edge::Low}};
    EXPECT_EQ(writeMemory(run), "1 u7l");
    EXPECT_EQ(readMemory("1 u7l"), run);
    EXPECT_EQ(readMemory("1 u7").run, (ingestion::Run{7, true, Edge::None}));
}

TEST(EngineText, Damaged_RemembersNothing) {
    for (auto const* const text : {"2 h", "1h", "1 ", "1 h ", "1  h", "1 a", "1 ax", "1 a-1", "1 x1x", "1 u7m",
                                   "1 u7ll", "1 z", "h", "1 a99999999999999999999"})
        EXPECT_EQ(readMemory(text), AlertMemory{}) << text;
}

}  // namespace
}  // namespace ingestion
