#include "common/net/resolve.hpp"

#include "tests/support/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace common::net {
namespace {

using support::runToEnd;

TEST(Resolve, Literals_AnswerThemselves) {
    boost::asio::io_context io;
    auto const four = runToEnd(io, resolve(io, "127.0.0.1", 80, 1'000));
    ASSERT_TRUE(four);
    ASSERT_EQ(four->size(), 1U);
    EXPECT_EQ(four->front().address().to_string(), "127.0.0.1");
    EXPECT_EQ(four->front().port(), 80);
    EXPECT_EQ(runToEnd(io, resolve(io, "::1", 81, 1'000))->front().port(), 81);
}

TEST(Resolve, Localhost_IsLoopback) {
    boost::asio::io_context io;
    auto const found = runToEnd(io, resolve(io, "localhost", 80, 5'000));
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_TRUE(std::ranges::all_of(*found, [](auto const& place) { return place.address().is_loopback(); }));
}

TEST(Resolve, ImpossibleName_IsNoAddress) {
    boost::asio::io_context io;
    auto const found = runToEnd(io, resolve(io, "a..b", 80, 5'000));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, NetErrorKind::Resolve) << found.error().detail;
}

TEST(Resolve, NoTime_EndsAtOnce) {
    boost::asio::io_context io;
    auto const found = runToEnd(io, resolve(io, "localhost", 80, 0));
    // The lookup may win; what counts is that it ends, and how.
    EXPECT_TRUE(found || found.error().kind == NetErrorKind::Timeout);
}

TEST(Resolve, LoopEndsFirst_LookupIsLeftAlone) {
    for (int i = 0; i < 50; ++i) {
        boost::asio::io_context io;
        boost::asio::co_spawn(io, resolve(io, "localhost", 80, 5'000), [](std::exception_ptr, auto const&) {});
        io.run_one();
    }
}

TEST(Resolve, ManyAtOnce_AreBoundedAndTheRestRefused) {
    boost::asio::io_context io;
    int found = 0;
    int refused = 0;
    for (int i = 0; i < 200; ++i)
        boost::asio::co_spawn(io, resolve(io, "localhost", 80, 5'000),
                              [&](std::exception_ptr, auto const& answer) { answer ? ++found : ++refused; });
    EXPECT_TRUE(support::eventually(io, [&] { return found + refused == 200; }));
    EXPECT_EQ(found, 64);
    EXPECT_TRUE(runToEnd(io, resolve(io, "localhost", 80, 5'000))) << "places come free again";
}

}  // namespace
}  // namespace common::net
