#include "common/store/sqlite/delivery_stores.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

namespace common::sqlite {
namespace {

constexpr char kEmailSelect[] =
    "SELECT id, public_id, account_id, address, verified, code, code_expires, code_tries, code_unsent, next_mail, "
    "last_mail, failures, created FROM emails ";
constexpr auto kById = joinSql(kEmailSelect, "WHERE id = ?");
constexpr auto kByPublicId = joinSql(kEmailSelect, "WHERE public_id = ? AND account_id = ?");
constexpr auto kAnyones = joinSql(kEmailSelect, "WHERE public_id = ?");
constexpr auto kByAddress = joinSql(kEmailSelect, "WHERE account_id = ? AND address = ?");
constexpr auto kOfAccount = joinSql(kEmailSelect, "WHERE account_id = ? ORDER BY id");
constexpr auto kDue = joinSql(kEmailSelect, "WHERE next_mail <= ? ORDER BY next_mail LIMIT ?");

Email readEmail(Query const& row) {
    return {.id = EmailId{row.integer(0)},
            .publicId = row.text(1),
            .account = AccountId{row.integer(2)},
            .address = row.text(3),
            .verified = row.flag(4),
            .code = row.text(5),
            .codeExpires = row.integer(6),
            .codeTries = row.integer(7),
            .codeUnsent = row.flag(8),
            .nextMail = row.maybeInteger(9),
            .lastMail = row.integer(10),
            .failures = row.integer(11),
            .created = row.integer(12)};
}

std::optional<Email> readOne(Query query) {
    if (!query.next()) return {};
    return readEmail(query);
}

std::vector<Email> readAll(Query query) {
    std::vector<Email> emails;
    while (query.next())
        emails.push_back(readEmail(query));
    return emails;
}

}  // namespace

EmailId SqliteEmailStore::insert(Email const& email) {
    startExpandingHere(connection_);
    Query query(connection_,
                "INSERT INTO emails (public_id, account_id, address, verified, code, code_expires, code_tries, "
                "code_unsent, next_mail, last_mail, failures, from_event, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                email.publicId, email.account, email.address, email.verified, email.code, email.codeExpires,
                email.codeTries, email.codeUnsent, email.nextMail, email.lastMail, email.failures,
                newestRowId(connection_, "events"), email.created);
    query.next();
    EmailId const id{query.integer(0)};
    query.run();
    return id;
}

void SqliteEmailStore::update(Email const& email) {
    Query(connection_,
          "UPDATE emails SET from_event = CASE WHEN verified < ?1 THEN ?2 ELSE from_event END, verified = ?1, "
          "code = ?, code_expires = ?, code_tries = ?, code_unsent = ?, next_mail = ?, last_mail = ?, failures = ? "
          "WHERE id = ?",
          email.verified, newestRowId(connection_, "events"), email.code, email.codeExpires, email.codeTries,
          email.codeUnsent, email.nextMail, email.lastMail, email.failures, email.id)
        .run();
}

void SqliteEmailStore::remove(EmailId email) {
    Query(connection_, "DELETE FROM mail_queue WHERE email_id = ?", email).run();
    Query(connection_, "DELETE FROM emails WHERE id = ?", email).run();
}

std::optional<Email> SqliteEmailStore::find(EmailId email) {
    return readOne(Query(connection_, kById.text, email));
}

std::optional<Email> SqliteEmailStore::find(AccountId account, std::string_view publicId) {
    return readOne(Query(connection_, kByPublicId.text, publicId, account));
}

std::optional<Email> SqliteEmailStore::find(std::string_view publicId) {
    return readOne(Query(connection_, kAnyones.text, publicId));
}

std::optional<Email> SqliteEmailStore::findByAddress(AccountId account, std::string_view address) {
    return readOne(Query(connection_, kByAddress.text, account, address));
}

std::vector<Email> SqliteEmailStore::list(AccountId account) {
    return readAll(Query(connection_, kOfAccount.text, account));
}

TimeMs SqliteEmailStore::lastMailTo(std::string_view address) {
    Query query(connection_, "SELECT max(last_mail) FROM emails WHERE address = ?", address);
    return query.next() ? query.maybeInteger(0).value_or(0) : 0;
}

std::vector<Email> SqliteEmailStore::due(TimeMs now, std::int64_t limit) {
    return readAll(Query(connection_, kDue.text, now, limit));
}

std::optional<TimeMs> SqliteEmailStore::nextMailAfter(TimeMs now) {
    Query query(connection_, "SELECT min(next_mail) FROM emails WHERE next_mail > ?", now);
    return query.next() ? query.maybeInteger(0) : std::nullopt;
}

std::vector<QueuedMail> SqliteEmailStore::queued(EmailId email, std::int64_t limit) {
    std::vector<QueuedMail> mails;
    Query query(connection_, "SELECT id, event_id, notice_id FROM mail_queue WHERE email_id = ? ORDER BY id LIMIT ?",
                email, limit);
    while (query.next())
        mails.push_back({.id = query.integer(0), .eventId = query.integer(1), .notice = NoticeId{query.integer(2)}});
    return mails;
}

std::int64_t SqliteEmailStore::queuedCount(EmailId email) {
    Query query(connection_, "SELECT count(*) FROM mail_queue WHERE email_id = ?", email);
    return query.next() ? query.integer(0) : 0;
}

void SqliteEmailStore::removeQueued(EmailId email, std::int64_t upToId) {
    Query(connection_, "DELETE FROM mail_queue WHERE email_id = ? AND id <= ?", email, upToId).run();
}

std::string SqliteEmailStore::linkKey() {
    Query query(connection_, "SELECT link_key FROM notifier_meta");
    return query.next() ? query.text(0) : std::string();
}

}  // namespace common::sqlite
