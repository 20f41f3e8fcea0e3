#include "ingestion/exchange/binance/binance_rest.hpp"

#include "common/runtime/clock.hpp"
#include "ingestion/exchange/binance/rest_answers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

namespace asio = boost::asio;
namespace log = common::log;
using common::net::HttpClientOptions;
using Kind = RestFailure::Kind;

constexpr std::string_view kComponent = "exchange_rest";
constexpr std::int64_t kNoDue = std::numeric_limits<std::int64_t>::max();

// Weights of binance-facts section 2.3.
constexpr int kWeightSymbols = 20;
constexpr int kWeightTrades = 25;
constexpr int kWeightAggregates = 4;
constexpr int kWeightKlines = 2;
int tickerWeight(std::size_t symbols) {
    return symbols <= 20 ? 2 : symbols <= 100 ? 40 : 80;
}

std::optional<std::int64_t> numberOf(std::string_view text) {
    std::int64_t number = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc{} || stop != end || number < 0) return {};
    return number;
}

HttpClientOptions clientOptions(RestLimits const& limits, common::DurationMs deadlineMs) {
    HttpClientOptions options;
    options.deadlineMs = deadlineMs;
    options.bodyBytesMax = limits.bodyBytesMax;
    options.connectionsMax = limits.connectionsMax;
    options.headers = {{"Accept", "application/json"}};
    return options;
}

}  // namespace

BinanceRest::Numbers::Numbers(common::Metrics& metrics)
    : requests(metrics.counter("tickbell_exchange_rest_requests_total", "Questions sent over REST")),
      failures(metrics.counter("tickbell_exchange_rest_failures_total", "Questions over REST without a usable answer")),
      limited(metrics.counter("tickbell_exchange_rest_limited_total", "Answers 429 and 418 of the exchange")),
      weight(metrics.counter("tickbell_exchange_rest_weight_total", "REST weight spent")),
      queued(metrics.gauge("tickbell_exchange_rest_queued", "Questions waiting for weight or a connection")),
      usedWeight(metrics.gauge("tickbell_exchange_rest_used_weight", "REST weight spent in the last minute")) {}

BinanceRest::BinanceRest(BinanceDeps deps, RestLimits limits, common::Url base, common::net::TlsContext tls)
    : deps_(deps),
      limits_(limits),
      prefix_(base.target.ends_with('/') ? base.target.substr(0, base.target.size() - 1) : base.target),
      governor_(limits.weight),
      numbers_(deps.metrics),
      client_(deps.io, tls, base, clientOptions(limits, limits.deadlineMs)),
      listClient_(deps.io, tls, base, clientOptions(limits, limits.listDeadlineMs)),
      timer_(deps.io),
      alive_(std::make_shared<bool>(true)) {}

BinanceRest::~BinanceRest() {
    *alive_ = false;
}

template <class T>
BinanceRest::BodyAnswer BinanceRest::reading(RestResult<T> (*read)(std::string_view), Answer<T> done) {
    return [this, read, done = std::move(done)](RestResult<std::string> body) {
        if (!body) return done(std::unexpected(std::move(body.error())));
        auto result = read(*body);
        if (!result) numbers_.failures.add();
        done(std::move(result));
    };
}

void BinanceRest::symbols(Answer<std::vector<common::SymbolInfo>> done) {
    ask("/api/v3/exchangeInfo?showPermissionSets=false", kWeightSymbols, Priority::Normal, true,
        [this, done = std::move(done)](RestResult<std::string> body) mutable {
            if (!body) return done(std::unexpected(std::move(body.error())));
            readList(std::make_shared<SymbolListReader>(std::move(*body)), std::move(done));
        });
}

void BinanceRest::readList(std::shared_ptr<SymbolListReader> reader, Answer<std::vector<common::SymbolInfo>> done) {
    constexpr std::size_t kSymbolsPerTurn = 20;  // under a millisecond; trades are read in between
    if (reader->step(kSymbolsPerTurn)) return done(reader->take());
    asio::post(deps_.io, [this, alive = alive_, reader = std::move(reader), done = std::move(done)]() mutable {
        if (!*alive) return done(std::unexpected(RestFailure{Kind::Unreachable, "stopped", 0}));
        readList(std::move(reader), std::move(done));
    });
}

