#pragma once

#include "common/core/error.hpp"
#include "common/core/json_writer.hpp"
#include "common/store/store_thread.hpp"
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

/// Reads on a store thread and answers what `work` gives: JSON text, or why there is none.
template <class Work>
void answerFrom(common::StoreThread& store, StoreFailures& failures, Work work, Respond respond) {
    store.read(std::move(work), [&failures, respond = std::move(respond)](
                                    common::StoreThread::Outcome<common::Result<std::string>> outcome) {
        if (!outcome) return respond(problem(failures.answer(outcome.error())));
        respond(*outcome ? freshJson(std::move(**outcome)) : problem(outcome->error()));
    });
}

}  // namespace notifier
