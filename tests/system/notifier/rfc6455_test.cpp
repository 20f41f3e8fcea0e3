// RFC 6455 as the server's side has to keep it, against the real program: the groups 1 to 7 and 10 of the Autobahn test
// suite, case by case. Where Autobahn expects an echo, a command is sent whose reply carries the text back.

#include "tests/system/notifier/notifier_fixture.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace notifier::test {
namespace {

using support::clientFrame;

// First bytes of frames: FIN and opcode.
constexpr unsigned kText = 0x81, kTextOpen = 0x01, kMore = 0x00, kEnd = 0x80;
constexpr unsigned kPing = 0x89, kPong = 0x8A, kClose = 0x88;

struct Case {
    std::string number;  ///< Autobahn's, where it has this case
    std::string bytes;
    std::vector<std::string> answers;  ///< `text ID`, `error CODE`, `pong PAYLOAD`, in order
    int closeCode = 1000;
    std::size_t step = 0;  ///< bytes of one write; 0 = all in one
};

std::string ask(std::string const& id) {
    return R"({"method":"ping","id":")" + id + "\"}";
}
std::string text(std::string const& id) {
    return clientFrame(kText, ask(id));
}
/// A command of exactly this many bytes.
std::string padded(std::string const& id, std::size_t bytes) {
    auto const command = ask(id);
    return command + std::string(bytes - command.size(), ' ');
}
std::string closing(int code = 1000, std::string const& reason = {}) {
    return clientFrame(kClose, std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + reason);
}
/// One message in pieces of this many bytes.
std::string inFragments(std::string const& message, std::size_t pieceBytes) {
    std::string frames;
    for (std::size_t at = 0; at < message.size(); at += pieceBytes) {
        bool const last = at + pieceBytes >= message.size();
        frames += clientFrame((at == 0 ? kTextOpen : kMore) | (last ? 0x80U : 0U), message.substr(at, pieceBytes));
    }
    return frames;
}

