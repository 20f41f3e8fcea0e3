#include "notifier/api/alert_commands.hpp"

#include "common/core/json_writer.hpp"
#include "common/runtime/crypto.hpp"
#include "notifier/api/receiver_fields.hpp"
#include "notifier/protocol/push.hpp"
#include "notifier/protocol/reply.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::AlertDefinition;
using common::AlertRecord;
using common::AlertStatus;
using common::ErrorCode;
using common::fail;
using common::Result;
using common::json::Writer;

constexpr std::int64_t kPage = 1'000;

bool hasEnded(AlertRecord const& record, common::TimeMs now) {
    return common::isEnded(common::shownStatus(record, now));
}

bool sameCondition(AlertDefinition const& a, AlertDefinition const& b) {
    return a.symbol == b.symbol && a.condition == b.condition && a.mode == b.mode && a.cooldown == b.cooldown;
}

Result<AlertRecord> findOwn(common::Database& database, AlertJob const& job, std::string const& alertId) {
    auto const account = findAccount(database, job.caller);
    auto record = account ? database.alerts().find(account->id, alertId) : std::nullopt;
    if (!record) return fail(ErrorCode::NotFound, "no such alert", "alert_id");
    return std::move(*record);
}

/// One more alert that counts: is there room?
Result<void> checkRoom(common::Database& database, common::AccountId account, std::int64_t alertsMax) {
    if (database.alerts().countLive(account) < alertsMax) return {};
    return fail(ErrorCode::TooManyAlerts, fmt::format("at most {} alerts that are not done or expired", alertsMax));
}

Result<void> checkGiven(common::Database& database, std::optional<common::AccountId> account,
                        Change<std::vector<std::string>> const& channels) {
    if (!channels || !*channels) return {};
    return checkChannels(database, account, **channels);
}

/// Puts in what was given of the parameters that never start a new revision; true when something changed.
template <class Request>
bool applyInPlace(AlertDefinition& alert, Request const& request, common::TimeMs now) {
    auto const before = std::tuple(alert.expires, alert.note, alert.channels);
    if (request.expires) alert.expires = *request.expires ? std::optional((*request.expires)->at(now)) : std::nullopt;
    if (request.note) alert.note = *request.note;
    if (request.channels) alert.channels = *request.channels;
    return before != std::tuple(alert.expires, alert.note, alert.channels);
}

/// The next revision, with fresh state; a paused alert stays paused.
void renew(AlertDefinition& alert) {
    bool const paused = alert.paused();
    ++alert.rev;
    if (paused) alert.liveFromRev = alert.rev + 1;
}

AlertDefinition wantedAlert(AlertJob const& job, common::AccountId account, SubscribeRequest const& request) {
    AlertDefinition alert;
    alert.publicId = common::randomId("al_");
    alert.account = account;
    alert.key = request.key;
    alert.symbol = request.symbol;
    alert.condition = request.condition;
    alert.mode = request.mode;
    alert.cooldown = request.cooldown;
    alert.created = job.now;
    applyInPlace(alert, request, job.now);
    return alert;
}

common::AlertStateChange stateChange(AlertDefinition const& alert, AlertStatus status, common::TimeMs now) {
    common::AlertStateChange change;
    change.account = alert.account;
    change.alertPublicId = alert.publicId;
    change.rev = alert.rev;
    change.symbol = alert.symbol;
    change.status = status;
    change.at = now;
    return change;
}

Announcement announceRemoved(AlertDefinition const& alert, common::TimeMs now) {
    return {alert.account, renderAlertRemoved(stateChange(alert, AlertStatus::Done, now))};
}

/// As stored now, with ingestion's state.
AlertRecord reload(common::Database& database, AlertDefinition const& alert) {
    auto record = database.alerts().find(alert.account, alert.publicId);
    return record ? std::move(*record) : AlertRecord{alert, {}};
}

std::string alertResult(AlertRecord const& record, common::TimeMs now) {
    Writer out;
    out.beginObject().key("alert");
    writeAlert(out, record, now);
    out.endObject();
    return out.take();
}

std::string subscribeResult(common::Database& database, AlertRecord const& record, bool created, common::TimeMs now) {
    Writer out;
    out.beginObject().field("created", created).key("alert");
    writeAlert(out, record, now);
    out.key("last");
    if (auto const last = database.market().price(record.definition.symbol))
        out.beginObject()
            .field("price", last->price.text())
            .field("trade_id", last->tradeId)
            .field("time", last->time)
            .endObject();
    else
        out.null();
    out.endObject();
    return out.take();
}

