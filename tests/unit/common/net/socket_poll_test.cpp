#include "common/net/socket_poll.hpp"

#include "common/net/plain_socket.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace common::net {
namespace {

using namespace std::chrono_literals;

struct Watcher final : SocketPoll::Watcher {
    void onReady(Ready ready) override {
        told.push_back(ready);
        if (then) then();
    }
    std::vector<Ready> told;
    std::function<void()> then;
};

struct SocketPollTest : ::testing::Test {
    SocketPollTest() {
        for (auto& [ours, theirs] : pairs) {
            std::array<int, 2> ends{};
            EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
            ours = PlainSocket(ends[0]);
            theirs = PlainSocket(ends[1]);
        }
    }
    /// Turns the loop until `done`; false when nothing is left to wait for, or after a long time.
    bool until(std::function<bool()> const& done) {
        auto const limit = std::chrono::steady_clock::now() + 10s;
        io.restart();
        while (!done() && std::chrono::steady_clock::now() < limit)
            if (io.run_one_for(100ms) == 0 && io.stopped()) break;
        return done();
    }
    static void write(PlainSocket& socket, std::string const& text) {
        std::array const parts{asio::const_buffer(asio::buffer(text))};
        ASSERT_EQ(socket.send(parts).bytes, text.size());
    }
    static std::string read(PlainSocket& socket) {
        std::string text(100, '\0');
        auto const done = socket.receive(asio::buffer(text));
        return done.error ? "error" : text.substr(0, done.bytes);
    }

    asio::io_context io;
    SocketPoll poll{io};
    std::array<std::pair<PlainSocket, PlainSocket>, 2> pairs;
    Watcher first, second;
};

TEST_F(SocketPollTest, Bytes_AreToldOnceForEachArrival) {
    auto& [ours, theirs] = pairs[0];
    write(theirs, "one");
    ASSERT_TRUE(poll.add(ours.descriptor(), first));
    ASSERT_TRUE(until([&] { return !first.told.empty(); })) << "what came before";
    EXPECT_TRUE(first.told.back().readable);
    EXPECT_TRUE(first.told.back().writable);
    EXPECT_EQ(read(ours), "one");
    auto const before = first.told.size();
    write(theirs, "two");
    ASSERT_TRUE(until([&] { return first.told.size() > before; }));
    EXPECT_TRUE(first.told.back().readable);
    EXPECT_FALSE(first.told.back().ended);
    EXPECT_EQ(read(ours), "two");
    EXPECT_EQ(read(ours), "error") << "would block";
    poll.forget(first);
}

TEST_F(SocketPollTest, FullSocket_TellsWhenItTakesMore) {
    auto& [ours, theirs] = pairs[0];
    ASSERT_TRUE(poll.add(ours.descriptor(), first));
    ASSERT_TRUE(until([&] { return !first.told.empty(); }));
    std::string const block(65'536, 'x');
    std::array const parts{asio::const_buffer(asio::buffer(block))};
    while (!ours.send(parts).error) {
    }
    first.told.clear();
    std::string space(block.size(), '\0');
    while (!theirs.receive(asio::buffer(space)).error) {
    }
    ASSERT_TRUE(until([&] { return !first.told.empty(); }));
    EXPECT_TRUE(first.told.back().writable);
    poll.forget(first);
}

TEST_F(SocketPollTest, PeerCloses_IsTheEnd) {
    auto& [ours, theirs] = pairs[0];
    ASSERT_TRUE(poll.add(ours.descriptor(), first));
    write(theirs, "last");
    theirs.close();
    ASSERT_TRUE(until([&] { return !first.told.empty() && first.told.back().ended; }));
    EXPECT_EQ(read(ours), "last");
    std::array<char, 1> space{};
    EXPECT_EQ(ours.receive(asio::buffer(space)).error, asio::error::eof);
    poll.forget(first);
}

TEST_F(SocketPollTest, Forgotten_InTheSameTurn_IsToldNothing) {
    ASSERT_TRUE(poll.add(pairs[0].first.descriptor(), first));
    ASSERT_TRUE(poll.add(pairs[1].first.descriptor(), second));
    auto const forgets = [this](Watcher& other) {
        return [this, &other] {
            poll.forget(other);
            other.told.clear();
        };
    };
    first.then = forgets(second);
    second.then = forgets(first);
    write(pairs[0].second, "a");
    write(pairs[1].second, "b");
    ASSERT_TRUE(until([&] { return first.told.size() + second.told.size() > 0; }));
    EXPECT_TRUE(first.told.empty() || second.told.empty());
    poll.forget(first);
    poll.forget(second);
}

TEST_F(SocketPollTest, NobodyLeft_LetsTheLoopEnd) {
    ASSERT_TRUE(poll.add(pairs[0].first.descriptor(), first));
    poll.remove(pairs[0].first.descriptor(), first);
    EXPECT_FALSE(until([] { return false; }));
    EXPECT_TRUE(io.stopped());
    ASSERT_TRUE(poll.add(pairs[0].first.descriptor(), first)) << "and it can begin anew";
    ASSERT_TRUE(until([&] { return !first.told.empty(); }));
    poll.forget(first);
}

}  // namespace
}  // namespace common::net
