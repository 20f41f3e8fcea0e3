#pragma once

#include "common/core/symbol.hpp"
#include "common/core/time.hpp"
#include "ingestion/exchange/feed.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ingestion::binance {

struct WatchLimits {
    common::DurationMs firstCheckMs = 10'000;    ///< after the acknowledgement, where no trade has come
    common::DurationMs silenceMinMs = 5'000;     ///< a busy symbol is checked after so much silence
    common::DurationMs silenceMaxMs = 60'000;    ///< a quiet one at this interval
    double missedTradesMin = 20;                 ///< by so many expected trades silence becomes worth a question
    common::DurationMs graceMs = 2'000;          ///< REST may be ahead of the stream by this
    common::DurationMs verdictPauseMs = 60'000;  ///< a symbol found stalled is not found so again sooner; doubles
    common::DurationMs rateWindowMs = 60'000;
    std::size_t questionMax = 20;  ///< symbols per question: `ticker/24hr` at weight 2
};

/// The followed symbols, and whether each one's stream still says what REST says: some streams of an open, ponging
/// connection were seen to fall silent alone (binance-facts section 6). A symbol that is silent for unusually long is
/// asked for over REST; an id there that the stream does not bring within the grace makes it stalled.
/// Pure; times are monotonic milliseconds.
class SymbolWatch {
public:
    struct Entry {
        common::Symbol symbol;
        SymbolIndex index = 0;

        /// On each trade; all that the hot path pays.
        void onTrade(std::int64_t tradeId, std::int64_t nowMs) {
            newestId = tradeId > newestId ? tradeId : newestId;
            lastMs = nowMs;
            ++pending;
        }

        std::int64_t newestId = -1;  ///< seen on the stream, or named by REST when it was asked first
        std::int64_t lastMs = 0;     ///< last trade, acknowledgement or agreeing answer
        std::int64_t beganMs = 0;    ///< first acknowledgement
        std::uint32_t pending = 0;   ///< trades since the last tick
        double ratePerMs = 0;
        int agreed = 0;     ///< answers in a row that found nothing missing
        bool live = false;  ///< acknowledged and not interrupted
        bool asked = false;
        bool hurried = false;
        std::int64_t missingId = -1;  ///< named by REST, not yet seen on the stream
        std::int64_t missingDueMs = 0;
        std::int64_t mutedUntilMs = 0;
        int verdicts = 0;  ///< in a row without a trade between
    };

    explicit SymbolWatch(WatchLimits limits) : limits_(limits) {}

    /// False when the symbol is followed already.
    bool add(common::Symbol const& symbol, SymbolIndex index);
    void remove(common::Symbol const& symbol);
    void clear() { entries_.clear(); }
    /// Null when not followed. Stays valid until the symbol is removed.
    Entry* find(std::string_view symbol) {
        auto const at = entries_.find(symbol);
        return at == entries_.end() ? nullptr : &at->second;
    }
    std::size_t size() const { return entries_.size(); }

    void acknowledged(Entry& entry, std::int64_t nowMs);
    void interrupted(Entry& entry) { entry.live = false; }
    /// The connection of these symbols is suspected: the busiest are asked for next, whatever their own silence.
    void hurry(std::vector<common::Symbol> const& symbols);

    /// Once a second or so: keeps the rates.
    void tick(std::int64_t nowMs);
    /// The symbols of the next question to REST; empty when none is worth one. They count as asked until answered.
    std::vector<common::Symbol> takeQuestion(std::int64_t nowMs);
    void answered(std::vector<common::Symbol> const& question, std::vector<NewestTrade> const& answer,
                  std::int64_t nowMs);
    void unanswered(std::vector<common::Symbol> const& question, std::int64_t nowMs);
    /// Symbols for which REST named a trade that the stream did not bring in time.
    std::vector<common::Symbol> takeStalled(std::int64_t nowMs);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    common::DurationMs patienceMs(Entry const& entry) const;
    void compare(Entry& entry, std::int64_t restId, std::int64_t nowMs);

    WatchLimits limits_;
    std::unordered_map<common::Symbol, Entry, Hash, std::equal_to<>> entries_;
    std::optional<std::int64_t> tickMs_;
};

}  // namespace ingestion::binance
