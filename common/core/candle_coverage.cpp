#include "common/core/candle_coverage.hpp"

#include "common/core/json_writer.hpp"

namespace common {

void CandleCoverage::add(Candle const& candle) {
    if (!from_) {
        from_ = candle.openTime;
        gapless_ = candle.openTime <= wantedFrom_;
    }
    gapless_ = gapless_ && candle.whole && (!to_ || *to_ == candle.openTime);
    to_ = candle.closed ? candle.endTime() : std::clamp(now_, candle.openTime, candle.endTime());
    if (candle.trades == 0) return;
    idsKnown_ = idsKnown_ && candle.firstId && candle.lastId;
    if (!firstId_) firstId_ = candle.firstId;
    lastId_ = candle.lastId;
}

void CandleCoverage::write(json::Writer& out) const {
    auto const id = [this](std::optional<std::int64_t> const& known) {
        return idsKnown_ ? known : std::optional<std::int64_t>();
    };
    // Without any data nothing is complete, not even an empty range: who sees no candles shall not take them for all.
    bool const complete = to_ && gapless_ && *to_ >= wantedTo_;
    out.key("coverage")
        .beginObject()
        .field("from", from_)
        .field("to", to_)
        .field("complete", complete)
        .field("from_trade_id", id(firstId_))
        .field("to_trade_id", id(lastId_))
        .endObject();
}

}  // namespace common