std::vector<Case> sizes() {
    std::vector<Case> cases{{"1.1.1", clientFrame(kText, "") + closing(), {"error 1001"}}};
    int number = 2;
    for (std::size_t const bytes : {125U, 126U, 127U, 128U, 65'535U, 65'536U})
        cases.push_back(
            {fmt::format("1.1.{}", number++), clientFrame(kText, padded("s", bytes)) + closing(), {"text s"}});
    cases.push_back({"1.1.8", clientFrame(kText, padded("s", 65'536)) + closing(), {"text s"}, 1000, 997});
    // Binary messages are no part of the protocol.
    for (std::size_t const bytes : {0U, 125U, 126U, 127U, 128U, 65'535U, 65'536U})
        cases.push_back({fmt::format("1.2, {} bytes", bytes), clientFrame(0x82, std::string(bytes, '\xFE')), {}, 1003});
    for (std::size_t const piece : {64U, 256U, 1'000U, 1'024U, 1'300U, 32'768U})
        cases.push_back({fmt::format("10.1.1, pieces of {}", piece),
                         inFragments(padded("f", 65'536), piece) + closing(),
                         {"text f"}});
    return cases;
}

std::vector<Case> pings() {
    std::string const binary("\x00\xFF\xFE\xFD\xFC\xFB\x00\xFF", 8);
    std::string const full(125, '\xFE');
    std::vector<Case> cases{
        {"2.1", clientFrame(kPing, "") + closing(), {"pong "}},
        {"2.2", clientFrame(kPing, "Hello, world!") + closing(), {"pong Hello, world!"}},
        {"2.3", clientFrame(kPing, binary) + closing(), {"pong " + binary}},
        {"2.4", clientFrame(kPing, full) + closing(), {"pong " + full}},
        {"2.5", clientFrame(kPing, std::string(126, '\xFE')), {}, 1002},
        {"2.6", clientFrame(kPing, full) + closing(), {"pong " + full}, 1000, 1},
        {"2.7", clientFrame(kPong, "") + closing(), {}},
        {"2.8", clientFrame(kPong, "unsolicited") + closing(), {}},
        {"2.9", clientFrame(kPong, "unsolicited") + clientFrame(kPing, "p") + closing(), {"pong p"}},
    };
    Case ten{"2.10", "", {}};
    for (int i = 0; i < 10; ++i) {
        ten.bytes += clientFrame(kPing, fmt::format("payload-{}", i));
        ten.answers.push_back(fmt::format("pong payload-{}", i));
    }
    ten.bytes += closing();
    cases.push_back(ten);
    ten.number = "2.11";
    ten.step = 1;
    cases.push_back(ten);
    return cases;
}

std::vector<Case> reservedBitsAndOpcodes() {
    std::vector<Case> cases{
        {"3.1", clientFrame(0x90 | 1, ask("r")), {}, 1002},
        {"3.2", text("a") + clientFrame(0xA0 | 1, ask("r")) + clientFrame(kPing, ""), {"text a"}, 1002},
        {"3.3", text("a") + clientFrame(0xB0 | 1, ask("r")) + clientFrame(kPing, ""), {"text a"}, 1002},
        {"3.4", text("a") + clientFrame(0xC0 | 1, ask("r")) + clientFrame(kPing, ""), {"text a"}, 1002, 1},
        {"3.5", clientFrame(0xD0 | 2, "\xFF"), {}, 1002},
        {"3.6", clientFrame(0xE0 | 9, "ping"), {}, 1002},
        {"3.7", clientFrame(0xF0 | 8, ""), {}, 1002},
    };
    for (unsigned const opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        auto const number = fmt::format("4, opcode {}", opcode);
        cases.push_back({number, clientFrame(0x80 | opcode, ""), {}, 1002});
        cases.push_back({number + " with payload", clientFrame(0x80 | opcode, "reserved"), {}, 1002});
        cases.push_back({number + " behind a text",
                         text("a") + clientFrame(0x80 | opcode, "") + clientFrame(kPing, ""),
                         {"text a"},
                         1002});
        cases.push_back({number + " byte by byte", text("a") + clientFrame(0x80 | opcode, "xx"), {"text a"}, 1002, 1});
    }
    return cases;
}

std::vector<Case> fragmentation() {
    auto const whole = ask("f");
    auto const head = whole.substr(0, 9), tail = whole.substr(9);
    auto const twoParts = clientFrame(kTextOpen, head) + clientFrame(kEnd, tail);
    auto const pinged = clientFrame(kTextOpen, head) + clientFrame(kPing, "p") + clientFrame(kEnd, tail);
    std::string spoiled;  // a good message, then a continuation of nothing, twice
    for (int i = 0; i < 2; ++i)
        spoiled += twoParts + clientFrame(kMore, "none") + twoParts;
    std::string five = clientFrame(kTextOpen, whole.substr(0, 4)) + clientFrame(kMore, whole.substr(4, 4)) +
                       clientFrame(kPing, "one") + clientFrame(kMore, whole.substr(8, 4)) +
                       clientFrame(kMore, whole.substr(12, 4)) + clientFrame(kPing, "two") +
                       clientFrame(kEnd, whole.substr(16));
    std::vector<Case> cases{
        {"5.1", clientFrame(0x09, "first") + clientFrame(kEnd, "second"), {}, 1002},
        {"5.2", clientFrame(0x0A, "first") + clientFrame(kEnd, "second"), {}, 1002},
        {"5.9", clientFrame(kEnd, "none") + text("a"), {}, 1002},
        {"5.11", clientFrame(kEnd, "none") + text("a"), {}, 1002, 1},
        {"5.12", clientFrame(kMore, "none") + text("a"), {}, 1002},
        {"5.14", clientFrame(kMore, "none") + text("a"), {}, 1002, 1},
        {"5.15", twoParts + clientFrame(kMore, "none") + text("a"), {"text f"}, 1002},
        {"5.16", clientFrame(kMore, "none") + clientFrame(kTextOpen, head) + clientFrame(kEnd, tail), {}, 1002},
        {"5.17", spoiled, {"text f"}, 1002},
        {"5.18", clientFrame(kTextOpen, head) + clientFrame(kText, tail), {}, 1002},
        {"a close between", clientFrame(kTextOpen, head) + closing(), {}},
    };
    for (auto const& [number, step] : {std::pair{"5.3", 0UL}, {"5.4", 4UL}, {"5.5", 1UL}})
        cases.push_back({number, twoParts + closing(), {"text f"}, 1000, step});
    for (auto const& [number, step] : {std::pair{"5.6", 0UL}, {"5.7", 4UL}, {"5.8", 1UL}})
        cases.push_back({number, pinged + closing(), {"pong p", "text f"}, 1000, step});
    for (auto const& [number, step] : {std::pair{"5.19", 0UL}, {"5.20", 1UL}})
        cases.push_back({number, five + closing(), {"pong one", "pong two", "text f"}, 1000, step});
    return cases;
}

/// Markus Kuhn's decoder test: first and last forms of each length, boundaries, and texts of several scripts.
std::vector<std::string> wellFormed() {
    return {"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5",
            "Hello-\xC2\xB5@\xC3\x9F\xC3\xB6\xC3\xA4\xC3\xBC\xC3\xA0\xC3\xA1-UTF-8!!",
            "\x7F",
            "\xC2\x80",
            "\xDF\xBF",
            "\xE0\xA0\x80",
            "\xEF\xBF\xBF",
            "\xF0\x90\x80\x80",
            "\xF4\x8F\xBF\xBF",
            "\xED\x9F\xBF",
            "\xEE\x80\x80",
            "\xEF\xBF\xBD",
            "\xEF\xBF\xBE",
            "\xF0\x9F\xBF\xBE",
            "\xF4\x8F\xBF\xBE"};
}
std::vector<std::string> malformed() {
    using namespace std::string_literals;
    return {// 6.6, 6.9-6.11: cut short
            "\xCE", "\xCE\xBA\xE1", "\xCE\xBA\xE1\xBD", "\xCE\xBA\xE1\xBD\xB9\xCF",
            // 6.8: five and six bytes; over the last code point
            "\xF8\x88\x80\x80\x80", "\xFC\x84\x80\x80\x80\x80", "\xF7\xBF\xBF\xBF", "\xF4\x90\x80\x80",
            // 6.12, 6.13: unexpected continuations, lonely starts
            "\x80", "\xBF", "\x80\xBF\x80\xBF", "\xC0 \xC1 ", "\xE0 \xE1 ", "\xF0 \xF1 ", "\xF8 ", "\xFC ",
            // 6.14, 6.15: last continuation missing
            "\xC0", "\xE0\x80", "\xF0\x80\x80", "\xDF", "\xEF\xBF", "\xF0\x90\x80", "\xE2\x82 ",
            // 6.16: impossible bytes
            "\xFE", "\xFF", "\xFE\xFE\xFF\xFF",
            // 6.17-6.19: overlong
            "\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF", "\xF8\x80\x80\x80\xAF", "\xC1\xBF", "\xE0\x9F\xBF",
            "\xF0\x8F\xBF\xBF", "\xC0\x80", "\xE0\x80\x80", "\xF0\x80\x80\x80",
            // 6.20, 6.21: surrogates, single and paired
            "\xED\xA0\x80", "\xED\xAD\xBF", "\xED\xAE\x80", "\xED\xAF\xBF", "\xED\xB0\x80", "\xED\xBE\x80",
            "\xED\xBF\xBF", "\xED\xA0\x80\xED\xB0\x80", "\xED\xAF\xBF\xED\xBF\xBF"};
}

std::vector<Case> unicode() {
    auto const empties = clientFrame(kTextOpen, "") + clientFrame(kMore, "");
    std::vector<Case> cases{
        {"6.1.1", clientFrame(kText, "") + closing(), {"error 1001"}},
        {"6.1.2", empties + clientFrame(kEnd, "") + closing(), {"error 1001"}},
        {"6.1.3", empties + clientFrame(kEnd, ask("e")) + closing(), {"text e"}},
    };
    for (auto const& good : wellFormed()) {
        std::string const number = "6.2, 6.5, 6.7, 6.22: " + good;
        cases.push_back({number, text(good) + closing(), {"text " + good}});
        cases.push_back({number + " in fragments", inFragments(ask(good), 1) + closing(), {"text " + good}});
        cases.push_back({number + " byte by byte", text(good) + closing(), {"text " + good}, 1000, 1});
    }
    int count = 0;
    for (auto const& bad : malformed()) {
        auto const number = fmt::format("6.3, 6.6, 6.8-6.21: malformed {}", ++count);
        cases.push_back({number, text(bad), {}, 1007});
        cases.push_back({number + " in fragments", inFragments(ask(bad), 1), {}, 1007});
        cases.push_back({number + " byte by byte", text(bad), {}, 1007, 1});
    }
    // 6.4: told at once, though the message never ends. What is sent here stops right behind the fault.
    std::string const hopeless = R"({"id":")"
                                 "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF4\x90";
    auto const cut = [](std::string const& frame, std::size_t payloadBytes) {
        return frame.substr(0, 6 + payloadBytes);
    };
    cases.push_back(
        {"6.4.1", clientFrame(kTextOpen, hopeless.substr(0, 9)) + clientFrame(kMore, hopeless.substr(9)), {}, 1007});
    cases.push_back({"6.4.2", clientFrame(kTextOpen, hopeless), {}, 1007});
    cases.push_back(
        {"6.4.3", cut(clientFrame(kText, hopeless + "\x80\x80" + std::string(40, ' ')), hopeless.size()), {}, 1007});
    cases.push_back(
        {"6.4.4", cut(clientFrame(kText, hopeless + "\x80\x80" + std::string(40, ' ')), hopeless.size()), {}, 1007, 1});
    return cases;
}

std::vector<Case> closeHandling() {
    std::vector<Case> cases{
        {"7.1.1", text("a") + closing(), {"text a"}},
        {"7.1.2", closing() + closing(), {}},
        {"7.1.3", closing() + clientFrame(kPing, "late"), {}},
        {"7.1.4", closing() + text("late"), {}},
        {"7.1.5", clientFrame(kTextOpen, "{") + closing() + clientFrame(kEnd, "}"), {}},
        {"7.1.6", clientFrame(kText, padded("a", 65'536)) + closing() + clientFrame(kPing, "late"), {"text a"}},
        {"7.3.1", clientFrame(kClose, ""), {}, 1005},
        {"7.3.2", clientFrame(kClose, "a"), {}, 1002},
        {"7.3.3", closing(), {}},
        {"7.3.4", closing(1000, "Hello World!"), {}},
        {"7.3.5", closing(1000, std::string(123, '*')), {}},
        {"7.3.6", closing(1000, std::string(124, '*')), {}, 1002},
        {"7.5.1", closing(1000, "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80"), {}, 1007},
    };
    for (int const code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
        cases.push_back({fmt::format("7.7, {}", code), closing(code), {}, code});
    for (int const code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65'535})
        cases.push_back({fmt::format("7.9, 7.13, {}", code), closing(code), {}, 1002});
    return cases;
}

/// The server's frames behind its upgrade answer, in the words of Case; pushes are left out.
struct Heard {
    std::vector<std::string> answers;
    int closeCode = 0;  ///< 0 = no close frame came
    bool wellFormed = true;
};

std::string answerOf(std::string const& json) {
    auto const value = common::json::parse(json);
    if (!value) return "no JSON";
    if (value->find("type") != nullptr) return {};
    if (auto const* const error = value->find("error")) return "error " + support::text(*error, "code");
    return "text " + support::text(*value, "id");
}

Heard parse(std::string const& bytes) {
    Heard heard;
    std::size_t at = bytes.find("\r\n\r\n") + 4;
    while (at < bytes.size()) {
        auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes.at(at + i)); };
        std::size_t length = byte(1), head = 2;
        if (length == 126) {
            length = static_cast<std::size_t>(byte(2) << 8 | byte(3));
            head = 4;
        }
        // Unmasked, in one piece, without extensions, nothing behind a close.
        heard.wellFormed = heard.wellFormed && (byte(0) & 0xF0) == 0x80 && byte(1) < 127 && heard.closeCode == 0;
        auto const payload = bytes.substr(at + head, length);
        if (byte(0) == kText) {
            if (auto answer = answerOf(payload); !answer.empty()) heard.answers.push_back(std::move(answer));
        } else if (byte(0) == kPong) {
            heard.answers.push_back("pong " + payload);
        } else if (byte(0) == kClose) {
            heard.closeCode = length < 2 ? 1005 : byte(head) << 8 | byte(head + 1);
        }
        at += head + length;
    }
    return heard;
}

class Rfc6455Test : public NotifierTest {
protected:
    void run(std::vector<Case> const& cases) {
        start({"--limit-commands", "1000"});
        WsTestClient judge(port_);
        for (auto const& one : cases) {
            RawClient client(port_);
            client.send(support::upgradeRequest());
            auto answer = client.readUntil("\r\n\r\n");
            auto const step = one.step == 0 ? one.bytes.size() : one.step;
            for (std::size_t at = 0; at < one.bytes.size(); at += step)
                client.send(std::string_view(one.bytes).substr(at, step));
            answer += client.readAll();
            EXPECT_TRUE(client.closed()) << one.number;
            auto const heard = parse(answer);
            EXPECT_TRUE(heard.wellFormed) << one.number;
            EXPECT_EQ(heard.answers, one.answers) << one.number;
            EXPECT_EQ(heard.closeCode, one.closeCode) << one.number;
            EXPECT_EQ(support::text(judge.ask(ask("judge")), "id"), "judge") << "after " << one.number;
        }
    }
};

TEST_F(Rfc6455Test, Groups1And10_Sizes) {
    run(sizes());
}
TEST_F(Rfc6455Test, Group2_Pings) {
    run(pings());
}
TEST_F(Rfc6455Test, Groups3And4_ReservedBitsAndOpcodes) {
    run(reservedBitsAndOpcodes());
}
TEST_F(Rfc6455Test, Group5_Fragmentation) {
    run(fragmentation());
}
TEST_F(Rfc6455Test, Group6_Unicode) {
    run(unicode());
}
TEST_F(Rfc6455Test, Group7_Closing) {
    run(closeHandling());
}

}  // namespace
}  // namespace notifier::test
