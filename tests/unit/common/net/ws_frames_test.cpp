#include "common/net/ws_frames.hpp"

#include "tests/support/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace common::net {
namespace {

using Kind = WsFrameReader::Kind;
using support::serverFrame;

constexpr std::size_t kLimit = 100'000;
constexpr unsigned kFin = 0x80;

struct Told {
    Kind kind;
    std::string payload;
    std::uint16_t code = 0;
    bool operator==(Told const&) const = default;
};

/// Everything that the bytes say when they arrive in pieces of `step`.
std::vector<Told> read(std::string const& bytes, std::size_t step, std::size_t limit = kLimit) {
    WsFrameReader reader(limit);
    std::vector<Told> told;
    std::string buffer;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        buffer += bytes.substr(at, step);
        std::string_view unread = buffer;
        while (true) {
            auto const event = reader.next(unread);
            if (event.kind == Kind::NeedMore) break;
            told.push_back({event.kind, std::string(event.payload), event.code});
            if (event.kind == Kind::Broken) return told;
        }
        buffer.erase(0, buffer.size() - unread.size());
    }
    return told;
}

std::vector<Told> readWhole(std::string const& bytes, std::size_t limit = kLimit) {
    return read(bytes, bytes.size(), limit);
}

std::uint16_t brokenCode(std::string const& bytes, std::size_t limit = kLimit) {
    auto const told = readWhole(bytes, limit);
    return !told.empty() && told.back().kind == Kind::Broken ? told.back().code : std::uint16_t{0};
}

