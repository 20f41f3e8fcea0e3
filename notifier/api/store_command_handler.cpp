#include "notifier/api/store_command_handler.hpp"

#include "common/core/json_writer.hpp"
#include "common/runtime/crypto.hpp"
#include "notifier/api/event_commands.hpp"
#include "notifier/protocol/reply.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::Error;
using common::ErrorCode;
using common::fail;
using common::Result;
using common::json::Writer;

/// One minute more than 7 days, since both ends are widened to whole minutes.
constexpr common::DurationMs kPreviewMsMax = 7 * common::kDayMs + common::kMinuteMs;

CommandOutcome refused(Error error) {
    CommandOutcome outcome;
    outcome.error = std::move(error);
    return outcome;
}

CommandOutcome outcomeOf(Result<CommandOutcome> result) {
    return result ? std::move(*result) : refused(std::move(result.error()));
}

CommandOutcome answered(std::string result) {
    CommandOutcome outcome;
    outcome.result = std::move(result);
    return outcome;
}

Greeting greetingOf(Client const& client, std::int64_t seq, std::int64_t acked) {
    return {.auth = client.auth,
            .accountPublicId = client.accountPublicId,
            .sessionSecret = client.sessionSecret,
            .seq = seq,
            .acked = acked};
}

void becomes(Client& client, Holder const& holder, std::string secret) {
    client.auth = holder.auth;
    client.account = holder.account.id;
    client.accountPublicId = holder.account.publicId;
    client.sessionSecret = holder.auth == AuthKind::Session ? std::move(secret) : std::string();
    client.admin = holder.account.admin;
}

std::string watchResult(std::vector<common::Symbol> const& symbols, std::int64_t intervalMs) {
    Writer out;
    out.beginObject().key("symbols").beginArray();
    for (auto const& symbol : symbols)
        out.value(symbol);
    out.endArray().field("interval_ms", intervalMs).endObject();
    return out.take();
}

std::optional<Holder> findAnyHolder(common::Database& database, std::string_view hash) {
    if (auto const holder = findKeyHolder(database, hash)) return holder;
    return findSessionHolder(database, hash);
}

}  // namespace

void StoreCommandHandler::admit(std::optional<std::string> secret, Admitted done) {
    auto client = std::make_shared<Client>();
    if (!secret) {
        if (options_.authRequired) {
            client->auth = AuthKind::Required;
        } else {
            client->accountPublicId = common::randomId("acc_");
            client->sessionSecret = common::randomId("ses_");
        }
        auto greeting = greetingOf(*client, 0, 0);
        done(Admission{std::move(client), std::move(greeting)});
        return;
    }
    auto look = [hash = secretHash(*secret)](common::Database& database) { return findAnyHolder(database, hash); };
    deps_.store.read(std::move(look), [this, client, secret = std::move(*secret), done = std::move(done)](
                                          common::StoreThread::Outcome<std::optional<Holder>> found) {
        if (!found) return done(std::unexpected(storeFailures_.answer(found.error())));
        if (!*found) return done(fail(ErrorCode::AuthFailed, "unknown key or session"));
        auto const& account = (*found)->account;
        becomes(*client, **found, secret);
        done(Admission{client, greetingOf(*client, account.seq, account.acked)});
    });
}

void StoreCommandHandler::execute(std::shared_ptr<Client> client, Command command, Done done) {
    if (client->authRunning) {
        // Weak, since the client holds it itself.
        client->waiting.push_back([this, weak = std::weak_ptr(client), command = std::move(command),
                                   done = std::move(done)] { execute(weak.lock(), command, done); });
        return;
    }
    if (command.method == Method::Auth) return authenticate(std::move(client), command, std::move(done));
    if (client->auth == AuthKind::Required)
        return done(refused({ErrorCode::AuthRequired, "send \"auth\" with a key first", {}, {}}));
    client->commandSeen = true;
    if (auto const waitMs = client->account ? pace_.take(*client->account, deps_.clock.monotonicMs()) : std::nullopt)
        return done(refused({ErrorCode::RateLimited, "too many commands of this account", {}, *waitMs}));
    switch (command.method) {
        case Method::Preview:
            return preview(std::move(client), command, std::move(done));
        case Method::Watch:
            return done(outcomeOf(watch(*client, command)));
        case Method::Unwatch:
            return done(outcomeOf(unwatch(*client, command)));
        case Method::Ping:
            return done(answered(Writer().beginObject().field("ts", deps_.clock.wallMs()).endObject().take()));
        case Method::Help:
            return done(answered(renderHelp()));
        default:
            return startJob(std::move(client), command, std::move(done));
    }
}

