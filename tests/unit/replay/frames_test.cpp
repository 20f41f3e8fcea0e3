#include "examples/replay/protocol/frames.hpp"

#include "examples/replay/protocol/outbox.hpp"
#include "examples/replay/protocol/query.hpp"
#include "examples/replay/server/handshake.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

/// A client's frame, built from RFC 6455 by hand.
std::string clientFrame(unsigned head, std::string_view payload) {
    std::string frame{static_cast<char>(head)};
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80U | payload.size());
    } else {
        frame += static_cast<char>(0x80U | 126U);
        frame += static_cast<char>(payload.size() >> 8U);
        frame += static_cast<char>(payload.size() & 0xFFU);
    }
    std::string const mask = "\x11\x22\x33\x44";
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    return frame;
}

TEST(FrameReader, Feed_ByteByByte_YieldsTheMessages) {
    std::string const big(300, 'x');
    auto const bytes = clientFrame(0x81, "hello") + clientFrame(0x89, "ping") + clientFrame(0x81, big);
    FrameReader reader({});
    std::vector<FrameReader::Message> got;
    for (char const c : bytes) {
        reader.feed({&c, 1});
        while (auto message = reader.next())
            got.push_back(*message);
    }
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0].payload, "hello");
    EXPECT_EQ(got[1].opcode, Opcode::Ping);
    EXPECT_EQ(got[2].payload, big);
    EXPECT_EQ(reader.frames(), 3U);
}

TEST(FrameReader, Fragments_WithAPingBetween_AreJoined) {
    FrameReader reader({});
    reader.feed(clientFrame(0x01, "one ") + clientFrame(0x89, "") + clientFrame(0x80, "two"));
    EXPECT_EQ(reader.next().value().opcode, Opcode::Ping);
    EXPECT_EQ(reader.next().value().payload, "one two");
    EXPECT_EQ(reader.frames(), 3U);
}

TEST(FrameReader, BrokenFrames_FailWithTheirCode) {
    struct Case {
        std::string bytes;
        std::uint16_t code;
    };
    std::string const unmasked = "\x81\x01x";
    for (auto const& [bytes, code] :
         {Case{unmasked, 1002}, Case{clientFrame(0xC1, "x"), 1002}, Case{clientFrame(0x83, "x"), 1002},
          Case{clientFrame(0x09, "x"), 1002}, Case{clientFrame(0x80, "x"), 1002},
          Case{clientFrame(0x01, "a") + clientFrame(0x81, "b"), 1002},
          Case{clientFrame(0x81, std::string(2'000, 'x')), 1009}}) {
        FrameReader reader({.messageBytesMax = 1'000});
        reader.feed(bytes);
        while (reader.next()) {
        }
        EXPECT_EQ(reader.failure(), code);
        reader.feed(clientFrame(0x81, "more"));
        EXPECT_FALSE(reader.next());
    }
}

TEST(Frames, Append_AllLengthForms_HaveTheRightHeader) {
    std::string out;
    appendFrame(out, Opcode::Text, "abc");
    EXPECT_EQ(out, std::string("\x81\x03"
                               "abc"));
    out.clear();
    appendFrame(out, Opcode::Text, std::string(126, 'a'));
    EXPECT_EQ(out.substr(0, 4), std::string("\x81\x7e\x00\x7e", 4));
    out.clear();
    appendFrame(out, Opcode::Text, std::string(70'000, 'a'));
    EXPECT_EQ(out.substr(0, 10), std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x70", 10));
}

TEST(Outbox, Take_FramesPerWrite_IsKept) {
    Outbox outbox({.framesPerWriteMax = 3, .bytesPerWrite = 1'000});
    for (int i = 0; i < 7; ++i)
        outbox.frame(Opcode::Text, "xx");
    EXPECT_EQ(outbox.bytes(), 28U);
    EXPECT_EQ(outbox.take().size(), 12U);
    EXPECT_EQ(outbox.take().size(), 12U);
    EXPECT_EQ(outbox.take().size(), 4U);
    EXPECT_TRUE(outbox.isEmpty());
    EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Query, Parse_EscapesAndBrokenEscapes_AreTolerated) {
    auto const query = Query::parse("/p?symbols=%5B%22A%22%5D&x=&y&z=%zz%4");
    EXPECT_EQ(query.path(), "/p");
    EXPECT_EQ(query.find("symbols"), "[\"A\"]");
    EXPECT_EQ(query.find("x"), "");
    EXPECT_EQ(query.find("y"), "");
    EXPECT_EQ(query.find("z"), "%zz%4");
    EXPECT_FALSE(query.has("w"));
}

TEST(Handshake, AcceptKey_RfcExample_Agrees) {
    EXPECT_EQ(acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace replay
