#include "ingestion/preview/minute_path.hpp"

#include <algorithm>
#include <limits>

namespace ingestion {
namespace {

using common::Candle;
using common::Decimal;

constexpr common::DurationMs kFirstExtremeMs = 20'000;
constexpr common::DurationMs kSecondExtremeMs = 40'000;
constexpr common::DurationMs kCloseMs = common::kMinuteMs - 1;
constexpr std::int64_t kPricesMax = 4;

struct Point {
    common::DurationMs offset;
    Decimal price;
};

std::vector<Point> pointsOf(Candle const& candle, ExtremesOrder order) {
    if (candle.trades == 0) return {};
    if (candle.trades == 1) return {{0, candle.open}};
    bool const lowFirst =
        order == ExtremesOrder::LowFirst || (order == ExtremesOrder::ByClose && candle.close >= candle.open);
    std::vector<Point> points{{0, candle.open}};
    auto const addExtreme = [&](common::DurationMs offset, Decimal price) {
        bool const own = candle.trades >= kPricesMax || (price != candle.open && price != candle.close);
        if (own && std::ssize(points) + 1 < candle.trades) points.push_back({offset, price});
    };
    addExtreme(kFirstExtremeMs, lowFirst ? candle.low : candle.high);
    addExtreme(kSecondExtremeMs, lowFirst ? candle.high : candle.low);
    points.push_back({kCloseMs, candle.close});
    return points;
}

}  // namespace

ExtremesOrder extremesOrder(common::Condition const& condition) {
    using enum common::ConditionKind;
    switch (condition.kind) {
        case Above:
        case CrossUp:
            return ExtremesOrder::LowFirst;
        case Below:
        case CrossDown:
            return ExtremesOrder::HighFirst;
        case Move:
        case Change:
        case Trail:
            if (condition.direction == common::Direction::Up) return ExtremesOrder::LowFirst;
            if (condition.direction == common::Direction::Down) return ExtremesOrder::HighFirst;
            return ExtremesOrder::ByClose;
        case Cross:
        case Enter:
        case Exit:
        case Spike:
        case Volatility:
            break;
    }
    return ExtremesOrder::ByClose;
}

void appendMinute(Candle const& candle, ExtremesOrder order, std::int64_t nextId, std::vector<common::Trade>& out) {
    auto const points = pointsOf(candle, order);
    auto const count = std::ssize(points);
    for (std::int64_t i = 0; i < count; ++i) {
        bool const last = i + 1 == count;
        auto const trades = candle.trades / count + (last ? candle.trades % count : 0);
        auto const volume = candle.volume / count + (last ? candle.volume % count : 0);
        auto const& point = points[static_cast<std::size_t>(i)];
        common::Trade trade{.id = nextId,
                            .price = {point.price, candle.priceDecimals},
                            .qty = {},
                            .time = candle.openTime + point.offset};
        if (trades > 1) trade.aggLastId = nextId + trades - 1;
        // The volume of a minute may exceed what one quantity can say; a trade never does.
        trade.qty.value = Decimal::fromUnits(
            static_cast<std::int64_t>(std::min<common::Wide>(volume, std::numeric_limits<std::int64_t>::max())));
        nextId += trades;
        out.push_back(trade);
    }
}

}  // namespace ingestion
