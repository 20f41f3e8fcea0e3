#include "examples/replay/market/tape.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

namespace replay {
namespace {

class TapeTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto const* const info = ::testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::temp_directory_path() / ("tickbell_" + std::string(info->name()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string gzip(std::string const& name, std::string const& text) {
        auto const path = (folder_ / name).string();
        auto* const file = gzopen(path.c_str(), "wb");
        gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
        gzclose(file);
        return path;
    }

    std::filesystem::path folder_;
};

std::string const kHeader = "trade_id,price,qty,time_ms,is_buyer_maker\n";

TEST_F(TapeTest, Read_GzipFile_KeepsIdsAndValuesExactly) {
    auto const path =
        gzip("ETHUSDT.spot.20240808.csv.gz", kHeader + "7,2679.00000001,0.50000000,1000,true\n8,2680.5,1,1000,false\n");
    auto const tapes = readTapes({path});
    ASSERT_TRUE(tapes) << tapes.error();
    ASSERT_EQ(tapes->size(), 1U);
    auto const& tape = tapes->front();
    EXPECT_EQ(tape.listing.info.symbol, "ETHUSDT");
    EXPECT_EQ(tape.listing.info.base, "ETH");
    EXPECT_FALSE(tape.renumbered);
    ASSERT_EQ(tape.trades.size(), 2U);
    EXPECT_EQ(tape.trades[0],
              (Trade{7, Decimal::fromUnits(267'900'000'001), Decimal::fromUnits(50'000'000), 1'000, true}));
    EXPECT_EQ(tape.trades[1].price.text(8), "2680.50000000");
    EXPECT_EQ(tape.listing.info.tickSize.units(), 1);
    EXPECT_EQ(tape.listing.info.lotSize, Decimal::parse("0.1"));
}

TEST_F(TapeTest, Read_IdsJump_RenumbersFromTheFirst) {
    auto const path =
        gzip("BTCUSDT.usdmbig.20240815.csv.gz", kHeader + "100,5,1,1,true\n118,6,1,2,true\n125,7,1,2,false\n");
    auto const tapes = readTapes({path});
    ASSERT_TRUE(tapes) << tapes.error();
    auto const& tape = tapes->front();
    EXPECT_TRUE(tape.renumbered);
    ASSERT_EQ(tape.trades.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(tape.trades[i].id, 100 + static_cast<std::int64_t>(i));
    EXPECT_EQ(tape.trades[2].price, Decimal::parse("7"));
}

TEST_F(TapeTest, Read_TwoFilesOfASymbol_BecomeOneInTimeOrder) {
    auto const later = gzip("ADAUSDT.spot.2.csv.gz", kHeader + "3,3,1,30,true\n");
    auto const earlier = gzip("ADAUSDT.spot.1.csv.gz", kHeader + "1,1,1,10,true\n2,2,1,20,true\n");
    auto const tapes = readTapes({later, earlier});
    ASSERT_TRUE(tapes) << tapes.error();
    ASSERT_EQ(tapes->size(), 1U);
    EXPECT_EQ(tapes->front().trades.front().time, 10);
    EXPECT_FALSE(tapes->front().renumbered);
}

TEST_F(TapeTest, Read_PlainTextWithoutLastNewline_Works) {
    auto const path = (folder_ / "XYZUSDT.spot.1.csv").string();
    std::ofstream(path) << kHeader << "1,1,1,10,true";
    auto const tapes = readTapes({path});
    ASSERT_TRUE(tapes) << tapes.error();
    EXPECT_EQ(tapes->front().trades.size(), 1U);
}

TEST_F(TapeTest, Read_BadInput_NamesFileAndLine) {
    auto const bad = readTapes({gzip("A.spot.1.csv.gz", kHeader + "1,1,1,10,true\n2,-1,1,10,true\n")});
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().find("A.spot.1.csv.gz, line 3: price"), std::string::npos) << bad.error();
    EXPECT_FALSE(readTapes({gzip("B.spot.1.csv.gz", "1,1,1,10,true\n")}));
    EXPECT_FALSE(readTapes({gzip("C.spot.1.csv.gz", kHeader)}));
    EXPECT_FALSE(readTapes({(folder_ / "absent.csv.gz").string()}));
    EXPECT_FALSE(readTapes({gzip("D.spot.1.csv.gz", kHeader + std::string(1'000, '1'))}));
}

TEST_F(TapeTest, Read_FileCutShort_IsRefused) {
    std::string rows = kHeader;
    for (int i = 1; i < 5'000; ++i)
        rows += std::to_string(i) + "," + std::to_string(i * 7919 % 1'000 + 1) + ",1," + std::to_string(i) + ",true\n";
    auto const path = gzip("E.spot.1.csv.gz", rows);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    EXPECT_FALSE(readTapes({path}));
}

TEST(TapeRow, Parse_WrongColumns_SaysWhich) {
    EXPECT_TRUE(parseTapeRow("1,2.5,3,4,false"));
    EXPECT_TRUE(parseTapeRow("1,2.5,3,4,false\r"));
    for (auto const* const row : {"", "1,2,3,4", "1,2,3,4,true,6", "x,2,3,4,true", "1,2e5,3,4,true", "1,2,,4,true",
                                  "1,2,3,-4,true", "1,2,3,4,TRUE"})
        EXPECT_FALSE(parseTapeRow(row)) << row;
}

}  // namespace
}  // namespace replay
