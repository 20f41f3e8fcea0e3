#include "ingestion/app/options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

namespace ingestion {
namespace {

struct Read {
    std::optional<int> ends;
    std::string said;
    Options options;
};
Read readSymbols(std::string const& symbols) {
    Read read;
    auto table = optionTable(read.options);
    std::string const flag = "--symbols=" + symbols;
    char const* const argv[]{"tickbell-ingestion", flag.c_str()};
    std::ostringstream out;
    std::ostringstream err;
    read.ends = table.parse(
        2, argv, [](char const*) -> char const* { return nullptr; }, out, err);
    read.said = err.str();
    return read;
}

TEST(IngestionOptions, Symbols_WhatNoSymbolCanBe_IsRefusedInOneLine) {
    for (std::string const symbols : {"BTC USDT", "BTCUSDT,ETH USDT", "BTC/USDT", "BTCUSDT;ETHUSDT", "BTC\tUSDT",
                                      "BTCUSDT\n", "\"BTCUSDT\"", "BTC\xff", "btcusdt@trade"}) {
        auto const read = readSymbols(symbols);
        EXPECT_EQ(read.ends, 2) << symbols;
        EXPECT_NE(read.said.find("--symbols"), std::string::npos) << read.said;
        EXPECT_NE(read.said.find("is no symbol"), std::string::npos) << read.said;
    }
    EXPECT_EQ(readSymbols(std::string(65, 'A')).ends, 2);
    auto const said = readSymbols("BTC USDT").said;
    EXPECT_NE(said.find("\"BTC USDT\""), std::string::npos) << said;
    EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
}

TEST(IngestionOptions, Symbols_AnythingThatMayBeOne_IsTaken) {
    for (std::string const symbols :
         {"", "BTCUSDT", "btcusdt, ethusdt", "1000SATSUSDT", "USDT-X_Y.Z", "币安人生USDT"}) {
        auto const read = readSymbols(symbols);
        EXPECT_FALSE(read.ends) << symbols << ' ' << read.said;
    }
    EXPECT_EQ(readSymbols("btcusdt , ethusdt").options.symbols, (std::vector<std::string>{"btcusdt", "ethusdt"}));
}

}  // namespace
}  // namespace ingestion