void StoreCommandHandler::authenticate(std::shared_ptr<Client> client, Command const& command, Done done) {
    if (client->commandSeen || client->account)
        return done(refused({ErrorCode::BadState, "\"auth\" is possible only as the first command, once", {}, {}}));
    auto request = readAuth(command);
    if (!request) return done(refused(std::move(request.error())));

    bool const byKey = request->token.has_value();
    auto secret = byKey ? std::move(*request->token) : std::move(*request->session);
    auto look = [hash = secretHash(secret), find = byKey ? Find(findKeyHolder) : Find(findSessionHolder)](
                    common::Database& database) { return find(database, hash); };
    client->authRunning = true;
    deps_.store.read(std::move(look), [this, client, byKey, secret = std::move(secret), done = std::move(done)](
                                          common::StoreThread::Outcome<std::optional<Holder>> found) {
        client->authRunning = false;
        if (!found) {
            done(refused(storeFailures_.answer(found.error())));
        } else if (!*found) {
            // The offer stands, and another try is allowed: who mistypes a key must not have to connect again.
            done(refused(
                {ErrorCode::AuthFailed, byKey ? "unknown key" : "unknown session", byKey ? "token" : "session", {}}));
        } else {
            auto const& account = (*found)->account;
            becomes(*client, **found, secret);
            client->commandSeen = true;
            auto outcome = answered(renderAuthResult(greetingOf(*client, account.seq, account.acked), options_.facts,
                                                     deps_.clock.wallMs()));
            outcome.effect = Identified{account.seq};
            done(std::move(outcome));
        }
        for (auto const& command : std::exchange(client->waiting, {}))
            command();
    });
}

void StoreCommandHandler::startJob(std::shared_ptr<Client> client, Command const& command, Done done) {
    auto const start = [&](bool writes, auto request, auto job) {
        run(writes, client, std::move(request), std::move(job), std::move(done));
    };
    auto const caller = callerOf(*client);
    AlertJob const job{caller, deps_.clock.wallMs(), options_.facts.alertsMax};
    auto const alertWork = [job](auto work) {
        return [job, work](common::Database& database, auto const& request) { return work(database, job, request); };
    };
    switch (command.method) {
        case Method::Subscribe:
            return start(true, prepareSubscribe(command), alertWork(runSubscribe));
        case Method::Unsubscribe:
            return start(true, readUnsubscribe(command), alertWork(runUnsubscribe));
        case Method::Update:
            return start(true, readUpdate(command), alertWork(runUpdate));
        case Method::Pause:
            return start(true, readAlertId(command), alertWork(runPause));
        case Method::Rearm:
            return start(true, readAlertId(command), alertWork(runRearm));
        case Method::List:
            return start(false, readList(command), alertWork(runList));
        case Method::Resume:
            return start(
                false, readResume(command),
                [caller, epoch = options_.facts.epoch](common::Database& database, ResumeRequest const& request) {
                    return runResume(database, caller, request, epoch);
                });
        case Method::Ack:
            return start(true, readAck(command), [caller](common::Database& database, std::int64_t seq) {
                return runAck(database, caller, seq);
            });
        case Method::History:
            return start(
                false, readHistory(command),
                [caller, epoch = options_.facts.epoch](common::Database& database, HistoryRequest const& request) {
                    return runHistory(database, caller, request, epoch);
                });
        case Method::Auth:
        case Method::Preview:
        case Method::Watch:
        case Method::Unwatch:
        case Method::Ping:
        case Method::Help:
            break;
    }
    std::unreachable();
}

Result<SubscribeRequest> StoreCommandHandler::prepareSubscribe(Command const& command) const {
    auto request = readSubscribe(command);
    if (!request) return request;
    auto symbol = deps_.symbols.resolve(request->symbol, "symbol");
    if (!symbol) return std::unexpected(std::move(symbol.error()));
    request->symbol = std::move(*symbol);
    return request;
}

