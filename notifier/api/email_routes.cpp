#include "notifier/api/email_routes.hpp"

#include "common/runtime/crypto.hpp"
#include "notifier/api/receiver_fields.hpp"
#include "notifier/api/rest_answers.hpp"
#include "notifier/delivery/rules/mail_link.hpp"
#include "notifier/delivery/rules/mail_text.hpp"

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::Email;
using common::ErrorCode;
using common::fail;
using common::Result;
using common::json::Writer;

constexpr std::size_t kEmailsMax = 10;
constexpr common::DurationMs kCodeMs = 3'600'000;
/// Five guesses at one of 10^8 codes, and a new code each minute at most.
constexpr std::int64_t kCodeTriesMax = 5;
constexpr std::uint64_t kCodes = 100'000'000;

std::string newCode() {
    std::uint64_t number = 0;
    for (char const byte : common::randomBytes(sizeof number))
        number = number << 8 | static_cast<std::uint8_t>(byte);
    return fmt::format("{:08}", number % kCodes);
}

/// The host is the same in any case; the part before it is for its server to read.
std::string normalAddress(std::string address) {
    for (auto at = address.find('@'); at < address.size(); ++at)
        if (address[at] >= 'A' && address[at] <= 'Z') address[at] = static_cast<char>(address[at] - 'A' + 'a');
    return address;
}

void writeEmail(Writer& out, Email const& email) {
    out.beginObject().field("id", email.publicId).field("address", email.address);
    out.field("state", email.verified ? "verified" : "unverified").field("created", email.created).endObject();
}

HttpResponse emailAnswer(Email const& email, int status = 200) {
    Writer out;
    writeEmail(out, email);
    return freshJson(out.take(), status);
}

void askForCode(Email& email, std::string const& code, common::TimeMs now) {
    email.code = code;
    email.codeExpires = now + kCodeMs;
    email.codeTries = 0;
    email.codeUnsent = true;
    email.nextMail = now;
}

Result<Email> findOwn(common::Database& database, common::AccountId account, std::string const& id) {
    auto email = database.emails().find(account, id);
    if (!email) return fail(ErrorCode::NotFound, "no such address", "id");
    return std::move(*email);
}

/// A page of ours: no script, no foreign content, a form that goes to the page's own address.
HttpResponse page(std::string_view content) {
    return {200,
            "text/html; charset=utf-8",
            fmt::format("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
                        "content=\"width=device-width\"><title>tickbell</title>{}</html>\n",
                        content),
            {{"Cache-Control", "no-store"},
             {"Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'"},
             {"Referrer-Policy", "no-referrer"},
             {"X-Content-Type-Options", "nosniff"}}};
}

/// What a code does to an address. The caller stores it in any case: a wrong code counts.
Result<void> tryCode(Email& email, std::string const& code, common::TimeMs now) {
    if (email.verified) return {};
    if (email.codeTries >= kCodeTriesMax || email.codeExpires <= now)
        return fail(ErrorCode::BadState, "this code is no longer valid; POST the address again for a new one", "code");
    if (!common::equalSecrets(code, email.code)) {
        ++email.codeTries;
        return fail(ErrorCode::BadValue, "this is not the code that was mailed", "code");
    }
    email.verified = true;
    email.code.clear();
    email.codeUnsent = false;
    return {};
}

/// `parts`: a token, or the account's number and the address's id.
std::optional<common::Email> emailOfLink(common::Database& database, std::vector<std::string> const& parts) {
    auto& emails = database.emails();
    if (parts.size() == 2) return emails.find(common::AccountId{std::strtoll(parts[0].c_str(), nullptr, 10)}, parts[1]);
    auto const id = emailOfToken(emails.linkKey(), parts[0]);
    return id ? emails.find(*id) : std::nullopt;
}

}  // namespace

void EmailRoutes::addTo(Router& router) {
    auto const add = [&](std::string_view method, std::string_view pattern,
                         void (EmailRoutes::*handle)(Call const&, Respond)) {
        router.add(method, pattern, Access::Account,
                   [this, handle](Call const& call, Respond respond) { (this->*handle)(call, std::move(respond)); });
    };
    add("POST", "/api/v1/emails", &EmailRoutes::create);
    add("GET", "/api/v1/emails", &EmailRoutes::list);
    add("DELETE", "/api/v1/emails/{id}", &EmailRoutes::remove);
    add("POST", "/api/v1/emails/{id}/verify", &EmailRoutes::verify);
    // The link in a mail carries no key: who has its token may end the mails and do nothing else. Looking at it ends
    // nothing: scanners of mail follow every link (RFC 8058 section 4). Mails of before the token have the longer one.
    for (std::string_view const pattern : {"/unsubscribe/{token}", "/unsubscribe/{account}/{id}"}) {
        router.add("GET", pattern, Access::Open, [](Call const&, Respond const& respond) {
            respond(
                page("<p>End the mails of tickbell to this address?</p>"
                     "<form method=\"post\"><button>End them</button></form>"));
        });
        router.add("POST", pattern, Access::Open,
                   [this](Call const& call, Respond respond) { unsubscribe(call, std::move(respond)); });
    }
}

