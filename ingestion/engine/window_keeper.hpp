#pragma once

#include "common/core/condition.hpp"
#include "common/store/records.hpp"
#include "ingestion/evaluate/past_book.hpp"
#include "ingestion/market/window_loader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace ingestion {

/// What the windowed alerts of one symbol look back on: loads what is older than what was judged here, keeps it up to
/// date, has it stored with the position. Pure; owned by FollowedSymbol.
class WindowKeeper {
public:
    static constexpr std::size_t kKinds = WindowLoader::kKinds;
    template <class T>
    using PerKind = std::array<T, kKinds>;

    struct Need {
        common::PastKind kind = common::PastKind::SecondCloses;
        common::DurationMs lookbackMs = 0;  ///< at most so far before a trade's event time
    };
    static Need needOf(common::Condition const& condition);
    /// What has to be loaded, per kind.
    struct Wish {
        std::uint32_t number = 0;
        WindowLoader::Spans spans = {};
    };
    using Loaded = WindowLoader::Past;

    /// A window of this condition can be made for a trade from `time` on.
    bool covers(common::Condition const& condition, common::TimeMs time) const;
    WindowPast past() const;
    /// Every judged trade, after it was judged.
    void add(common::Trade const& trade, common::TimeMs tau);

    /// What to load for these conditions, if anything and nothing is being loaded. `time`: event time of the position,
    /// or what time it is where none is known. From here on what is judged is kept beside what is loaded.
    /// `close` is the price at the position, 0 = none; `last` its id.
    std::optional<Wish> takeWish(std::vector<common::Condition> const& wanted, common::TimeMs time,
                                 common::Decimal close, std::int64_t last);
    /// Takes what was loaded, at once or as soon as its last trade was judged here, too. False when it is not wanted,
    /// or not yet.
    bool onLoaded(std::uint32_t number, Loaded loaded);
    /// Trades were lost: nothing that is kept or being loaded is right any more.
    void drop();
    /// What is stored belongs to another tape.
    void forgetStored() { given_.fill(dirty_ = true); }
    /// Only these conditions need anything; what none does is given up.
    void keepFor(std::vector<common::Condition> const& conditions);
    bool keeps() const;
    /// Has what a condition of this kind looks back on; always so for one that does not.
    bool keeps(common::Condition const& condition) const;
    /// Quantities are summed up, or will be once they are loaded.
    bool sums() const;

    void collect(common::Symbol const& symbol, common::TimeMs tau, std::vector<common::PastWrite>& out);
    bool dirty() const { return dirty_; }
    void restore(common::StoredPast const& stored);

private:
    /// A trade that was judged while sums are loaded: whether it is in these is known by its id only.
    struct Judged {
        common::Trade trade;
        common::TimeMs tau;
    };

    bool take();
    bool takeSums(PastBook& book);
    void stopLoading();

    PerKind<std::optional<PastBook>> books_;
    PerKind<std::optional<PastBook>> loading_;  ///< what is judged meanwhile; sums in judged_
    std::vector<Judged> judged_;
    std::int64_t last_ = 0;         ///< judged, or where loading began
    std::optional<Loaded> loaded_;  ///< waits until all of it is judged
    PerKind<common::DurationMs> keepMs_ = {};
    PerKind<bool> given_ = {};  ///< given up, but still stored
    std::uint32_t number_ = 0;
    bool loadingNow_ = false;
    bool dirty_ = false;
};

}  // namespace ingestion
