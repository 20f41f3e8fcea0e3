#include "ingestion/exchange/binance/codec.hpp"
#include "ingestion/exchange/binance/rest_answers.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

/// Nothing the exchange or somebody in its place sends may crash us, and where the quick path reads a trade the JSON
/// parser must read the same one.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace ingestion::binance;
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    Codec codec;
    auto const& frame = codec.decode(text);
    Frame fast;
    if (scanTrade(text, fast)) {
        Frame slow;
        std::string symbol;
        decodeJson(text, slow, symbol);
        bool const agree = slow.kind == FrameKind::Trade && slow.symbol == fast.symbol && slow.trade == fast.trade &&
                           slow.eventTime == fast.eventTime && frame.trade == fast.trade;
        if (!agree) std::abort();
    }
    (void)readNewestTrades(text);
    (void)readTrades(text);
    (void)readAggregates(text);
    (void)readKlines(text);
    (void)readFailure(400, text, {});
    SymbolListReader reader{std::string(text)};
    while (!reader.step(2)) {
    }
    (void)reader.take();
    return 0;
}
