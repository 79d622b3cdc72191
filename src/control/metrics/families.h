// A list of metric families, filled one family after the other.
#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baleen::metrics {

using Type = prometheus::MetricType;
using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Families {
public:
    // What follows belongs to this one. `help` is a line without a full stop, as in counters.def.
    Families& begin(Type type, std::string name, std::string help);

    // One series of the family that was begun last. Label values may be any bytes.
    void add(double value, Labels labels = {});
    void add(prometheus::ClientMetric::Histogram histogram);

    // For the many families of one series.
    void counter(std::string name, std::string help, uint64_t value);
    void gauge(std::string name, std::string help, double value);

    // Families that have no series are left out.
    std::vector<prometheus::MetricFamily> take();

private:
    std::vector<prometheus::MetricFamily> families_;
};

}  // namespace baleen::metrics