/// What to do about an alert that `subscribe` has found.
enum class Found : std::uint8_t { Same, ArmAfresh, Renew, Replace };

Result<Found> judgeFound(AlertRecord const& found, AlertDefinition const& wanted, bool upsert, common::TimeMs now) {
    bool const same = sameCondition(found.definition, wanted);
    if (!same && !upsert)
        return fail(ErrorCode::KeyConflict,
                    fmt::format("this key is taken by \"{}\"; give \"upsert\":true to change it",
                                common::alertText(found.definition)),
                    "key");
    // The channel names an alert's symbol once; another one is another alert.
    if (found.definition.symbol != wanted.symbol) return Found::Replace;
    if (hasEnded(found, now)) return Found::ArmAfresh;
    return same ? Found::Same : Found::Renew;
}

}  // namespace

Result<CommandOutcome> runSubscribe(common::Database& database, AlertJob const& job, SubscribeRequest const& request) {
    auto const account = findAccount(database, job.caller);
    if (!account && job.caller.account) return fail(ErrorCode::AuthFailed, "this account is gone");
    auto const owner = account ? std::optional(account->id) : std::nullopt;
    if (auto const known = checkGiven(database, owner, request.channels); !known) return std::unexpected(known.error());
    auto wanted = wantedAlert(job, account ? account->id : common::AccountId{}, request);
    std::optional<AlertRecord> found;
    if (account)
        found =
            request.key ? database.alerts().findByKey(account->id, *request.key) : database.alerts().findTwin(wanted);

    CommandOutcome outcome;
    auto const finish = [&](AlertDefinition const& alert, bool created) {
        outcome.created = created;
        outcome.location = alert.publicId;
        outcome.result = subscribeResult(database, reload(database, alert), created, job.now);
        if (!job.caller.account) outcome.effect = AccountStored{alert.account};
        return std::move(outcome);
    };

    auto const what = found ? judgeFound(*found, wanted, request.upsert, job.now) : Found::Replace;
    if (!what) return std::unexpected(what.error());
    bool const takesRoom =
        *what == Found::ArmAfresh || (*what == Found::Replace && (!found || hasEnded(*found, job.now)));
    if (takesRoom && account)
        if (auto const room = checkRoom(database, account->id, job.alertsMax); !room)
            return std::unexpected(room.error());

    switch (*what) {
        case Found::Same:
            if (applyInPlace(found->definition, request, job.now)) database.alerts().update(found->definition);
            return finish(found->definition, false);
        case Found::Renew:
            found->definition.condition = wanted.condition;
            found->definition.mode = wanted.mode;
            found->definition.cooldown = wanted.cooldown;
            applyInPlace(found->definition, request, job.now);
            renew(found->definition);
            database.alerts().update(found->definition);
            return finish(found->definition, false);
        case Found::ArmAfresh:
            // As if it were new, but for its identity: nothing of what it once was holds on.
            wanted.id = found->definition.id;
            wanted.publicId = found->definition.publicId;
            wanted.created = found->definition.created;
            wanted.rev = found->definition.rev + 1;
            wanted.liveFromRev = found->definition.liveFromRev;
            database.alerts().update(wanted);
            return finish(wanted, true);
        case Found::Replace:
            break;
    }
    if (found) {
        database.alerts().remove(found->definition.id);
        outcome.announcements.push_back(announceRemoved(found->definition, job.now));
    }
    wanted.account = findOrStoreAccount(database, job.caller, job.now).id;
    wanted.id = database.alerts().insert(wanted);
    return finish(wanted, true);
}

Result<CommandOutcome> runUnsubscribe(common::Database& database, AlertJob const& job,
                                      UnsubscribeRequest const& request) {
    std::vector<AlertDefinition> removed;
    auto const remove = [&](AlertRecord& record) {
        database.alerts().remove(record.definition.id);
        removed.push_back(std::move(record.definition));
    };
    if (auto const account = findAccount(database, job.caller); account && (request.alertId || request.key)) {
        auto record = request.alertId ? database.alerts().find(account->id, *request.alertId)
                                      : database.alerts().findByKey(account->id, *request.key);
        if (record) remove(*record);
    } else if (account) {
        common::AlertFilter const filter{.symbol = request.symbol, .status = {}, .afterId = 0, .limit = kPage};
        while (true) {
            auto page = database.alerts().list(account->id, filter, job.now);
            std::ranges::for_each(page, remove);
            if (page.size() < static_cast<std::size_t>(kPage)) break;
        }
    }

    CommandOutcome outcome;
    Silenced silenced;
    Writer out;
    out.beginObject().field("removed", removed.size()).key("alert_ids").beginArray();
    for (auto const& alert : removed) {
        out.value(alert.publicId);
        silenced.alerts.push_back({alert.publicId, std::numeric_limits<std::int64_t>::max()});
        outcome.announcements.push_back(announceRemoved(alert, job.now));
    }
    out.endArray().endObject();
    outcome.result = out.take();
    outcome.effect = std::move(silenced);
    return outcome;
}

