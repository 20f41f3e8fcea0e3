#pragma once

#include "common/core/error.hpp"
#include "common/core/json_writer.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/coding.hpp"
#include "notifier/api/router.hpp"
#include "notifier/api/store_failures.hpp"

#include <string>
#include <utility>

// What the routes' answers have in common.

namespace notifier {

/// JSON that is good for this moment only.
HttpResponse freshJson(std::string body, int status = 200);

/// The last member of a list: null when nothing follows.
template <class Cursor>
void writeNextCursor(common::json::Writer& out, std::optional<Cursor> const& cursor) {
    out.key("next_cursor");
    cursor ? out.value(std::to_string(*cursor)) : out.null();
}

/// Reads on a store thread and answers what `work` makes there.
template <class Work>
void respondFrom(common::StoreThread& store, StoreFailures& failures, Work work, Respond respond) {
    store.read(std::move(work),
               [&failures, respond = std::move(respond)](common::StoreThread::Outcome<HttpResponse> outcome) {
                   respond(outcome ? std::move(*outcome) : problem(failures.answer(outcome.error())));
               });
}

/// Reads on a store thread and answers what `work` gives: JSON text, or why there is none.
template <class Work>
void answerFrom(common::StoreThread& store, StoreFailures& failures, Work work, Respond respond) {
    respondFrom(
        store, failures,
        [work = std::move(work)](common::Database& database) {
            common::Result<std::string> text = work(database);
            return text ? freshJson(std::move(*text)) : problem(text.error());
        },
        std::move(respond));
}

/// The same, compressed there where the client takes it.
template <class Work>
void answerCoded(common::StoreThread& store, StoreFailures& failures, bool gzip, Work work, Respond respond) {
    respondFrom(
        store, failures,
        [gzip, work = std::move(work)](common::Database& database) {
            common::Result<std::string> text = work(database);
            if (!text) return problem(text.error());
            auto response = freshJson(std::move(*text));
            encodeBody(response, gzip);
            return response;
        },
        std::move(respond));
}

}  // namespace notifier
