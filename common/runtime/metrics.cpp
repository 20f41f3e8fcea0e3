#include "common/runtime/metrics.hpp"

#include <map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace common {

struct Metrics::Impl {
    prometheus::Registry registry;
};

namespace {

std::map<std::string, std::string> labelMap(Metrics::Labels labels) {
    return {labels.begin(), labels.end()};
}

}  // namespace

void Counter::add(double amount) {
    counter_->Increment(amount);
}
double Counter::value() const {
    return counter_->Value();
}
void Gauge::set(double value) {
    gauge_->Set(value);
}
void Gauge::add(double amount) {
    gauge_->Increment(amount);
}
double Gauge::value() const {
    return gauge_->Value();
}
void Histogram::observe(double value) {
    histogram_->Observe(value);
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(std::string const& name, std::string const& help, Labels labels) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    return Counter(family.Add(labelMap(labels)));
}

Gauge Metrics::gauge(std::string const& name, std::string const& help, Labels labels) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    return Gauge(family.Add(labelMap(labels)));
}

Histogram Metrics::histogram(std::string const& name, std::string const& help, std::vector<double> bounds,
                             Labels labels) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    return Histogram(family.Add(labelMap(labels), std::move(bounds)));
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace common
