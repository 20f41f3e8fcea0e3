#include "common/store/sqlite/alert_row.hpp"

#include "common/core/json.hpp"
#include "common/core/json_writer.hpp"

#include <fmt/format.h>

namespace common::sqlite {

Condition parseStoredCondition(std::string const& text, std::string_view table, std::int64_t row) {
    auto const json = json::parse(text);
    auto condition = json ? parseCondition(*json) : std::unexpected(json.error());
    if (!condition)
        throw StoreError(StoreFailure::Corrupt, fmt::format("the condition of row {} of {} is not readable: {}", row,
                                                            table, condition.error().message));
    return *std::move(condition);
}

AlertRecord readHead(Query const& query) {
    AlertRecord record;
    auto& [definition, state] = record;
    definition.id = AlertId{query.integer(0)};
    definition.rev = query.integer(1);
    definition.liveFromRev = query.integer(2);
    definition.cooldown = query.integer(3);
    state.rev = query.maybeInteger(4).value_or(0);
    state.halted = !query.isNull(22) && isHalted(query.enumerator<SymbolStatus>(22));
    if (state.rev == definition.rev) {
        state.status = query.enumerator<AlertStatus>(5);
        state.cooldownFrom = query.maybeInteger(6);
    }
    return record;
}

AlertRecord readRecord(Query const& query) {
    auto record = readHead(query);
    auto& [definition, state] = record;
    definition.publicId = query.text(7);
    definition.account = AccountId{query.integer(8)};
    definition.key = query.maybeText(9);
    definition.symbol = query.text(10);
    definition.condition = parseStoredCondition(query.text(11), "alerts", definition.id.value);
    definition.mode = query.enumerator<AlertMode>(12);
    definition.expires = query.maybeInteger(13);
    definition.note = query.maybeText(14);
    definition.channels = parseChannels(query.maybeText(15));
    definition.created = query.integer(16);
    state.fires = query.maybeInteger(18).value_or(0);
    state.lastFired = query.maybeInteger(20);
    // An older revision's progress says nothing about this one, which starts fresh.
    if (state.rev == definition.rev) {
        state.fromTradeId = query.maybeInteger(17);
        state.suppressed = query.integer(19);
        state.engine = query.text(21);
    }
    return record;
}

std::optional<AlertRecord> readOne(Query& query) {
    if (!query.next()) return {};
    return readRecord(query);
}

std::string textListJson(std::vector<std::string> const& texts) {
    json::Writer out;
    out.beginArray();
    for (auto const& text : texts)
        out.value(text);
    out.endArray();
    return out.take();
}

std::vector<std::string> parseTextList(std::string const& json) {
    auto const parsed = json::parse(json);
    if (!parsed || !parsed->isArray()) throw StoreError(StoreFailure::Corrupt, "a stored list is not readable");
    std::vector<std::string> texts;
    texts.reserve(parsed->items().size());
    for (auto const& item : parsed->items())
        texts.push_back(item.text());
    return texts;
}

std::optional<std::string> channelsJson(std::optional<std::vector<std::string>> const& channels) {
    if (!channels) return {};
    return textListJson(*channels);
}

std::optional<std::vector<std::string>> parseChannels(std::optional<std::string> const& json) {
    if (!json) return {};
    return parseTextList(*json);
}

}  // namespace common::sqlite