void BinanceRest::newestTrades(std::vector<common::Symbol> symbols, Answer<std::vector<NewestTrade>> done) {
    auto const target = fmt::format("/api/v3/ticker/24hr?symbols={}&type=MINI", querySymbols(symbols));
    auto const weight = tickerWeight(symbols.size());
    auto whole = reading<std::vector<NewestTrade>>(&readNewestTrades, done);
    ask(target, weight, Priority::Urgent, false,
        [this, symbols = std::move(symbols), done = std::move(done),
         whole = std::move(whole)](RestResult<std::string> body) mutable {
            bool const refused = !body && body.error().kind == Kind::Refused;
            if (refused && symbols.size() > 1) return askAlone(std::move(symbols), std::move(done));
            whole(std::move(body));
        });
}

void BinanceRest::askAlone(std::vector<common::Symbol> symbols, Answer<std::vector<NewestTrade>> done) {
    struct Gathered {
        std::size_t open;
        std::vector<NewestTrade> trades;
        std::optional<RestFailure> failure;
        Answer<std::vector<NewestTrade>> done;
    };
    auto const all =
        std::make_shared<Gathered>(symbols.size(), std::vector<NewestTrade>{}, std::nullopt, std::move(done));
    for (auto& symbol : symbols) {
        newestTrades({std::move(symbol)}, [all](RestResult<std::vector<NewestTrade>> one) {
            if (one)
                all->trades.insert(all->trades.end(), one->begin(), one->end());
            else if (one.error().kind != Kind::Refused)
                all->failure = std::move(one.error());
            if (--all->open > 0) return;
            if (all->failure) return all->done(std::unexpected(std::move(*all->failure)));
            all->done(std::move(all->trades));
        });
    }
}

void BinanceRest::newestRows(common::Symbol symbol, int limit, Answer<std::vector<common::Trade>> done) {
    ask(fmt::format("/api/v3/trades?symbol={}&limit={}", queryEncoded(symbol), limit), kWeightTrades, Priority::Urgent,
        false, reading<std::vector<common::Trade>>(&readTrades, std::move(done)));
}

void BinanceRest::aggregatesFromId(common::Symbol symbol, std::int64_t aggregateId, Answer<Aggregates> done) {
    ask(fmt::format("/api/v3/aggTrades?symbol={}&fromId={}&limit=1000", queryEncoded(symbol), aggregateId),
        kWeightAggregates, Priority::Urgent, false, reading<Aggregates>(&readAggregates, std::move(done)));
}

void BinanceRest::aggregatesFromTime(common::Symbol symbol, common::TimeMs from, Answer<Aggregates> done) {
    ask(fmt::format("/api/v3/aggTrades?symbol={}&startTime={}&limit=1000", queryEncoded(symbol), from),
        kWeightAggregates, Priority::Urgent, false, reading<Aggregates>(&readAggregates, std::move(done)));
}

void BinanceRest::klines(common::Symbol symbol, std::string interval, common::TimeMs from, common::TimeMs to, int limit,
                         Answer<std::vector<Kline>> done) {
    auto target = fmt::format("/api/v3/klines?symbol={}&interval={}&limit={}", queryEncoded(symbol),
                              queryEncoded(interval), limit);
    if (from != 0) target += fmt::format("&startTime={}", from);
    if (to != 0) target += fmt::format("&endTime={}", to);
    ask(std::move(target), kWeightKlines, Priority::Background, false,
        reading<std::vector<Kline>>(&readKlines, std::move(done)));
}

void BinanceRest::ask(std::string target, int weight, Priority priority, bool bulk, BodyAnswer done) {
    auto const nowMs = deps_.clock.monotonicMs();
    auto const rank = static_cast<std::size_t>(priority);
    Question question{prefix_ + std::move(target),      weight,         priority, bulk,
                      nowMs + limits_.queueMs.at(rank), std::move(done)};
    if (!*alive_) return refuse(std::move(question), {Kind::Unreachable, "stopped", 0});
    auto& queue = queues_.at(rank);
    if (queue.size() >= limits_.queuedMax)
        return refuse(std::move(question), {Kind::Limited, "too many questions wait", limits_.deadlineMs});
    queue.push_back(std::move(question));
    pump();
}

void BinanceRest::refuse(Question question, RestFailure failure) {
    // Posted: an answer never comes inside the call that asked.
    asio::post(deps_.io,
               [done = std::move(question.done), failure = std::move(failure)] { done(std::unexpected(failure)); });
}

