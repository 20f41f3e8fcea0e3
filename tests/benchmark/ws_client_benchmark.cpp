// What one trade frame costs the reading thread: a peer in another thread writes records of eight frames, as the
// exchange does when busy; only the reader's own CPU time counts.
#include "common/net/ws_client.hpp"
#include "tests/support/run.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/test_ca.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>
#include <thread>

namespace {

namespace asio = boost::asio;
namespace net = common::net;

constexpr int kRecords = 20'000;
constexpr int kFramesPerRecord = 8;
constexpr std::string_view kTrade =
    R"({"e":"trade","E":1787000000123,"s":"BTCUSDT","t":6600000001,"p":"76650.00000000","q":"0.00040000",)"
    R"("T":1787000000122,"m":true,"M":true})";

double threadCpuNs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Stream>
void serve(Stream& stream, std::chrono::microseconds pause) {
    std::string head;
    asio::read_until(stream, asio::dynamic_buffer(head), "\r\n\r\n");
    auto const answer = support::upgradeAnswer(head);
    asio::write(stream, asio::buffer(answer));
    std::string record;
    for (int i = 0; i < kFramesPerRecord; ++i)
        record += support::serverFrame(0x81, std::string(kTrade));
    for (int i = 0; i < kRecords; ++i) {
        asio::write(stream, asio::buffer(record));
        auto const next = std::chrono::steady_clock::now() + pause;
        while (std::chrono::steady_clock::now() < next) {
        }
    }
    asio::write(stream, asio::buffer(support::serverFrame(0x88, "")));
    // Closing with the client's answer unread would reset the connection before the client has read all.
    std::string rest(64, '\0');
    boost::system::error_code ignored;
    stream.read_some(asio::buffer(rest), ignored);
}

struct Counter : net::WsHandler {
    void onText(std::string_view message) override { bytes += message.size(); }
    std::size_t bytes = 0;
};

void readTrades(benchmark::State& state, bool isTls, std::chrono::microseconds pause) {
    support::TestCa const ca;
    auto const certificate = ca.issue({"IP:127.0.0.1"});
    auto const context = certificate.serverContext();
    for (auto _ : state) {
        asio::io_context serverLoop;
        asio::ip::tcp::acceptor acceptor(serverLoop, {asio::ip::address_v4::loopback(), 0});
        std::jthread const server([&] {
            auto socket = acceptor.accept();
            socket.set_option(asio::ip::tcp::no_delay(true));
            if (!isTls) return serve(socket, pause);
            asio::ssl::stream<asio::ip::tcp::socket&> stream(socket, *context);
            stream.handshake(asio::ssl::stream_base::server);
            serve(stream, pause);
        });
        asio::io_context io{1};
        net::WsClient client(io, *net::makeTlsClient({.caFile = {}, .caPem = ca.pem()}), {});
        common::Url const url{.scheme = isTls ? "wss" : "ws",
                              .host = "127.0.0.1",
                              .port = acceptor.local_endpoint().port(),
                              .target = "/ws"};
        if (!support::runToEnd(io, client.open(url))) return state.SkipWithError("not opened");
        Counter counter;
        auto const begin = threadCpuNs();
        support::runToEnd(io, client.run(counter), std::chrono::minutes(1));
        auto const spent = threadCpuNs() - begin;
        if (counter.bytes != kTrade.size() * kRecords * kFramesPerRecord) return state.SkipWithError("frames missing");
        state.counters["cpu_ns_per_frame"] = spent / (kRecords * kFramesPerRecord);
    }
}

void registerAll() {
    using std::chrono::microseconds;
    for (bool const isTls : {false, true})
        for (int const pauseUs : {0, 100})
            benchmark::RegisterBenchmark(
                (std::string("ws_read/") + (isTls ? "tls" : "plain") + (pauseUs == 0 ? "/flood" : "/record_each_100us"))
                    .c_str(),
                readTrades, isTls, microseconds(pauseUs))
                ->Iterations(1)
                ->Unit(benchmark::kMillisecond);
}

[[maybe_unused]] bool const registered = (registerAll(), true);

}  // namespace
