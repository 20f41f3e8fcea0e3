#include "notifier/api/coding.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <zlib.h>

namespace notifier::test {
namespace {

HttpRequest asking(std::vector<std::string> const& lines, std::string const& name) {
    HttpRequest request;
    for (auto const& line : lines)
        request.headers.emplace_back(name, line);
    return request;
}

/// By zlib's reader of files with a head of gzip's.
std::string unzipped(std::string const& coded) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("inflateInit2");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
    stream.avail_in = static_cast<uInt>(coded.size());
    std::string plain;
    std::array<char, 1'000> space;
    int result = Z_OK;
    while (result == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(space.data());
        stream.avail_out = space.size();
        result = inflate(&stream, Z_NO_FLUSH);
        plain.append(space.data(), space.size() - stream.avail_out);
    }
    EXPECT_EQ(result, Z_STREAM_END);
    EXPECT_EQ(stream.avail_in, 0U);
    inflateEnd(&stream);
    return plain;
}

TEST(Coding, AcceptsGzip_AsTheStandardReadsIt) {
    auto const takes = [](std::vector<std::string> const& lines) {
        return acceptsGzip(asking(lines, "accept-encoding"));
    };
    EXPECT_FALSE(takes({})) << "nothing said: plain is safest";
    EXPECT_FALSE(takes({""}));
    EXPECT_TRUE(takes({"gzip"}));
    EXPECT_TRUE(takes({"GZip"}));
    EXPECT_TRUE(takes({"x-gzip"}));
    EXPECT_TRUE(takes({"gzip, deflate, br"}));
    EXPECT_TRUE(takes({"br", "gzip"}));
    EXPECT_TRUE(takes({"br;q=1.0, gzip;q=0.001"}));
    EXPECT_TRUE(takes({"gzip ; q=0.5"}));
    EXPECT_TRUE(takes({"*"}));
    EXPECT_TRUE(takes({"identity;q=0, *;q=0.1"}));
    EXPECT_FALSE(takes({"gzip;q=0"}));
    EXPECT_FALSE(takes({"gzip; Q = 0.000"}));
    EXPECT_FALSE(takes({"*, gzip;q=0"}));
    EXPECT_FALSE(takes({"*;q=0"}));
    EXPECT_FALSE(takes({"deflate, br"}));
    EXPECT_FALSE(takes({"gzipped"}));
    EXPECT_TRUE(takes({"gzip;"}));
}

TEST(Coding, NamesTag_ComparesWeakly) {
    auto const names = [](std::vector<std::string> const& lines) {
        return namesTag(asking(lines, "If-None-Match"), R"("Ab1")");
    };
    EXPECT_FALSE(names({}));
    EXPECT_TRUE(names({R"("Ab1")"}));
    EXPECT_TRUE(names({R"(W/"Ab1")"}));
    EXPECT_TRUE(names({R"("x", W/"y" , "Ab1")"}));
    EXPECT_TRUE(names({R"("x")", R"("Ab1")"}));
    EXPECT_TRUE(names({"*"}));
    EXPECT_FALSE(names({R"("ab1")"})) << "tags have a case";
    EXPECT_FALSE(names({"Ab1"}));
    EXPECT_FALSE(names({R"("Ab1-gzip")"}));
    EXPECT_NE(entityTag("Ab1", false), entityTag("Ab1", true));
}

TEST(Coding, GzipWriter_Pieces_MakeOneStream) {
    GzipWriter writer;
    std::string plain;
    std::string coded;
    for (int i = 0; i < 2'000; ++i) {
        auto const piece = "{\"n\":" + std::to_string(i * i) + "},";
        plain += piece;
        coded += writer.add(piece);
    }
    EXPECT_FALSE(coded.empty()) << "it does not wait for the end";
    coded += writer.finish();
    EXPECT_LT(coded.size(), plain.size() / 2);
    EXPECT_EQ(unzipped(coded), plain);
}

TEST(Coding, EncodeBody_OnlyWhatIsAskedForAndWorthIt) {
    auto const encode = [](std::size_t bytes, bool gzip) {
        HttpResponse response{.body = std::string(bytes, 'x')};
        encodeBody(response, gzip);
        return response;
    };
    auto const coded = encode(100'000, true);
    EXPECT_EQ(unzipped(coded.body), std::string(100'000, 'x'));
    EXPECT_EQ(coded.headers, (HttpHeaders{{"Vary", "Accept-Encoding"}, {"Content-Encoding", "gzip"}}));
    EXPECT_EQ(encode(100'000, false).headers, (HttpHeaders{{"Vary", "Accept-Encoding"}}));
    EXPECT_EQ(encode(100, true).body, std::string(100, 'x'));
}

}  // namespace
}  // namespace notifier::test
