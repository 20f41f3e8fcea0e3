#include "common/core/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace common {
namespace {

std::vector<std::string> const kSymbols{"ETHUSDT", "BTCUSDT", "BTCUSDC", "BNBBTC"};

TEST(Nearest, Find_OneMistake_IsForgiven) {
    EXPECT_EQ(nearest("BTCUSDTT", kSymbols), "BTCUSDT");
    EXPECT_EQ(nearest("BTUSDT", kSymbols), "BTCUSDT");
    EXPECT_EQ(nearest("BTCUSTD", kSymbols), "BTCUSDT") << "swapped neighbours are one mistake";
    EXPECT_EQ(nearest("ETHUSDX", kSymbols), "ETHUSDT");
}

TEST(Nearest, Find_NothingAlike_IsNothing) {
    EXPECT_EQ(nearest("DOGEEUR", kSymbols), std::nullopt);
    EXPECT_EQ(nearest("", kSymbols), std::nullopt);
    EXPECT_EQ(nearest("BTCUSDT", {}), std::nullopt);
    EXPECT_EQ(nearest(std::string(100'000, 'B'), kSymbols), std::nullopt);
}

TEST(Nearest, Find_ExactWord_IsItself) {
    EXPECT_EQ(nearest("BTCUSDC", kSymbols), "BTCUSDC");
}

}  // namespace
}  // namespace common