/// The range is that of whole minutes, and ends with the present one.
void StoreCommandHandler::preview(std::shared_ptr<Client> client, Command const& command, Done done) {
    auto const request = readPreview(command);
    if (!request) return done(refused(request.error()));
    auto symbol = deps_.symbols.resolve(request->symbol, "symbol");
    if (!symbol) return done(refused(std::move(symbol.error())));
    auto const now = deps_.clock.wallMs();
    auto const end = common::floorTo(now, common::kMinuteMs) + common::kMinuteMs;
    auto to = request->to.value_or(end);
    auto const from = common::floorTo(request->from.value_or(std::min(to, end) - common::kDayMs), common::kMinuteMs);
    if (from >= end) return done(refused({ErrorCode::BadValue, "\"from\" lies in the future", "from", {}}));
    if (to <= request->from.value_or(from))
        return done(refused({ErrorCode::BadValue, "\"to\" must be later than \"from\"", "to", {}}));
    to = std::min(common::floorTo(to - 1, common::kMinuteMs) + common::kMinuteMs, end);
    if (to - from > kPreviewMsMax)
        return done(refused({ErrorCode::BadValue, "at most 7 days can be previewed", "from", {}}));
    previews_.ask(client->accountPublicId,
                  {.symbol = std::move(*symbol),
                   .condition = request->condition,
                   .mode = request->mode,
                   .cooldown = request->cooldown,
                   .from = from,
                   .to = to},
                  [client = std::move(client), done = std::move(done)](Result<std::string> answer) {
                      done(answer ? answered(std::move(*answer)) : refused(std::move(answer.error())));
                  });
}

Result<CommandOutcome> StoreCommandHandler::watch(Client& client, Command const& command) const {
    auto request = readWatch(command);
    if (!request) return std::unexpected(std::move(request.error()));
    std::vector<common::Symbol> symbols;
    for (auto const& given : request->symbols) {
        auto symbol = deps_.symbols.resolve(given, "symbols");
        if (!symbol) return std::unexpected(std::move(symbol.error()));
        if (std::ranges::find(symbols, *symbol) == symbols.end()) symbols.push_back(std::move(*symbol));
    }
    auto const added = static_cast<std::size_t>(
        std::ranges::count_if(symbols, [&](common::Symbol const& symbol) { return !client.watched.contains(symbol); }));
    if (client.watched.size() + added > options_.watchedSymbolsMax)
        return fail(ErrorCode::TooManySymbols,
                    fmt::format("at most {} watched symbols on a connection", options_.watchedSymbolsMax), "symbols");
    client.watched.insert(symbols.begin(), symbols.end());
    auto outcome = answered(watchResult(symbols, request->intervalMs));
    outcome.effect = WatchChange{true, std::move(symbols), request->intervalMs};
    return outcome;
}

Result<CommandOutcome> StoreCommandHandler::unwatch(Client& client, Command const& command) const {
    auto const request = readWatch(command);
    if (!request) return std::unexpected(request.error());
    std::vector<common::Symbol> symbols;
    for (auto const& given : request->symbols) {
        symbols.push_back(common::upperSymbol(given));
        client.watched.erase(symbols.back());
    }
    auto outcome = answered(watchResult(symbols, request->intervalMs));
    outcome.effect = WatchChange{false, std::move(symbols), request->intervalMs};
    return outcome;
}

template <class Request, class Job>
void StoreCommandHandler::run(bool writes, std::shared_ptr<Client> client, Result<Request> request, Job job,
                              Done done) {
    if (!request) return done(refused(std::move(request.error())));
    queue(
        writes, std::move(client),
        [job = std::move(job), request = std::move(*request)](common::Database& database) {
            return job(database, request);
        },
        std::move(done));
}

void StoreCommandHandler::queue(bool writes, std::shared_ptr<Client> client, Work work, Done done) {
    auto finish = [this, client = std::move(client),
                   done = std::move(done)](common::StoreThread::Outcome<Result<CommandOutcome>> result) {
        if (!result) return done(refused(storeFailures_.answer(result.error())));
        auto outcome = outcomeOf(std::move(*result));
        if (auto const* const stored = std::get_if<AccountStored>(&outcome.effect)) client->account = stored->account;
        done(std::move(outcome));
    };
    if (writes)
        deps_.store.write(std::move(work), std::move(finish));
    else
        deps_.store.read(std::move(work), std::move(finish));
}

}  // namespace notifier
