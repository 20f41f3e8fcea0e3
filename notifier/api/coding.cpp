#include "notifier/api/coding.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <zlib.h>

namespace notifier {
namespace {

/// Digits compress to about a sixth at any level; the higher ones only take longer.
constexpr int kLevel = 3;
constexpr int kGzipWindowBits = 15 + 16;  // 16: with gzip's head and tail
constexpr int kMemoryLevel = 8;
/// Below this the head of gzip eats what it saves.
constexpr std::size_t kGzipBytesMin = 128;
constexpr std::size_t kOutBytes = 16'384;

/// False for `q=0`, in any of its spellings.
bool isWanted(std::string_view parameter) {
    auto const isBlank = [](char c) { return c == ' ' || c == '\t'; };
    std::string text(parameter);
    std::erase_if(text, isBlank);
    bool const isWeight = text.starts_with("q=") || text.starts_with("Q=");
    return !isWeight || text.find_first_not_of("0.", 2) != text.npos;
}

std::string_view withoutBlanks(std::string_view text) {
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

}  // namespace

bool acceptsGzip(HttpRequest const& request) {
    std::optional<bool> gzip;
    std::optional<bool> any;
    for (auto const element : request.elements("Accept-Encoding")) {
        auto const semicolon = element.find(';');
        auto const coding = withoutBlanks(element.substr(0, semicolon));
        bool const wanted = semicolon == element.npos || isWanted(element.substr(semicolon + 1));
        if (sameWord(coding, "gzip") || sameWord(coding, "x-gzip"))
            gzip = wanted;
        else if (coding == "*")
            any = wanted;
    }
    return gzip.value_or(any.value_or(false));
}

bool namesTag(HttpRequest const& request, std::string_view tag) {
    return std::ranges::any_of(request.elements("If-None-Match"), [&](std::string_view element) {
        if (element.starts_with("W/")) element.remove_prefix(2);
        return element == "*" || element == tag;
    });
}

std::string entityTag(std::string_view content, bool gzip) {
    return fmt::format("\"{}{}\"", content, gzip ? "-gzip" : "");
}

HttpResponse notModified(std::string_view tag) {
    return {.status = 304,
            .headers = {{"ETag", std::string(tag)}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}}};
}

struct GzipWriter::Stream : z_stream {};

GzipWriter::GzipWriter() : stream_(std::make_unique<Stream>()) {
    if (deflateInit2(stream_.get(), kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();  // all else is fixed and right
}

GzipWriter::~GzipWriter() {
    deflateEnd(stream_.get());
}

std::string GzipWriter::add(std::string_view text) {
    return run(text, Z_NO_FLUSH);
}

std::string GzipWriter::finish() {
    return run({}, Z_FINISH);
}

std::string GzipWriter::run(std::string_view text, int flush) {
    std::string out;
    std::array<Bytef, kOutBytes> space;
    // zlib does not write to its input, but says so only when built with ZLIB_CONST.
    stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_->avail_in = static_cast<uInt>(text.size());
    do {
        stream_->next_out = space.data();
        stream_->avail_out = kOutBytes;
        deflate(stream_.get(), flush);
        out.append(reinterpret_cast<char const*>(space.data()), kOutBytes - stream_->avail_out);
    } while (stream_->avail_out == 0);
    return out;
}

std::string gzipped(std::string_view text) {
    GzipWriter writer;
    auto coded = writer.add(text);
    coded += writer.finish();
    return coded;
}

void encodeBody(HttpResponse& response, bool gzip) {
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (!gzip || response.body.size() < kGzipBytesMin) return;
    response.body = gzipped(response.body);
    response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace notifier
