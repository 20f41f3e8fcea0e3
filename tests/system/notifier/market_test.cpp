// Candles as a client gets them: in chunks, compressed or not, again with their tag.

#include "common/runtime/clock.hpp"
#include "tests/system/notifier/notifier_fixture.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <zlib.h>

namespace notifier::test {
namespace {

using common::Candle;
using common::kMinuteMs;

constexpr int kMinutes = 7 * 24 * 60;

/// An answer taken apart by its own framing.
struct Answer {
    std::string head;
    std::string body;
    bool whole = false;  ///< the framing's end was reached

    bool has(std::string const& line) const { return head.find("\r\n" + line + "\r\n") != std::string::npos; }
    std::string header(std::string const& name) const {
        auto const at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return {};
        auto const from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
};

/// RFC 9112 section 7.1, without extensions and trailers.
void takeChunks(RawClient& client, Answer& answer) {
    while (true) {
        auto const line = client.readUntil("\r\n");
        std::size_t bytes = 0;
        auto const [end, error] = std::from_chars(line.data(), line.data() + line.size(), bytes, 16);
        if (error != std::errc() || std::string_view(end) != "\r\n") return;
        auto const chunk = client.read(bytes + 2);
        if (chunk.size() != bytes + 2 || !chunk.ends_with("\r\n")) return;
        answer.body.append(chunk, 0, bytes);
        if (bytes == 0) {
            answer.whole = true;
            return;
        }
    }
}

std::string unzipped(std::string const& coded) {
    std::string plain(2'000'000, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
    stream.avail_in = static_cast<uInt>(coded.size());
    stream.next_out = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_out = static_cast<uInt>(plain.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    plain.resize(plain.size() - stream.avail_out);
    inflateEnd(&stream);
    return plain;
}

class MarketNotifierTest : public NotifierTest {
protected:
    void SetUp() override {
        NotifierTest::SetUp();
        ingestion_->listSymbols({"BTCUSDT", "ETHUSDT"});
        end_ = common::floorTo(common::SystemClock().wallMs(), kMinuteMs);
        std::vector<Candle> candles;
        for (int i = 0; i < kMinutes; ++i) {
            auto& candle = candles.emplace_back(
                Candle::quiet(open(i), kMinuteMs, common::Decimal::fromUnits(7'000'000'000'000 + i * 1'000'000), 2));
            candle.trades = 3;
            candle.volume = 12'345'678;
            candle.quoteVolume = candle.volume * candle.close.units();
        }
        ingestion_->candles("BTCUSDT", candles);
        start();
    }
    common::TimeMs open(int minute) const { return end_ - (kMinutes - minute) * kMinuteMs; }

    Answer ask(RawClient& client, std::string const& target, std::string const& headers = {},
               std::string const& method = "GET", std::string const& version = "1.1") const {
        client.send(method + " " + target + " HTTP/" + version + "\r\nHost: a\r\n" + headers + "\r\n");
        Answer answer{.head = client.readUntil("\r\n\r\n"), .body = {}};
        if (method == "HEAD" || answer.head.starts_with("HTTP/1.1 304")) return answer;
        if (answer.has("Transfer-Encoding: chunked")) {
            takeChunks(client, answer);
        } else if (answer.header("Content-Length").empty()) {
            answer.body = client.readAll();
            answer.whole = client.closed() && !client.wasReset();
        } else {
            auto const bytes = std::stoul(answer.header("Content-Length"));
            answer.body = client.read(bytes);
            answer.whole = answer.body.size() == bytes;
        }
        return answer;
    }
    std::string page(int fromMinute, int toMinute) const {
        return "/api/v1/candles?symbol=btcusdt&from=" + std::to_string(open(fromMinute)) +
               "&to=" + std::to_string(open(toMinute));
    }
    static Value parsed(std::string const& body) { return common::json::parse(body).value_or(Value()); }

    common::TimeMs end_ = 0;
};

TEST_F(MarketNotifierTest, SevenDaysByMinute_PageByPage_AreAllThereOnce) {
    RawClient client(port_);
    int next = 0;
    std::string cursor;
    do {
        auto const answer = ask(client, page(0, kMinutes) + (cursor.empty() ? "" : "&cursor=" + cursor));
        ASSERT_TRUE(answer.whole) << answer.head;
        auto const value = parsed(answer.body);
        ASSERT_TRUE(value.isObject()) << answer.body.substr(0, 200);
        for (auto const& item : value.find("items")->items())
            ASSERT_EQ(number(item, "t"), open(next++));
        EXPECT_TRUE(value.find("coverage")->find("complete")->boolean());
        auto const* const following = value.find("next_cursor");
        cursor = following->isNull() ? std::string() : following->text();
    } while (!cursor.empty() && next < kMinutes);
    EXPECT_EQ(next, kMinutes);
}

TEST_F(MarketNotifierTest, LongPage_AnyCodingAndVersion_IsTheSameText) {
    auto const target = page(0, 900);
    RawClient client(port_);
    auto const plain = ask(client, target);
    EXPECT_TRUE(plain.has("Transfer-Encoding: chunked"));
    EXPECT_TRUE(plain.has("Vary: Accept-Encoding"));
    EXPECT_EQ(plain.header("Content-Length"), "");
    ASSERT_TRUE(plain.whole);
    ASSERT_EQ(parsed(plain.body).find("items")->items().size(), 900U);

    auto const coded = ask(client, target, "Accept-Encoding: br, gzip;q=0.5\r\n");
    EXPECT_TRUE(coded.has("Content-Encoding: gzip"));
    ASSERT_TRUE(coded.whole);
    EXPECT_LT(coded.body.size(), plain.body.size() / 4);
    EXPECT_EQ(unzipped(coded.body), plain.body);
    EXPECT_NE(coded.header("ETag"), plain.header("ETag"));

    RawClient old(port_);
    auto const oldest = ask(old, target, {}, "GET", "1.0");
    EXPECT_EQ(oldest.header("Transfer-Encoding"), "") << "unknown to HTTP/1.0";
    EXPECT_TRUE(oldest.has("Connection: close"));
    EXPECT_TRUE(oldest.whole);
    EXPECT_EQ(oldest.body, plain.body);
}

TEST_F(MarketNotifierTest, Head_OfALongPage_HasTheHeadOnlyAndGoesOn) {
    auto const target = page(0, 900);
    RawClient client(port_);
    auto const plain = ask(client, target);
    EXPECT_EQ(ask(client, target, {}, "HEAD").head, plain.head);
    auto const small = ask(client, page(0, 2));
    EXPECT_EQ(small.header("Transfer-Encoding"), "");
    EXPECT_EQ(ask(client, page(0, 2), {}, "HEAD").head, small.head);
    EXPECT_EQ(ask(client, page(0, 2)).body, small.body) << "the connection is still in step";
}

TEST_F(MarketNotifierTest, KnownTag_OfAPageThatIsOver_SavesTheBody) {
    RawClient client(port_);
    for (std::string const coding : {"", "Accept-Encoding: gzip\r\n"}) {
        auto const first = ask(client, page(100, 900), coding);
        auto const tag = first.header("ETag");
        ASSERT_TRUE(tag.starts_with('"')) << first.head;
        auto const again = ask(client, page(100, 900), coding + "If-None-Match: W/\"x\", " + tag + "\r\n");
        EXPECT_TRUE(again.head.starts_with("HTTP/1.1 304 ")) << again.head;
        EXPECT_EQ(again.header("ETag"), tag);
        EXPECT_TRUE(again.has("Vary: Accept-Encoding"));
        EXPECT_EQ(again.header("Content-Encoding"), "");
        EXPECT_TRUE(ask(client, page(101, 900), coding + "If-None-Match: " + tag + "\r\n").whole)
            << "a range that overlaps";
    }
    auto const running = ask(client, "/api/v1/candles?symbol=BTCUSDT&limit=5");
    EXPECT_EQ(running.header("ETag"), "");
    EXPECT_TRUE(running.has("Cache-Control: no-store"));
}

TEST_F(MarketNotifierTest, ReaderThatStops_HoldsUpNobody) {
    // Each asks for a page and reads nothing of it; the rest of the answers must not wait for them.
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int i = 0; i < 50; ++i) {
        idle.push_back(std::make_unique<RawClient>(port_));
        for (int page = 0; page < 20; ++page)
            idle.back()->send("GET " + this->page(page * 100, page * 100 + 1'000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    RawClient client(port_);
    for (int i = 0; i < 20; ++i) {
        auto const answer = ask(client, page(i, i + 900));
        ASSERT_TRUE(answer.whole);
        ASSERT_EQ(number(parsed(answer.body).find("items")->items().front(), "t"), open(i));
    }
}

TEST_F(MarketNotifierTest, Stop_WithALongPageOnItsWay_EndsInTime) {
    RawClient reader(port_);
    for (int i = 0; i < 20; ++i)
        reader.send("GET " + page(0, 1'000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(reader.readUntil("\r\n"), "HTTP/1.1 200 OK\r\n");
    EXPECT_EQ(stop(), 0);
}

TEST_F(MarketNotifierTest, OtherLists_GzipAsked_AreTheSameText) {
    RawClient client(port_);
    for (std::string const target :
         {"/api/v1/symbols", "/api/v1/stats?symbol=BTCUSDT&window=24h", "/api/v1/rank", "/api/v1/openapi.json"}) {
        auto const plain = ask(client, target);
        auto const coded = ask(client, target, "Accept-Encoding: gzip\r\n");
        EXPECT_TRUE(plain.head.starts_with("HTTP/1.1 200 ")) << target;
        EXPECT_TRUE(plain.has("Vary: Accept-Encoding")) << target;
        EXPECT_TRUE(coded.has("Vary: Accept-Encoding")) << target;
        if (coded.header("Content-Encoding") == "gzip")
            EXPECT_EQ(unzipped(coded.body), plain.body) << target;
        else
            EXPECT_LT(plain.body.size(), 128U) << target;
        if (plain.header("ETag").empty()) continue;
        EXPECT_NE(plain.header("ETag"), coded.header("ETag"));
        EXPECT_TRUE(
            ask(client, target, "If-None-Match: " + plain.header("ETag") + "\r\n").head.starts_with("HTTP/1.1 304 "))
            << target;
    }
}

}  // namespace
}  // namespace notifier::test
