#include "control/metrics/families.h"

namespace baleen::metrics {
namespace {

// Names of ports are what users and devices call them, and the text format is UTF-8: of other bytes
// no more is kept than that they were there.
std::string plain(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c < ' ' || c > '~') c = '?';
    return out;
}

}  // namespace

Families& Families::begin(Type type, std::string name, std::string help) {
    families_.push_back({std::move(name), std::move(help), type, {}});
    return *this;
}

void Families::add(double value, Labels labels) {
    prometheus::ClientMetric metric;
    for (const auto& [name, text] : labels)
        metric.label.push_back({std::string(name), plain(text)});
    metric.counter.value = metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
}

void Families::add(prometheus::ClientMetric::Histogram histogram) {
    prometheus::ClientMetric metric;
    metric.histogram = std::move(histogram);
    families_.back().metric.push_back(std::move(metric));
}

void Families::counter(std::string name, std::string help, uint64_t value) {
    begin(Type::Counter, std::move(name), std::move(help)).add(static_cast<double>(value));
}

void Families::gauge(std::string name, std::string help, double value) {
    begin(Type::Gauge, std::move(name), std::move(help)).add(value);
}

std::vector<prometheus::MetricFamily> Families::take() {
    std::erase_if(families_, [](const auto& family) { return family.metric.empty(); });
    return std::exchange(families_, {});
}

}  // namespace baleen::metrics
