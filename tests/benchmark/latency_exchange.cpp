#include "tests/benchmark/latency_exchange.hpp"

#include "common/core/json.hpp"
#include "tests/benchmark/latency_floors.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

namespace bench {
namespace {

namespace asio = boost::asio;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr char kSymbolList[] =
    R"({"symbols":[{"symbol":"BENCHUSDT","status":"TRADING","baseAsset":"BENCH","quoteAsset":"USDT","filters":[)"
    R"({"filterType":"PRICE_FILTER","tickSize":"0.01000000"},{"filterType":"LOT_SIZE","stepSize":"0.00001000"}]}]})";

std::int64_t wallMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

Exchange::Exchange(std::int64_t tradesMax)
    : peer_(io_, [this](support::Socket& socket) { return serve(socket); }),
      tradesMax_(tradesMax),
      sentNs_(std::make_unique<std::atomic<std::int64_t>[]>(static_cast<std::size_t>(tradesMax))),
      thread_([this] { io_.run(); }) {}

Exchange::~Exchange() {
    io_.stop();
}

asio::awaitable<void> Exchange::serve(support::Socket& socket) {
    socket.set_option(asio::ip::tcp::no_delay(true));
    std::string rest;
    for (;;) {
        auto head = co_await support::readHead(socket, rest);
        if (head.starts_with("GET /stream")) co_return co_await serveStream(socket, std::move(head));
        co_await support::writeText(socket, answer(head));
    }
}

asio::awaitable<void> Exchange::serveStream(support::Socket& socket, std::string head) {
    co_await support::writeText(socket, support::upgradeAnswer(head));
    stream_ = &socket;
    // The one symbol stands in the address. Questions about it are answered: a stream that does not answer is left.
    std::string bytes;
    std::array<char, 4096> buffer{};
    for (;;) {
        auto const [error, count] = co_await socket.async_read_some(asio::buffer(buffer), kNoThrow);
        if (error) break;
        bytes.append(buffer.data(), count);
        while (auto const frame = support::takeClientFrame(bytes))
            if (auto const request = common::json::parse(*frame); request && request->find("id") != nullptr)
                co_await support::writeText(
                    socket, support::serverFrame(0x81, fmt::format(R"({{"result":["benchusdt@trade"],"id":{}}})",
                                                                   request->find("id")->integer().value_or(0))));
    }
    if (stream_ == &socket) stream_ = nullptr;
}

std::string Exchange::answer(std::string const& head) const {
    std::string body = "[]";
    if (head.starts_with("GET /api/v3/exchangeInfo"))
        body = kSymbolList;
    else if (head.starts_with("GET /api/v3/ticker/24hr"))
        body = fmt::format(R"([{{"symbol":"{}","lastId":{}}}])", kSymbol, lastId_);
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", body.size(),
                       body);
}

std::string Exchange::tradeFrame(std::int64_t id) const {
    auto const time = wallMs();
    return support::serverFrame(
        0x81, fmt::format(R"({{"stream":"benchusdt@trade","data":{{"e":"trade","E":{},"s":"{}","t":{},"p":"{}",)"
                          R"("q":"1.00000000","T":{},"m":true,"M":true}}}})",
                          time, kSymbol, id, high_ ? "101.00000000" : "99.00000000", time));
}

std::future<void> Exchange::play(Plan const& plan) {
    return asio::co_spawn(io_, run(plan), asio::use_future);
}

asio::awaitable<void> Exchange::run(Plan plan) {
    if (lastId_ + plan.trades >= tradesMax_) throw std::runtime_error("too many trades");
    asio::steady_timer timer(io_);
    auto due = std::chrono::steady_clock::now();
    for (std::int64_t i = 1; i <= plan.trades; due += plan.every) {
        timer.expires_at(due);
        co_await timer.async_wait(asio::use_awaitable);
        if (stream_ == nullptr) throw std::runtime_error("ingestion has no stream open");
        std::string frames;
        for (auto const end = std::min(i + plan.atOnce, plan.trades + 1); i < end; ++i) {
            if (i % plan.crossEvery == 0) high_ = !high_;
            frames += tradeFrame(++lastId_);
            sentNs_[static_cast<std::size_t>(lastId_)].store(nowNs(), std::memory_order_release);
        }
        asio::write(*stream_, asio::buffer(frames));
    }
}

std::int64_t Exchange::sentNs(std::int64_t tradeId) const {
    return sentNs_[static_cast<std::size_t>(tradeId)].load(std::memory_order_acquire);
}

}  // namespace bench
