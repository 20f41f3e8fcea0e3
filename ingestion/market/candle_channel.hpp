#pragma once

#include "common/core/candle.hpp"
#include "common/store/store_error.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <vector>

namespace ingestion {

/// What back-fill needs of the database; answers come later on the caller's thread, exactly once each.
class CandleChannel {
public:
    template <class T>
    using Done = std::function<void(std::expected<T, common::StoreFailure>)>;

    /// What is stored of a symbol's last day.
    struct Coverage {
        std::optional<common::TimeMs> newestEnd;  ///< end of the newest row; nothing without rows
        std::optional<common::TimeMs> holeFrom;   ///< first minute of the day before it that is not complete
    };

    virtual ~CandleChannel() = default;
    virtual void loadCoverage(common::Symbol symbol, Done<Coverage> done) = 0;
    /// Complete minutes from `from` on and before `to`, ascending, up to the first that is not stored.
    virtual void loadMinutes(common::Symbol symbol, common::TimeMs from, common::TimeMs to,
                             Done<std::vector<common::Candle>> done) = 0;
    /// The exchange's own candles, where no complete one is stored; in a commit of its own.
    virtual void fillCandles(common::Symbol symbol, std::vector<common::Candle> candles, Done<bool> done) = 0;
};

}  // namespace ingestion
