#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace common {

/// Handles are cheap to copy and stay valid as long as their Metrics; keep them, do not look them up per event.
/// An update is one or two atomic operations, from any thread.
class Counter {
public:
    explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
    void add(double amount = 1);
    double value() const;

private:
    prometheus::Counter* counter_;
};

class Gauge {
public:
    explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
    void set(double value);
    void add(double amount);
    double value() const;

private:
    prometheus::Gauge* gauge_;
};

class Histogram {
public:
    explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
    void observe(double value);

private:
    prometheus::Histogram* histogram_;
};

/// The numbers a program shows on `/metrics`. Names follow Prometheus: `tickbell_…_total`, base units (seconds, bytes).
/// The same name and labels asked for twice give the same metric; labels must come from a small fixed set.
class Metrics {
public:
    using Labels = std::initializer_list<std::pair<char const*, std::string>>;

    Metrics();
    ~Metrics();
    Metrics(Metrics const&) = delete;
    Metrics& operator=(Metrics const&) = delete;

    Counter counter(std::string const& name, std::string const& help, Labels labels = {});
    Gauge gauge(std::string const& name, std::string const& help, Labels labels = {});
    /// `bounds`: ascending upper bounds of the buckets; +Inf is added.
    Histogram histogram(std::string const& name, std::string const& help, std::vector<double> bounds,
                        Labels labels = {});

    /// Text exposition format 0.0.4, for kContentType.
    std::string text() const;
    static constexpr char const* kContentType = "text/plain; version=0.0.4; charset=utf-8";

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace common
