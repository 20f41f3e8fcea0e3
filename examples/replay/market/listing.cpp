#include "examples/replay/market/listing.hpp"

#include "examples/replay/market/random.hpp"

#include <array>
#include <cmath>
#include <cstddef>

namespace replay {
namespace {

struct Major {
    std::string_view symbol;
    double price;
    int tickDecimals;
    int lotDecimals;
    double tradesPerSecond;
};

constexpr std::array kMajors{
    Major{"BTCUSDT", 70'000, 2, 5, 8}, Major{"ETHUSDT", 3'500, 2, 4, 8}, Major{"BNBUSDT", 600, 2, 3, 3},
    Major{"SOLUSDT", 150, 2, 3, 5},    Major{"XRPUSDT", 2.2, 4, 1, 4},   Major{"DOGEUSDT", 0.2, 5, 0, 4},
    Major{"ADAUSDT", 0.7, 4, 1, 2},    Major{"LTCUSDT", 90, 2, 3, 1},    Major{"LINKUSDT", 15, 2, 2, 1},
    Major{"DOTUSDT", 5, 3, 2, 1},      Major{"ETHBTC", 0.05, 5, 4, 1.5}, Major{"SHIBUSDT", 0.000'012, 8, 0, 1},
};

constexpr auto kMajorNames = [] {
    std::array<std::string_view, kMajors.size()> names{};
    for (std::size_t i = 0; i < names.size(); ++i)
        names[i] = kMajors[i].symbol;
    return names;
}();

// Longest first, so that FDUSD is not read as USD.
constexpr std::array<std::string_view, 16> kQuotes{"FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USDP", "BIDR", "BTC",
                                                   "ETH",   "BNB",  "EUR",  "TRY",  "BRL",  "JPY",  "USD",  "DAI"};

Decimal powerOfTenth(int decimals) {
    std::int64_t units = Decimal::kUnitsPerOne;
    for (int i = 0; i < decimals; ++i)
        units /= 10;
    return Decimal::fromUnits(units);
}

void splitName(SymbolInfo& info) {
    std::string_view const name = info.symbol;
    for (auto const quote : kQuotes) {
        if (name.size() <= quote.size() || !name.ends_with(quote)) continue;
        info.base = name.substr(0, name.size() - quote.size());
        info.quote = quote;
        return;
    }
    std::size_t const half = name.size() > 3 ? 3 : name.size();
    info.base = name.substr(0, half);
    info.quote = half < name.size() ? name.substr(half) : "USDT";
}

}  // namespace

std::span<std::string_view const> defaultSymbols() {
    return kMajorNames;
}

Listing makeListing(std::string_view symbol) {
    Listing listing;
    listing.info.symbol = symbol;
    splitName(listing.info);
    for (auto const& major : kMajors) {
        if (major.symbol != symbol) continue;
        listing.info.tickSize = powerOfTenth(major.tickDecimals);
        listing.info.lotSize = powerOfTenth(major.lotDecimals);
        listing.referencePrice = major.price;
        listing.tradesPerSecond = major.tradesPerSecond;
        return listing;
    }
    // Any other name: a price between 0.01 and 1,000 with about five digits, the same in every run.
    double const exponent = unitInterval(hashText(symbol)) * 5 - 2;
    listing.referencePrice = std::pow(10.0, exponent);
    int const tickDecimals = 4 - static_cast<int>(std::floor(exponent));
    listing.info.tickSize = powerOfTenth(std::min(tickDecimals, 8));
    listing.info.lotSize = powerOfTenth(exponent > 0 ? 3 : 1);
    return listing;
}

std::vector<Listing> idleListings() {
    auto old = makeListing("OLDUSDT");
    old.info.status = SymbolStatus::Break;
    auto halted = makeListing("HALTUSDT");
    halted.info.status = SymbolStatus::Halt;
    return {old, halted};
}

}  // namespace replay
