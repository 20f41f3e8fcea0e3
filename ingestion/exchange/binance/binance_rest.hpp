#pragma once

#include "common/net/http_client.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/url.hpp"
#include "ingestion/exchange/binance/binance.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ingestion::binance {

/// The shell around WeightGovernor: queues by priority, HTTP, answers. Network thread.
/// Newest ids, rows and aggregates are Urgent, the symbol list is Normal, klines are Background.
class BinanceRest final : public ExchangeRest {
public:
    BinanceRest(BinanceDeps deps, RestLimits limits, common::Url base, common::net::TlsContext tls);
    ~BinanceRest() override;
    BinanceRest(BinanceRest const&) = delete;
    BinanceRest& operator=(BinanceRest const&) = delete;

    void symbols(Answer<std::vector<common::SymbolInfo>> done) override;
    void newestTrades(std::vector<common::Symbol> symbols, Answer<std::vector<NewestTrade>> done) override;
    void newestRows(common::Symbol symbol, int limit, Answer<std::vector<common::Trade>> done) override;
    void aggregatesFromId(common::Symbol symbol, std::int64_t aggregateId, Answer<Aggregates> done) override;
    void aggregatesFromTime(common::Symbol symbol, common::TimeMs from, Answer<Aggregates> done) override;
    void klines(common::Symbol symbol, std::string interval, common::TimeMs from, common::TimeMs to, int limit,
                Answer<std::vector<Kline>> done) override;
    void stop() override;

private:
    /// The body of a 200, or why there is none.
    using BodyAnswer = std::function<void(RestResult<std::string>)>;
    struct Question {
        std::string target;
        int weight = 1;
        Priority priority = Priority::Normal;
        bool bulk = false;
        std::int64_t deadlineMs = 0;  ///< for being sent
        BodyAnswer done;
    };
    struct Numbers {
        explicit Numbers(common::Metrics& metrics);
        common::Counter requests, failures, limited, weight;
        common::Gauge queued, usedWeight;
    };

    template <class T>
    BodyAnswer reading(RestResult<T> (*read)(std::string_view), Answer<T> done);
    void ask(std::string target, int weight, Priority priority, bool bulk, BodyAnswer done);
    void askAlone(std::vector<common::Symbol> symbols, Answer<std::vector<NewestTrade>> done);
    void readList(std::shared_ptr<class SymbolListReader> reader, Answer<std::vector<common::SymbolInfo>> done);
    void pump();
    std::int64_t sendDue(std::deque<Question>& queue, std::int64_t nowMs);
    void expire(std::int64_t nowMs);
    void arm(std::int64_t dueMs, std::int64_t nowMs);
    boost::asio::awaitable<void> send(Question question);
    RestResult<std::string> judge(common::net::HttpResult result);
    void refuse(Question question, RestFailure failure);

    BinanceDeps deps_;
    RestLimits limits_;
    std::string prefix_;
    WeightGovernor governor_;
    Numbers numbers_;
    common::net::HttpClient client_;
    common::net::HttpClient listClient_;  ///< the symbol list takes long and must not stand before a repair
    std::array<std::deque<Question>, 3> queues_;
    std::size_t running_ = 0;
    boost::asio::steady_timer timer_;
    common::log::RateLimited failureLog_;
    std::shared_ptr<bool> alive_;
};

}  // namespace ingestion::binance
