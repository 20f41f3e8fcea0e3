#include "examples/replay/protocol/stream_name.hpp"

#include "common/core/symbol.hpp"
#include "common/core/time.hpp"

#include <algorithm>

namespace replay {
namespace {

constexpr std::size_t kNameBytesMax = 128;

bool isNameByte(char c) {
    bool const isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool const isDigit = c >= '0' && c <= '9';
    // Symbols may be non-ASCII; the offset of `kline_1d@+08:00` needs the rest.
    return isLetter || isDigit || static_cast<unsigned char>(c) >= 0x80 || std::string_view("_-.+:").contains(c);
}

bool isWindowName(std::string_view text) {
    return text == "1h" || text == "4h" || text == "1d";
}

void readSymbolStream(Stream& stream, std::string_view feed) {
    if (feed == "trade") stream.kind = StreamKind::Trade;
    if (feed == "aggTrade") stream.kind = StreamKind::AggTrade;
    if (feed == "miniTicker") stream.kind = StreamKind::MiniTicker;
    if (feed == "ticker") stream.kind = StreamKind::Ticker;
    if (feed == "bookTicker") stream.kind = StreamKind::BookTicker;
    if (feed == "avgPrice") stream.kind = StreamKind::AvgPrice;
    if (feed.starts_with("ticker_") && isWindowName(feed.substr(7))) {
        stream.kind = StreamKind::RollingTicker;
        stream.window = feed.substr(7);
    }
    if (feed.starts_with("kline_")) {
        auto const at = feed.find('@');
        auto const offset = at == std::string_view::npos ? DurationMs{0} : parseUtcOffset(feed.substr(at + 1));
        if (!offset) return;
        stream.interval = Interval::parse(feed.substr(6, at == std::string_view::npos ? at : at - 6), *offset);
        if (stream.interval) stream.kind = StreamKind::Kline;
    }
}

}  // namespace

std::optional<Stream> parseStream(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax) return {};
    std::string_view const body = name.front() == '!' ? name.substr(1) : name;
    if (!std::ranges::all_of(body, [](char c) { return c == '@' || isNameByte(c); })) return {};
    auto const at = body.find('@');
    Stream stream{std::string(name)};
    if (name.front() == '!') {
        if (body.empty() || at == 0) return {};
        if (body == "miniTicker@arr") stream.kind = StreamKind::AllMiniTickers;
        if (body.starts_with("ticker_") && body.ends_with("@arr") && isWindowName(body.substr(7, body.size() - 11))) {
            stream.kind = StreamKind::AllRollingTickers;
            stream.window = body.substr(7, body.size() - 11);
        }
        return stream;
    }
    if (at == std::string_view::npos || at == 0 || at + 1 == body.size()) return {};
    // Upper-case names are acknowledged like any unknown symbol, and stay silent.
    auto const symbol = body.substr(0, at);
    stream.symbol = common::upperSymbol(symbol);
    bool const isLowerCase = std::ranges::none_of(symbol, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (isLowerCase) readSymbolStream(stream, body.substr(at + 1));
    return stream;
}

std::optional<DurationMs> parseWindow(std::string_view text) {
    if (text.size() < 2 || text.size() > 3 || text.front() == '0') return {};
    auto const length = common::parseDuration(text);
    if (!length) return {};
    char const unit = text.back();
    bool const isMinutes = unit == 'm' && *length < kHourMs;
    bool const isHours = unit == 'h' && *length < kDayMs;
    bool const isDays = unit == 'd' && *length <= 7 * kDayMs;
    if (!isMinutes && !isHours && !isDays) return {};
    return length;
}

}  // namespace replay
