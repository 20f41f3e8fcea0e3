#pragma once

#include "common/store/records.hpp"
#include "common/store/sqlite/query.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace common::sqlite {

/// Columns of an alert with its state, in the order that readHead and readRecord expect.
inline constexpr char kAlertSelect[] =
    "SELECT a.id, a.rev, a.live_from_rev, a.cooldown, s.rev, s.status, s.cooldown_from, "
    "a.public_id, a.account_id, a.key, a.symbol, a.condition, a.mode, a.expires, a.note, a.channels, a.created, "
    "s.from_trade_id, s.fires, s.suppressed, s.last_fired, s.engine, y.status "
    "FROM alerts a LEFT JOIN alert_states s ON s.alert_id = a.id LEFT JOIN symbols y ON y.symbol = a.symbol ";

/// What shownStatus looks at, and no more: a filter by state reads every row but keeps few.
AlertRecord readHead(Query const& query);
/// The whole record. Throws StoreError{Corrupt} if a stored document does not parse.
AlertRecord readRecord(Query const& query);
std::optional<AlertRecord> readOne(Query& query);

/// Canonical JSON of a condition. Throws StoreError{Corrupt} if it does not parse.
Condition parseStoredCondition(std::string const& text, std::string_view table, std::int64_t row);

/// `channels` as a JSON list of text; nothing stays nothing.
std::optional<std::string> channelsJson(std::optional<std::vector<std::string>> const& channels);
std::optional<std::vector<std::string>> parseChannels(std::optional<std::string> const& json);
std::string textListJson(std::vector<std::string> const& texts);
std::vector<std::string> parseTextList(std::string const& json);

}  // namespace common::sqlite
