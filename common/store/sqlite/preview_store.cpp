#include "common/store/sqlite/preview_store.hpp"

#include "common/store/sqlite/alert_row.hpp"
#include "common/store/sqlite/query.hpp"

namespace common::sqlite {

std::int64_t SqlitePreviewStore::ask(PreviewQuestion const& question) {
    Query query(connection_,
                "INSERT INTO previews (symbol, condition, mode, cooldown, from_time, to_time, asked, until) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                question.symbol, conditionJson(question.condition), question.mode, question.cooldown, question.from,
                question.to, question.asked, question.until);
    query.next();
    return query.integer(0);
}

std::vector<PreviewQuestion> SqlitePreviewStore::unansweredAfter(std::int64_t id, std::int64_t limit) {
    std::vector<PreviewQuestion> questions;
    Query query(connection_,
                "SELECT id, symbol, condition, mode, cooldown, from_time, to_time, asked, until FROM previews "
                "WHERE id > ? AND answer IS NULL ORDER BY id LIMIT ?",
                id, limit);
    while (query.next())
        questions.push_back({.id = query.integer(0),
                             .symbol = query.text(1),
                             .condition = parseStoredCondition(query.text(2), "previews", query.integer(0)),
                             .mode = query.enumerator<AlertMode>(3),
                             .cooldown = query.integer(4),
                             .from = query.integer(5),
                             .to = query.integer(6),
                             .asked = query.integer(7),
                             .until = query.integer(8)});
    return questions;
}

void SqlitePreviewStore::answer(std::int64_t id, std::string_view json) {
    Query(connection_, "UPDATE previews SET answer = ? WHERE id = ?", json, id).run();
}

std::optional<std::string> SqlitePreviewStore::answerOf(std::int64_t id) {
    Query query(connection_, "SELECT answer FROM previews WHERE id = ?", id);
    if (!query.next()) return {};
    return query.maybeText(0);
}

void SqlitePreviewStore::remove(std::int64_t id) {
    Query(connection_, "DELETE FROM previews WHERE id = ?", id).run();
}

void SqlitePreviewStore::removeAll() {
    Query(connection_, "DELETE FROM previews").run();
}

}  // namespace common::sqlite
