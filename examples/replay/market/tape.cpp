#include "examples/replay/market/tape.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

namespace replay {
namespace {

constexpr std::size_t kRowBytesMax = 256;

std::optional<std::int64_t> parseInteger(std::string_view text) {
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

struct GzClose {
    void operator()(gzFile file) const { gzclose(file); }
};
using GzFile = std::unique_ptr<gzFile_s, GzClose>;

/// Calls `onLine` for each line of a plain or gzip'd file; stops at its first complaint.
std::expected<void, std::string> eachLine(std::string const& path, std::size_t bytesMax,
                                          std::function<std::optional<std::string>(std::string_view)> const& onLine) {
    GzFile const file(gzopen(path.c_str(), "rb"));
    if (!file) return std::unexpected(fmt::format("{}: cannot be opened", path));
    std::array<char, 1U << 16U> buffer{};
    std::string rest;
    std::size_t bytes = 0;
    std::size_t line = 0;
    auto const take = [&](std::string_view text) -> std::expected<void, std::string> {
        ++line;
        if (auto const complaint = onLine(text))
            return std::unexpected(fmt::format("{}, line {}: {}", path, line, *complaint));
        return {};
    };
    for (;;) {
        int const got = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
        if (got < 0) return std::unexpected(fmt::format("{}: not a readable gzip file", path));
        if (got == 0) break;
        bytes += static_cast<std::size_t>(got);
        if (bytes > bytesMax) return std::unexpected(fmt::format("{}: larger than {} bytes", path, bytesMax));
        std::string_view part(buffer.data(), static_cast<std::size_t>(got));
        for (auto end = part.find('\n'); end != std::string_view::npos; end = part.find('\n')) {
            rest.append(part.substr(0, end));
            part.remove_prefix(end + 1);
            if (auto const ok = take(rest); !ok) return ok;
            rest.clear();
        }
        rest.append(part);
        if (rest.size() > kRowBytesMax)
            return std::unexpected(fmt::format("{}: a line over {} bytes", path, kRowBytesMax));
    }
    // gzread reports a truncated stream only here.
    int code = Z_OK;
    gzerror(file.get(), &code);
    if (code != Z_OK && code != Z_STREAM_END)
        return std::unexpected(fmt::format("{}: the gzip file is cut short", path));
    return rest.empty() ? std::expected<void, std::string>{} : take(rest);
}

std::string symbolOfFile(std::string const& path) {
    auto const name = std::filesystem::path(path).filename().string();
    return common::upperSymbol(name.substr(0, name.find('.')));
}

/// Smallest power of ten that divides every value: the tick or lot size that the tape shows.
Decimal commonStep(std::vector<Trade> const& trades, Decimal Trade::* member) {
    std::int64_t step = Decimal::kUnitsPerOne;
    for (auto const& trade : trades)
        while (step > 1 && (trade.*member).units() % step != 0)
            step /= 10;
    return Decimal::fromUnits(step);
}

void settle(Tape& tape) {
    auto& trades = tape.trades;
    std::ranges::sort(trades, {}, [](Trade const& trade) { return std::pair(trade.time, trade.id); });
    for (std::size_t i = 1; i < trades.size() && !tape.renumbered; ++i)
        tape.renumbered = trades[i].id != trades[i - 1].id + 1;
    if (tape.renumbered)
        for (std::size_t i = 1; i < trades.size(); ++i)
            trades[i].id = trades[0].id + static_cast<std::int64_t>(i);
    tape.listing.info.tickSize = commonStep(trades, &Trade::price);
    tape.listing.info.lotSize = commonStep(trades, &Trade::qty);
}

}  // namespace

std::expected<Trade, std::string> parseTapeRow(std::string_view row) {
    if (row.ends_with('\r')) row.remove_suffix(1);
    std::array<std::string_view, 5> columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto const comma = row.find(',');
        bool const isLast = i + 1 == columns.size();
        if (isLast != (comma == std::string_view::npos)) return std::unexpected("not five columns");
        columns.at(i) = row.substr(0, comma);
        row.remove_prefix(isLast ? row.size() : comma + 1);
    }
    auto const id = parseInteger(columns[0]);
    if (!id || *id < 0) return std::unexpected("trade_id is no whole number");
    auto const price = Decimal::parse(columns[1]);
    if (!price) return std::unexpected("price is no decimal");
    auto const qty = Decimal::parse(columns[2]);
    if (!qty) return std::unexpected("qty is no decimal");
    auto const time = parseInteger(columns[3]);
    if (!time || *time < 0) return std::unexpected("time_ms is no whole number");
    if (columns[4] != "true" && columns[4] != "false")
        return std::unexpected("is_buyer_maker is neither true nor false");
    return Trade{*id, *price, *qty, *time, columns[4] == "true"};
}

std::expected<std::vector<Tape>, std::string> readTapes(std::vector<std::string> const& files, TapeLimits limits) {
    std::vector<Tape> tapes;
    std::size_t total = 0;
    for (auto const& path : files) {
        auto const symbol = symbolOfFile(path);
        auto tape = std::ranges::find(tapes, symbol, [](Tape const& t) { return t.listing.info.symbol; });
        if (tape == tapes.end()) tape = tapes.insert(tapes.end(), Tape{makeListing(symbol), {}, false});
        bool header = true;
        auto const read = eachLine(path, limits.fileBytesMax, [&](std::string_view line) -> std::optional<std::string> {
            if (std::exchange(header, false)) {
                if (line.starts_with("trade_id,")) return {};
                return "the header line is missing";
            }
            auto const trade = parseTapeRow(line);
            if (!trade) return trade.error();
            if (++total > limits.tradesMax) return fmt::format("more than {} trades", limits.tradesMax);
            tape->trades.push_back(*trade);
            return {};
        });
        if (!read) return std::unexpected(read.error());
    }
    for (auto& tape : tapes) {
        if (tape.trades.empty())
            return std::unexpected(fmt::format("no trade of {} in its tape", tape.listing.info.symbol));
        settle(tape);
    }
    return tapes;
}

}  // namespace replay