Result<CommandOutcome> runUpdate(common::Database& database, AlertJob const& job, UpdateRequest const& request) {
    auto record = findOwn(database, job, request.alertId);
    if (!record) return std::unexpected(record.error());
    auto& alert = record->definition;
    if (auto const known = checkGiven(database, alert.account, request.channels); !known)
        return std::unexpected(known.error());
    if (request.ifRev && *request.ifRev != alert.rev)
        return fail(ErrorCode::BadState, fmt::format("the alert is at revision {}", alert.rev), "if_rev");

    auto changed = alert;
    if (request.condition) changed.condition = *request.condition;
    if (request.mode) changed.mode = *request.mode;
    if (request.cooldown) changed.cooldown = *request.cooldown;
    bool const renewed = !sameCondition(alert, changed);
    if (renewed && hasEnded(*record, job.now))
        if (auto const room = checkRoom(database, alert.account, job.alertsMax); !room)
            return std::unexpected(room.error());
    bool const inPlace = applyInPlace(changed, request, job.now);
    if (renewed) renew(changed);
    if (renewed || inPlace) database.alerts().update(changed);

    CommandOutcome outcome;
    outcome.result = alertResult(reload(database, changed), job.now);
    return outcome;
}

Result<CommandOutcome> runPause(common::Database& database, AlertJob const& job, std::string const& alertId) {
    auto record = findOwn(database, job, alertId);
    if (!record) return std::unexpected(record.error());
    auto& alert = record->definition;
    if (hasEnded(*record, job.now))
        return fail(ErrorCode::BadState,
                    fmt::format("the alert is {}", common::statusText(common::shownStatus(*record, job.now))),
                    "alert_id");
    CommandOutcome outcome;
    outcome.effect = Silenced{{{alert.publicId, alert.rev}}};
    if (!alert.paused()) {
        alert.liveFromRev = alert.rev + 1;
        database.alerts().update(alert);
        outcome.announcements.push_back(
            {alert.account, renderAlertState(stateChange(alert, AlertStatus::Paused, job.now))});
    }
    outcome.result = alertResult(reload(database, alert), job.now);
    return outcome;
}

Result<CommandOutcome> runRearm(common::Database& database, AlertJob const& job, std::string const& alertId) {
    auto record = findOwn(database, job, alertId);
    if (!record) return std::unexpected(record.error());
    auto& alert = record->definition;
    if (hasEnded(*record, job.now)) {
        if (auto const room = checkRoom(database, alert.account, job.alertsMax); !room)
            return std::unexpected(room.error());
        // Kept, the time that ended it would end it again at once.
        if (alert.expires && *alert.expires <= job.now) alert.expires.reset();
    }
    // Of a paused alert this reaches liveFromRev, which ends the pause.
    ++alert.rev;
    database.alerts().update(alert);
    CommandOutcome outcome;
    outcome.result = alertResult(reload(database, alert), job.now);
    return outcome;
}

Result<CommandOutcome> runList(common::Database& database, AlertJob const& job, ListRequest const& request) {
    std::vector<AlertRecord> page;
    std::int64_t total = 0;
    if (auto const account = findAccount(database, job.caller)) {
        common::AlertFilter filter{request.symbol, request.status, request.afterId, request.limit + 1};
        page = database.alerts().list(account->id, filter, job.now);
        total = database.alerts().count(account->id, filter, job.now);
    }
    bool const more = page.size() > static_cast<std::size_t>(request.limit);
    if (more) page.pop_back();
    Writer out;
    out.beginObject().key("alerts").beginArray();
    for (auto const& record : page)
        writeAlert(out, record, job.now);
    out.endArray().field("total", total).key("next_cursor");
    if (more)
        out.value(listCursor(page.back().definition.id));
    else
        out.null();
    out.endObject();
    CommandOutcome outcome;
    outcome.result = out.take();
    return outcome;
}

}  // namespace notifier