template <class Work>
void EmailRoutes::write(Call const& call, Work work, Respond respond) {
    deps_.store.write(std::move(work), [this, account = *call.client->account, respond = std::move(respond)](
                                           common::StoreThread::Outcome<Result<HttpResponse>> outcome) {
        if (!outcome) return respond(problem(failures_.answer(outcome.error())));
        if (!*outcome) return respond(problem(outcome->error()));
        deps_.desk.changed(account);
        respond(std::move(**outcome));
    });
}

/// The same address again: a new code, while it is not verified.
void EmailRoutes::create(Call const& call, Respond respond) {
    auto const body = call.body();
    auto const address = body ? optionalText(*body, "address") : std::unexpected(body.error());
    if (!address) return respond(problem(address.error()));
    if (!*address) return respond(problem({ErrorCode::MissingField, "\"address\" is missing", "address", {}}));
    if (!isMailAddress(**address))
        return respond(problem(
            {ErrorCode::BadValue, "\"address\" must be a plain address such as me@example.org", "address", {}}));
    if (!deps_.desk.mails())
        return respond(problem({ErrorCode::BadState, "this server sends no e-mail (--smtp-url)", {}, {}}));
    Email email;
    email.publicId = common::randomId("em_");
    email.account = *call.client->account;
    email.address = normalAddress(**address);
    email.created = deps_.clock.wallMs();
    write(
        call,
        [email, code = newCode()](common::Database& database) mutable -> Result<HttpResponse> {
            auto& emails = database.emails();
            if (auto known = emails.findByAddress(email.account, email.address)) {
                if (known->verified) return emailAnswer(*known);
                askForCode(*known, code, email.created);
                emails.update(*known);
                return emailAnswer(*known);
            }
            if (emails.list(email.account).size() >= kEmailsMax)
                return fail(ErrorCode::BadState, fmt::format("at most {} addresses", kEmailsMax));
            askForCode(email, code, email.created);
            emails.insert(email);
            auto answer = emailAnswer(email, 201);
            answer.headers.emplace_back("Location", "/api/v1/emails/" + email.publicId);
            return answer;
        },
        std::move(respond));
}

void EmailRoutes::list(Call const& call, Respond respond) {
    answerFrom(
        deps_.store, failures_,
        [account = *call.client->account](common::Database& database) -> Result<std::string> {
            Writer out;
            out.beginObject().key("items").beginArray();
            for (auto const& email : database.emails().list(account))
                writeEmail(out, email);
            out.endArray().nullField("next_cursor").endObject();
            return out.take();
        },
        std::move(respond));
}

void EmailRoutes::remove(Call const& call, Respond respond) {
    write(
        call,
        [account = *call.client->account, id = call.parts[0]](common::Database& database) -> Result<HttpResponse> {
            auto const email = findOwn(database, account, id);
            if (!email) return std::unexpected(email.error());
            database.emails().remove(email->id);
            return HttpResponse{.status = 204};
        },
        std::move(respond));
}

/// Again, or for an address that is gone, it is the same success: nothing is mailed there.
void EmailRoutes::unsubscribe(Call const& call, Respond respond) {
    deps_.store.write(
        [parts = call.parts](common::Database& database) {
            auto const email = emailOfLink(database, parts);
            if (email) database.emails().remove(email->id);
        },
        [this, respond = std::move(respond)](common::StoreThread::Outcome<void> outcome) {
            if (!outcome) return respond(problem(failures_.answer(outcome.error())));
            respond(page("<p>No more mails go to this address.</p>"));
        });
}

void EmailRoutes::verify(Call const& call, Respond respond) {
    auto const body = call.body();
    if (!body) return respond(problem(body.error()));
    auto const* const code = body->find("code");
    if (code == nullptr) return respond(problem({ErrorCode::MissingField, "\"code\" is missing", "code", {}}));
    write(
        call,
        [account = *call.client->account, id = call.parts[0], code = code->text(),
         now = deps_.clock.wallMs()](common::Database& database) -> Result<HttpResponse> {
            auto email = findOwn(database, account, id);
            if (!email) return std::unexpected(email.error());
            auto const good = tryCode(*email, code, now);
            database.emails().update(*email);
            if (!good) return std::unexpected(good.error());
            return emailAnswer(*email);
        },
        std::move(respond));
}

}  // namespace notifier
