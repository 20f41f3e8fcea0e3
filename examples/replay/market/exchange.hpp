#pragma once

#include "examples/replay/market/player.hpp"
#include "examples/replay/market/symbol_book.hpp"
#include "examples/replay/market/synthetic_market.hpp"
#include "examples/replay/market/trade_source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace replay {

/// The whole market behind the stand-in: listings, their books and the player that fills them. Pure.
class Exchange {
public:
    struct Settings {
        Speed speed;
        bool restamp = false;
        std::size_t historyTradesMax = 200'000;  ///< per symbol
        std::size_t totalTradesMax = 4'000'000;  ///< shared by all symbols
        /// Ids of a synthetic symbol advance by at least this over a restart, per second that the first run lived:
        /// more than it can have played, injected trades included.
        std::int64_t idsPerSecondMin = 100;
    };

    static std::unique_ptr<Exchange> fromTapes(std::vector<Tape> tapes, Settings settings);
    /// `now`: wall clock; the history before it is invented and ids grow with it, also over restarts.
    static std::unique_ptr<Exchange> synthetic(std::vector<Listing> listings, std::uint64_t seed, Settings settings,
                                               TimeMs now);

    std::vector<SymbolBook>& books() { return books_; }
    std::vector<SymbolBook> const& books() const { return books_; }
    /// Place of an upper-case symbol in `books`, or -1.
    int find(std::string_view symbol) const;
    Player& player() { return *player_; }
    TimeMs clock(TimeMs now) { return player_->clock(now); }
    bool isTape() const { return markets_.empty(); }

private:
    Exchange() = default;
    void list(std::vector<Listing> listings, Settings const& settings);

    std::vector<SymbolBook> books_;  ///< playable symbols first, in the order of the source
    std::unordered_map<std::string, int> places_;
    std::vector<SyntheticMarket> markets_;
    std::unique_ptr<TradeSource> source_;
    std::unique_ptr<Player> player_;
};

}  // namespace replay
