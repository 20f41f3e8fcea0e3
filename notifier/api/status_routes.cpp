#include "notifier/api/status_routes.hpp"

#include "notifier/api/rest_answers.hpp"
#include "notifier/protocol/push.hpp"

#include <algorithm>
#include <utility>

namespace notifier {
namespace {

using common::json::Writer;

void writeSymbols(Writer& out, common::Database& database, common::TimeMs now) {
    auto const feeds = database.market().feeds();
    out.key("items").beginArray();
    for (auto const& row : database.market().health()) {
        auto const feed = std::ranges::find(feeds, row.symbol, &common::FeedRecord::symbol);
        out.beginObject().field("symbol", row.symbol);
        out.field("state", feed == feeds.end() ? "live" : feedStateText(feed->state));
        if (feed != feeds.end() && !feed->reason.empty()) out.field("reason", feed->reason);
        out.field("last_id", row.lastId).key("lag_ms");
        row.lastTradeTime == 0 ? out.null() : out.value(std::max<std::int64_t>(0, now - row.lastTradeTime));
        out.field("alerts", row.alerts).field("gaps_open", row.gapsOpen).field("repaired_trades", row.repairedTrades);
        out.endObject();
    }
    out.endArray().nullField("next_cursor");
}

}  // namespace

void StatusRoutes::addTo(Router& router) {
    router.add("GET", "/api/v1/status", Access::Operator, [this](Call const& /*call*/, Respond respond) {
        Writer own;
        deps_.writeOwn(own.beginObject());
        answerFrom(
            deps_.reader, failures_,
            [now = deps_.clock.wallMs(),
             own = own.endObject().take()](common::Database& database) -> common::Result<std::string> {
                auto const lifeSign = database.market().lifeSign();
                Writer out;
                out.beginObject().key("ingestion").beginObject().key("life_sign_age_ms");
                lifeSign == 0 ? out.null() : out.value(std::max<std::int64_t>(0, now - lifeSign));
                out.endObject().key("notifier").raw(own);
                writeSymbols(out, database, now);
                return out.endObject().take();
            },
            std::move(respond));
    });
}

}  // namespace notifier