TEST(WsFrameReader, Read_MixedFrames_SameWhateverThePieces) {
    auto const bytes = serverFrame(kFin | 1, "hello") + serverFrame(1, "a") + serverFrame(kFin | 9, "ping") +
                       serverFrame(0, std::string(200, 'b')) + serverFrame(kFin | 10, "") +
                       serverFrame(kFin | 0, "\xC3\xA4") + serverFrame(kFin | 1, std::string(70'000, 'x')) +
                       serverFrame(kFin | 1, "") +
                       serverFrame(kFin | 8,
                                   "\x03\xE8"
                                   "bye");
    std::vector<Told> const expected{{Kind::Text, "hello"},
                                     {Kind::Ping, "ping"},
                                     {Kind::Pong, ""},
                                     {Kind::Text, "a" + std::string(200, 'b') + "\xC3\xA4"},
                                     {Kind::Text, std::string(70'000, 'x')},
                                     {Kind::Text, ""},
                                     {Kind::Close, "bye", 1000}};
    for (std::size_t const step : {1UL, 2UL, 3UL, 7UL, 64UL, 1'000UL, 65'536UL, bytes.size()})
        EXPECT_EQ(read(bytes, step), expected) << step;
}

TEST(WsFrameReader, Read_TextThatCannotBecomeUtf8_IsRefusedBeforeItIsWhole) {
    auto const bytes = serverFrame(kFin | 1, std::string(300, 'a') + "\xF4\x90\x80\x80" + std::string(300, 'b'));
    for (std::size_t const step : {1UL, 2UL, 7UL, 64UL}) {
        WsFrameReader reader(1'000);
        std::string buffer;
        std::size_t sent = 0;
        auto kind = Kind::NeedMore;
        while (kind == Kind::NeedMore && sent < bytes.size()) {
            buffer += bytes.substr(sent, step);
            sent += step;
            std::string_view unread(buffer);
            auto const event = reader.next(unread);
            kind = event.kind;
            buffer.erase(0, buffer.size() - unread.size());
        }
        EXPECT_EQ(kind, Kind::Broken);
        EXPECT_LE(sent, 4 + 302 + step) << "told as soon as the second byte of the character is there";
    }
}

TEST(WsFrameReader, Read_LengthBoundaries_AreExact) {
    for (std::size_t const size : {0UL, 1UL, 125UL, 126UL, 127UL, 65'535UL, 65'536UL})
        EXPECT_EQ(readWhole(serverFrame(kFin | 1, std::string(size, 'x'))),
                  (std::vector<Told>{{Kind::Text, std::string(size, 'x')}}))
            << size;
}

TEST(WsFrameReader, Read_ProtocolBreaches_AreRefused) {
    EXPECT_EQ(brokenCode(serverFrame(kFin | 0x40 | 1, "compressed")), 1002);
    EXPECT_EQ(brokenCode(serverFrame(kFin | 3, "")), 1002) << "reserved opcode";
    EXPECT_EQ(brokenCode(serverFrame(kFin | 11, "")), 1002) << "reserved control opcode";
    EXPECT_EQ(brokenCode(std::string{'\x81', '\x81', 1, 2, 3, 4, 5}), 1002) << "masked";
    EXPECT_EQ(brokenCode(serverFrame(9, "x")), 1002) << "fragmented ping";
    EXPECT_EQ(brokenCode(serverFrame(kFin | 9, std::string(126, 'x'))), 1002) << "long ping";
    EXPECT_EQ(brokenCode(serverFrame(kFin | 0, "x")), 1002) << "continuation of nothing";
    EXPECT_EQ(brokenCode(serverFrame(1, "x") + serverFrame(kFin | 1, "y")), 1002) << "message inside a message";
    EXPECT_EQ(brokenCode(serverFrame(kFin | 2, "x")), 1003) << "binary";
    EXPECT_EQ(brokenCode(std::string("\x81\x7E\x00\x05hello", 9)), 1002) << "length not in its shortest form";
    EXPECT_EQ(brokenCode(std::string("\x81\x7F\x00\x00\x00\x00\x00\x00\xFF\xFF", 10)), 1002);
    EXPECT_EQ(brokenCode(serverFrame(kFin | 1, "\xFF")), 1007);
    EXPECT_EQ(brokenCode(serverFrame(1, "\xC3") + serverFrame(kFin | 0, "x")), 1007);
}

TEST(WsFrameReader, Read_OverTheLimit_IsRefusedAtTheHeader) {
    EXPECT_EQ(readWhole(serverFrame(kFin | 1, std::string(1'000, 'x')), 1'000).front().kind, Kind::Text);
    EXPECT_EQ(brokenCode(serverFrame(kFin | 1, std::string(1'001, 'x')).substr(0, 4), 1'000), 1009);
    EXPECT_EQ(brokenCode(std::string("\x81\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10)), 1009) << "2^64 - 1 bytes";
    EXPECT_EQ(brokenCode(serverFrame(1, std::string(600, 'x')) + serverFrame(0, std::string(401, 'x')), 1'000), 1009)
        << "fragments count together";
}

TEST(WsFrameReader, Read_CloseFrames_AreChecked) {
    EXPECT_EQ(readWhole(serverFrame(kFin | 8, "")), (std::vector<Told>{{Kind::Close, "", 1005}}));
    EXPECT_EQ(brokenCode(serverFrame(kFin | 8, "x")), 1002);
    EXPECT_EQ(brokenCode(serverFrame(kFin | 8, "\x03\xE8\xFF")), 1007);
    auto const closeWith = [](int code) {
        return serverFrame(kFin | 8, {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)});
    };
    for (int const code : {1000, 1001, 1003, 1007, 1008, 1011, 1012, 1014, 3000, 4008, 4999})
        EXPECT_EQ(readWhole(closeWith(code)).front().code, code) << code;
    for (int const code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65'535})
        EXPECT_EQ(brokenCode(closeWith(code)), 1002) << code;
}

TEST(WsFrameReader, Read_RandomBytes_EndsOrAsksForMore) {
    std::mt19937_64 random(11);
    for (int run = 0; run < 20'000; ++run) {
        std::string bytes;
        while (bytes.size() < random() % 64 + 1)
            bytes += static_cast<char>(random());
        auto const whole = readWhole(bytes, 1'000);
        EXPECT_EQ(read(bytes, 1, 1'000), whole);
    }
}

TEST(AppendClientFrame, AnySize_UnmasksToThePayload) {
    for (std::size_t const size : {0UL, 1UL, 125UL, 126UL, 65'535UL, 65'536UL}) {
        std::string const payload(size, 'p');
        std::string out = "before";
        appendClientFrame(out, WsOpcode::Text, payload, {0x12, 0x34, 0x56, 0x78});
        ASSERT_TRUE(out.starts_with("before\x81"));
        std::size_t const header = size < 126 ? 2 : size < 65'536 ? 4 : 10;
        auto const body = out.substr(6 + header + 4);
        ASSERT_EQ(body.size(), size);
        EXPECT_NE(static_cast<unsigned char>(out[7]) & 0x80, 0) << "the mask bit";
        std::string unmasked;
        for (std::size_t i = 0; i < body.size(); ++i)
            unmasked += static_cast<char>(body[i] ^ std::string_view("\x12\x34\x56\x78")[i % 4]);
        EXPECT_EQ(unmasked, payload);
    }
}

TEST(ClosePayload, LongReason_IsCutAtACharacter) {
    EXPECT_EQ(closePayload(1000, "bye"),
              "\x03\xE8"
              "bye");
    EXPECT_EQ(closePayload(1005, "ignored"), "");
    auto const cut = closePayload(1000, std::string(122, 'x') + "ä");
    EXPECT_EQ(cut.size(), 124U) << "half a character is left out";
}

}  // namespace
}  // namespace common::net
