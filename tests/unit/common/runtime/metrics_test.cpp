#include "common/runtime/metrics.hpp"

#include <gtest/gtest.h>

namespace common {
namespace {

TEST(Metrics, Text_EachKind_IsExposed) {
    Metrics metrics;
    auto trades = metrics.counter("tickbell_trades_total", "Trades judged.", {{"source", "live"}});
    auto clients = metrics.gauge("tickbell_clients", "Open connections.");
    auto latency = metrics.histogram("tickbell_commit_seconds", "Commit time.", {0.001, 0.01});
    trades.add();
    trades.add(4);
    clients.set(3);
    clients.add(-1);
    latency.observe(0.005);

    auto const text = metrics.text();
    EXPECT_NE(text.find("# TYPE tickbell_trades_total counter\ntickbell_trades_total{source=\"live\"} 5\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("tickbell_clients 2\n"), std::string::npos);
    EXPECT_NE(text.find("tickbell_commit_seconds_bucket{le=\"0.001\"} 0\n"), std::string::npos);
    EXPECT_NE(text.find("tickbell_commit_seconds_bucket{le=\"0.01\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("tickbell_commit_seconds_count 1\n"), std::string::npos);
}

TEST(Metrics, Counter_AskedForTwice_IsTheSame) {
    Metrics metrics;
    auto one = metrics.counter("tickbell_x_total", "X.", {{"a", "1"}});
    auto same = metrics.counter("tickbell_x_total", "X.", {{"a", "1"}});
    auto other = metrics.counter("tickbell_x_total", "X.", {{"a", "2"}});
    one.add(2);
    same.add(3);
    EXPECT_EQ(one.value(), 5);
    EXPECT_EQ(other.value(), 0);
}

}  // namespace
}  // namespace common
