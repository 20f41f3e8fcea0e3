#include "ingestion/exchange/binance/commands.hpp"

#include "common/core/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

constexpr std::size_t kSymbolBytesMax = 40;
constexpr std::string_view kTradeSuffix = "@trade";

bool isAscii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

std::string percentEncoded(std::string_view stream) {
    std::string out;
    for (char const c : stream) {
        if (isAscii(c))
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace

bool isStreamable(std::string_view symbol) {
    auto const allowed = [](char c) {
        return !isAscii(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    };
    return !symbol.empty() && symbol.size() <= kSymbolBytesMax && std::ranges::all_of(symbol, allowed) &&
           common::isUtf8(symbol);
}

std::string tradeStream(common::Symbol const& symbol) {
    std::string stream = symbol;
    for (char& c : stream)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return stream.append(kTradeSuffix);
}

common::Symbol symbolOfStream(std::string_view stream) {
    if (!stream.ends_with(kTradeSuffix)) return {};
    stream.remove_suffix(kTradeSuffix.size());
    return common::upperSymbol(stream);
}

std::string streamCommand(Method method, std::int64_t id, std::deque<common::Symbol> const& symbols,
                          CommandLimits const& limits, std::size_t& count) {
    std::string text =
        fmt::format(R"({{"method":"{}","params":[)", method == Method::Subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE");
    std::string const tail = fmt::format(R"(],"id":{}}})", id);
    count = 0;
    for (auto const& symbol : symbols) {
        auto const stream = tradeStream(symbol);
        constexpr std::size_t kQuotesAndComma = 3;
        if (count == limits.namesMax || text.size() + stream.size() + kQuotesAndComma + tail.size() > limits.bytesMax)
            break;
        if (count++ > 0) text += ',';
        text.append("\"").append(stream).append("\"");
    }
    return text.append(tail);
}

std::string listCommand(std::int64_t id) {
    return fmt::format(R"({{"method":"LIST_SUBSCRIPTIONS","id":{}}})", id);
}

std::string streamTarget(std::vector<common::Symbol> const& symbols, CommandLimits const& limits, std::size_t& count) {
    std::string target = "/stream";
    count = 0;
    for (auto const& symbol : symbols) {
        auto const stream = percentEncoded(tradeStream(symbol));
        if (count == limits.namesMax || target.size() + stream.size() + 1 > limits.bytesMax) break;
        target.append(count++ == 0 ? "?streams=" : "/").append(stream);
    }
    return target;
}

}  // namespace ingestion::binance
