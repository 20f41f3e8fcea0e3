#include "common/net/signals.hpp"

#include "tests/support/run.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>

namespace common::net {
namespace {

TEST(StopSignals, First_EachKind_CallsTheHandlerAndLetsTheLoopEnd) {
    for (int const signal : {SIGTERM, SIGINT}) {
        boost::asio::io_context io;
        std::optional<int> got;
        StopSignals const signals(io, [&](int which) { got = which; });
        std::raise(signal);
        io.run_for(std::chrono::seconds(5));
        EXPECT_EQ(got, signal);
        EXPECT_TRUE(io.stopped()) << "nothing keeps it running";
    }
}

TEST(StopSignals, Second_WhileTheLoopHangs_ExitsWith130) {
    auto const twice = [] {
        boost::asio::io_context io;
        StopSignals const signals(io, [](int) {});
        std::raise(SIGINT);  // never read: the loop does not run
        std::raise(SIGTERM);
    };
    EXPECT_EXIT(twice(), ::testing::ExitedWithCode(130), "");
}

TEST(StopSignals, Stop_WithoutSignal_LetsTheLoopEnd) {
    boost::asio::io_context io;
    StopSignals signals(io, [](int) { FAIL(); });
    signals.stop();
    io.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace common::net