void BinanceRest::pump() {
    auto const nowMs = deps_.clock.monotonicMs();
    expire(nowMs);
    std::int64_t due = kNoDue;
    for (auto& queue : queues_)
        due = std::min(due, sendDue(queue, nowMs));
    std::size_t queued = 0;
    for (auto const& queue : queues_) {
        queued += queue.size();
        if (!queue.empty()) due = std::min(due, queue.front().deadlineMs);
    }
    numbers_.queued.set(static_cast<double>(queued));
    numbers_.usedWeight.set(governor_.used(nowMs));
    arm(due, nowMs);
}

std::int64_t BinanceRest::sendDue(std::deque<Question>& queue, std::int64_t nowMs) {
    while (!queue.empty() && running_ < limits_.connectionsMax) {
        auto const& front = queue.front();
        auto const due = governor_.dueMs(front.weight, front.priority, nowMs);
        if (due > nowMs) return due;
        governor_.sent(front.weight, nowMs);
        numbers_.requests.add();
        numbers_.weight.add(front.weight);
        ++running_;
        asio::co_spawn(deps_.io, send(std::move(queue.front())), [](std::exception_ptr error) {
            if (error) std::rethrow_exception(error);
        });
        queue.pop_front();
    }
    return kNoDue;  // an answer that frees a connection pumps again
}

void BinanceRest::expire(std::int64_t nowMs) {
    for (auto& queue : queues_) {
        while (!queue.empty() && nowMs >= queue.front().deadlineMs) {
            auto const waitMs = std::max(governor_.heldUntilMs() - nowMs, limits_.weight.windowMs / 2);
            refuse(std::move(queue.front()), {Kind::Limited, "waited too long for weight", waitMs});
            queue.pop_front();
        }
    }
}

void BinanceRest::arm(std::int64_t dueMs, std::int64_t nowMs) {
    if (dueMs == kNoDue) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(dueMs - nowMs, 1)));
    timer_.async_wait([this, alive = alive_](boost::system::error_code error) {
        if (!error && *alive) pump();
    });
}

asio::awaitable<void> BinanceRest::send(Question question) {
    auto const alive = alive_;
    auto& client = question.bulk ? listClient_ : client_;
    auto result = co_await client.get(question.target);
    if (!*alive) {
        question.done(std::unexpected(RestFailure{Kind::Unreachable, "stopped", 0}));
        co_return;
    }
    --running_;
    auto answer = judge(std::move(result));
    if (!answer) {
        numbers_.failures.add();
        if (auto const count = failureLog_.hit(deps_.clock.monotonicMs()))
            log::warn(kComponent, "failed",
                      {{"target", question.target}, {"reason", answer.error().detail}, {"count", *count}});
    }
    question.done(std::move(answer));
    if (*alive) pump();
}

RestResult<std::string> BinanceRest::judge(common::net::HttpResult result) {
    if (!result) {
        auto const& error = result.error();
        return std::unexpected(
            RestFailure{Kind::Unreachable, fmt::format("{}: {}", common::net::kindText(error.kind), error.detail), 0});
    }
    auto const nowMs = deps_.clock.monotonicMs();
    auto const used = numberOf(result->header("X-MBX-USED-WEIGHT-1M"));
    auto const retryAfterS = numberOf(result->header("Retry-After"));
    std::optional<common::DurationMs> retryAfterMs;
    // Bans last up to three days; anything beyond is not a number of seconds.
    constexpr std::int64_t kRetryAfterSecondsMax = 7 * 86'400;
    if (retryAfterS) retryAfterMs = std::min(*retryAfterS, kRetryAfterSecondsMax) * 1'000;
    std::optional<int> usedWeight;
    if (used) usedWeight = static_cast<int>(std::min<std::int64_t>(*used, 1'000'000));
    governor_.answered(result->status, usedWeight, retryAfterMs, nowMs);
    if (result->status == 200) return std::move(result->body);
    auto failure = readFailure(result->status, result->body, retryAfterMs);
    if (failure.kind == Kind::Limited) {
        numbers_.limited.add();
        failure.retryAfterMs = std::max(failure.retryAfterMs, governor_.heldUntilMs() - nowMs);
    }
    if (failure.kind == Kind::Forbidden)
        failure.detail += "; the exchange refuses this address or country, choose another --exchange-rest";
    return std::unexpected(std::move(failure));
}

void BinanceRest::stop() {
    if (!std::exchange(*alive_, false)) return;
    timer_.cancel();
    client_.close();
    listClient_.close();
    for (auto& queue : queues_)
        for (auto& question : std::exchange(queue, {}))
            refuse(std::move(question), {Kind::Unreachable, "stopped", 0});
}

}  // namespace ingestion::binance
