// What one message to one client costs, what a handshake costs and what an idle connection holds: the notifier's own
// sessions against a bare epoll writer of the same run, side by side with Node's `ws` and Python's websockets.
#include "tests/benchmark/fanout/subject.hpp"
#include "tests/benchmark/fanout/swarm.hpp"
#include "tests/benchmark/fanout/tls_crowd.hpp"
#include "tests/benchmark/latency_floors.hpp"
#include "tests/support/temp_directory.hpp"
#include "tests/support/test_ca.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace bench {
namespace {

using namespace std::chrono_literals;

struct Options {
    std::size_t clients = 10'000;
    std::size_t bytes = 200;
    int rounds = 20;
    std::size_t tlsClients = 500;
    std::string peers;  ///< folder of the servers in other languages; empty = without them
};

struct Row {
    std::string name;
    double handshakeUs = 0;
    double idleBytes = 0;
    double singleUs = 0;   ///< processor time a message
    double pendingUs = 0;  ///< the same with four at a time
    double singleRate = 0;
    double pendingRate = 0;
};

struct Cost {
    double cpuUs;
    double rate;
};

class Measurement {
public:
    Measurement(Options const& options, Subject& subject)
        : options_(options), subject_(subject), swarm_([this](std::size_t, std::string_view text) {
              if (text.starts_with(R"({"type":"bench")")) ++received_;
          }) {}

    Row run(std::string name) {
        Row row{.name = std::move(name)};
        auto const members = static_cast<double>(options_.clients);
        auto const residentBefore = subject_.residentBytes();
        auto const cpuBefore = subject_.cpuUs();
        swarm_.connect(subject_.port(), options_.clients);
        row.handshakeUs = (subject_.cpuUs() - cpuBefore) / members;
        // Past what a server does right after a handshake.
        auto const settled = nowNs() + 2'000'000'000;
        swarm_.runUntil([&] { return nowNs() > settled; }, 10s, "settling");
        row.idleBytes = (subject_.residentBytes() - residentBefore) / members;
        cost(1, 2);
        auto const single = cost(1, options_.rounds);
        auto const pending = cost(4, options_.rounds);
        row.singleUs = single.cpuUs;
        row.singleRate = single.rate;
        row.pendingUs = pending.cpuUs;
        row.pendingRate = pending.rate;
        return row;
    }

private:
    Cost cost(std::size_t pending, int rounds) {
        auto const cpuBefore = subject_.cpuUs();
        auto const began = nowNs();
        for (int i = 0; i < rounds; ++i) {
            received_ = 0;
            swarm_.send(0, fmt::format(R"({{"method":"ping","id":"{} {}"}})", pending, options_.bytes));
            swarm_.runUntil([&] { return received_ == pending * options_.clients; }, 60s, "messages");
        }
        auto const messages = static_cast<double>(pending * options_.clients) * rounds;
        return {(subject_.cpuUs() - cpuBefore) / messages, messages * 1e9 / static_cast<double>(nowNs() - began)};
    }

    Options const& options_;
    Subject& subject_;
    std::size_t received_ = 0;
    Swarm swarm_;
};

void print(Row const& row, Row const& bare) {
    fmt::print("{:<22} {:>8.1f} {:>6.2f}x {:>9.0f} {:>9.2f} {:>6.2f}x {:>9.2f} {:>8.1f}x {:>11.0f} {:>11.0f}\n",
               row.name, row.handshakeUs, row.handshakeUs / bare.handshakeUs, row.idleBytes, row.singleUs,
               row.singleUs / bare.singleUs, row.pendingUs, row.singleUs / row.pendingUs, row.singleRate,
               row.pendingRate);
    std::fflush(stdout);
}

Row measure(Options const& options, std::string name, std::vector<std::string> command) {
    Subject subject(std::move(command));
    Measurement measurement(options, subject);
    return measurement.run(std::move(name));
}

void measureTls(Options const& options) {
    support::TempDirectory const directory;
    auto const certificate = support::TestCa().issue({"IP:127.0.0.1"});
    auto const chain = directory.path() / "chain.pem";
    auto const key = directory.path() / "key.pem";
    std::ofstream(chain) << certificate.certificatePem;
    std::ofstream(key) << certificate.keyPem;
    Subject subject({BENCH_SESSION_SERVER, chain.string(), key.string()});
    { TlsCrowd const warmUp(subject.port(), 10); }
    auto const residentBefore = subject.residentBytes();
    auto const cpuBefore = subject.cpuUs();
    TlsCrowd const crowd(subject.port(), options.tlsClients);
    auto const members = static_cast<double>(options.tlsClients);
    fmt::print("with TLS, {} connections: {:.0f} bytes of RSS each, handshake {:.0f} us of processor\n",
               options.tlsClients, (subject.residentBytes() - residentBefore) / members,
               (subject.cpuUs() - cpuBefore) / members);
}

void run(Options const& options) {
    fmt::print("{} clients, messages of {} bytes, {} rounds; processor time of the server\n", options.clients,
               options.bytes, options.rounds);
    fmt::print("{:<22} {:>8} {:>7} {:>9} {:>9} {:>7} {:>9} {:>9} {:>11} {:>11}\n", "", "shake us", "/ bare", "idle B",
               "1: us", "/ bare", "4: us", "1 / 4", "1: msg/s", "4: msg/s");
    auto const bare = measure(options, "bare epoll + send", {BENCH_BARE_SERVER});
    print(bare, bare);
    print(measure(options, "tickbell", {BENCH_SESSION_SERVER}), bare);
    if (!options.peers.empty()) {
        print(measure(options, "Node ws", {"/usr/bin/env", "node", options.peers + "/ws_server.mjs"}), bare);
        print(measure(options, "Python websockets", {"/usr/bin/python3", options.peers + "/websockets_server.py"}),
              bare);
    }
    if (options.tlsClients > 0) measureTls(options);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
    bench::Options options;
    CLI::App app{"Cost of a message, a handshake and an idle connection.", "fanout_bench"};
    app.add_option("--clients", options.clients, "connections")->check(CLI::Range(1, 20'000));
    app.add_option("--bytes", options.bytes, "of a message")->check(CLI::Range(64, 65'536));
    app.add_option("--rounds", options.rounds, "messages to each client")->check(CLI::Range(1, 10'000));
    app.add_option("--tls-clients", options.tlsClients, "connections with TLS; 0 = none")->check(CLI::Range(0, 5'000));
    app.add_option("--peers", options.peers, "folder of the servers in other languages")->check(CLI::ExistingDirectory);
    CLI11_PARSE(app, argc, argv);
    bench::raiseDescriptors(options.clients + 200);
    bench::run(options);
    return 0;
} catch (std::exception const& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
}
