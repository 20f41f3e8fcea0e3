#include "notifier/api/event_commands.hpp"

#include "common/core/json_writer.hpp"
#include "notifier/protocol/push.hpp"

#include <limits>

namespace notifier {
namespace {

using common::Result;
using common::json::Writer;

struct Refusal {
    std::string_view reason;
    std::optional<std::int64_t> oldest;
};

/// Why what follows `after` cannot be replayed without a hole.
std::optional<Refusal> refusal(common::Database& database, common::Account const& account, ResumeRequest const& request,
                               std::string_view epoch) {
    if (request.epoch != epoch) return Refusal{"epoch_changed", {}};
    if (request.after > account.seq) return Refusal{"ahead", {}};
    if (request.after == account.seq) return {};
    auto const oldest = database.events().oldestSeq(account.id).value_or(account.seq + 1);
    if (request.after + 1 < oldest) return Refusal{"too_old", oldest};
    return {};
}

}  // namespace

Result<CommandOutcome> runResume(common::Database& database, Caller const& caller, ResumeRequest const& request,
                                 std::string_view epoch) {
    // An offered account has no events yet: all of it is seq 0.
    auto const account = findAccount(database, caller).value_or(common::Account{});
    auto const refused = refusal(database, account, request, epoch);
    Writer out;
    out.beginObject().field("recovered", !refused).field("epoch", epoch);
    if (refused) {
        out.field("reason", refused->reason);
        if (refused->oldest) out.field("oldest", *refused->oldest);
    } else {
        out.field("after", request.after);
        out.field("replaying", request.after == account.seq
                                   ? std::int64_t{0}
                                   : database.events().countPushed(account.id, request.after, account.seq));
    }
    out.field("up_to", account.seq).endObject();
    CommandOutcome outcome;
    outcome.result = out.take();
    outcome.effect = ResumeFrom{!refused, refused ? account.seq : request.after, account.seq};
    return outcome;
}

Result<CommandOutcome> runAck(common::Database& database, Caller const& caller, std::int64_t seq) {
    auto const account = findAccount(database, caller);
    CommandOutcome outcome;
    Writer out;
    out.beginObject().field("acked", account ? database.accounts().ack(account->id, seq) : 0).endObject();
    outcome.result = out.take();
    return outcome;
}

Result<CommandOutcome> runHistory(common::Database& database, Caller const& caller, HistoryRequest const& request,
                                  std::string_view epoch) {
    std::vector<common::Event> events;
    if (auto const account = findAccount(database, caller))
        events = database.events().replay(account->id, request.after, std::numeric_limits<std::int64_t>::max(),
                                          request.limit);
    Writer out;
    out.beginObject().key("events").beginArray();
    for (auto const& event : events)
        out.raw(EventFrame(event, epoch).stored());
    out.endArray().field("next_after", events.empty() ? request.after : events.back().seq).endObject();
    CommandOutcome outcome;
    outcome.result = out.take();
    return outcome;
}

}  // namespace notifier
