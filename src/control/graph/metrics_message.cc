#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "control/graph/metrics.h"

namespace baleen::graph {
namespace {

constexpr uint32_t request_magic = 0x71674247;  // "GBgq"
constexpr uint32_t answer_magic = 0x61674247;   // "GBga"
constexpr uint16_t message_version = 1;

struct RequestHead {
    uint32_t magic;
    uint16_t version;
    uint16_t reserved;
    uint32_t wanted;
    uint32_t node_count;
    uint32_t edge_count;
    uint32_t place_count;
    uint32_t path_from;
    uint32_t path_to;
    uint32_t exact_nodes;
    uint32_t sample_sources;
    uint64_t seed;
    uint64_t reserved2[2];
};
static_assert(sizeof(RequestHead) == request_head_bytes);

struct AnswerHead {
    uint32_t magic;
    uint16_t version;
    uint16_t reserved;
    uint32_t section_count;
    uint32_t reserved2;
};
struct SectionHead {
    uint32_t values;
    uint32_t count;
};

template <class T>
void put(std::vector<char>& out, const T* from, size_t count) {
    static_assert(std::has_unique_object_representations_v<T> || std::is_same_v<T, double> ||
                  std::is_same_v<T, MetricsRequest::Edge> ||
                  std::is_same_v<T, MetricsRequest::Place>);
    const auto* bytes = reinterpret_cast<const char*>(from);
    out.insert(out.end(), bytes, bytes + count * sizeof(T));
}

// SAFETY: takes no more than there is.
template <class T>
bool take(std::span<const char>& in, T* to, size_t count) {
    if (in.size() / sizeof(T) < count) return false;
    if (count > 0) std::memcpy(to, in.data(), count * sizeof(T));
    in = in.subspan(count * sizeof(T));
    return true;
}

const char* problem_of(const RequestHead& head) {
    if (head.magic != request_magic || head.version != message_version) return "no request";
    if ((head.wanted & ~metrics_all) != 0) return "a metric that is not known";
    if (head.node_count > bounds::nodes_max || head.edge_count > bounds::edges_max)
        return "too large a graph";
    if (head.place_count != 0 && head.place_count != head.node_count)
        return "places of other nodes";
    const bool has_path = (head.wanted & bit(Metric::path)) != 0;
    if (has_path && (head.path_from >= head.node_count || head.path_to >= head.node_count))
        return "a path from or to no node";
    return nullptr;
}

size_t bytes_of(const RequestHead& head) {
    return sizeof head + size_t{head.edge_count} * sizeof(MetricsRequest::Edge) +
           size_t{head.place_count} * sizeof(MetricsRequest::Place);
}

const char* problem_of(const MetricsRequest& request) {
    for (const MetricsRequest::Edge& edge : request.edges) {
        if (edge.a >= edge.b || edge.b >= request.node_count) return "an edge between no two nodes";
        // Not NaN, and not so large that sums overflow: 2^64 bytes are more than there will be.
        if (!(edge.weight > 0 && edge.weight <= 0x1p64)) return "an edge of no bytes";
    }
    for (const MetricsRequest::Place& place : request.places)
        if (!(std::abs(place.x) <= 1e9 && std::abs(place.y) <= 1e9)) return "a place nowhere";
    return nullptr;
}

enum class Extent { per_node, number, some_nodes, some_edges };
Extent extent_of(Values values) {
    switch (values) {
        case Values::pagerank:
        case Values::betweenness:
        case Values::closeness:
        case Values::harmonic:
        case Values::component:
        case Values::core:
        case Values::clustering:
        case Values::community:
        case Values::x:
        case Values::y: return Extent::per_node;
        case Values::articulation:
        case Values::path_by_hops:
        case Values::path_by_bytes: return Extent::some_nodes;
        case Values::bridges: return Extent::some_edges;
        default: return Extent::number;
    }
}

bool makes_sense(Values values, const std::vector<double>& numbers, const MetricsRequest& request) {
    const Extent extent = extent_of(values);
    const auto is_index = [](double number, size_t count) {
        return number >= 0 && number < static_cast<double>(count) && number == std::floor(number);
    };
    for (const double number : numbers) {
        // Assortativity of a regular graph is not defined, nor are some means: those are NaN.
        if (std::isinf(number)) return false;
        const bool names_node = extent == Extent::some_nodes || values == Values::component ||
                                values == Values::community;
        if (names_node && !is_index(number, request.node_count)) return false;
        if (extent == Extent::some_edges && !is_index(number, request.edges.size())) return false;
    }
    switch (extent) {
        case Extent::per_node: return numbers.size() == request.node_count;
        case Extent::number: return numbers.size() == 1;
        case Extent::some_nodes: return numbers.size() <= request.node_count;
        case Extent::some_edges: return numbers.size() <= request.edges.size();
    }
    return false;
}

}  // namespace

std::string_view name_of(Values values) {
    static constexpr std::array<std::string_view, values_count> names = {"pagerank",
                                                                         "betweenness",
                                                                         "betweenness_sources",
                                                                         "closeness",
                                                                         "harmonic",
                                                                         "component",
                                                                         "component_count",
                                                                         "core",
                                                                         "clustering",
                                                                         "clustering_mean",
                                                                         "transitivity",
                                                                         "community",
                                                                         "community_count",
                                                                         "modularity",
                                                                         "bridges",
                                                                         "articulation",
                                                                         "assortativity",
                                                                         "density",
                                                                         "diameter",
                                                                         "diameter_is_bound",
                                                                         "path_by_hops",
                                                                         "path_by_bytes",
                                                                         "x",
                                                                         "y",
                                                                         "left_out"};
    return names.at(static_cast<size_t>(values) - 1);
}

std::optional<double> number_of(const MetricsAnswer& answer, Values values) {
    const auto found = answer.find(values);
    if (found == answer.end() || found->second.empty()) return std::nullopt;
    return found->second[0];
}

std::vector<char> encode(const MetricsRequest& request) {
    const RequestHead head = {.magic = request_magic,
                              .version = message_version,
                              .reserved = 0,
                              .wanted = request.wanted,
                              .node_count = request.node_count,
                              .edge_count = static_cast<uint32_t>(request.edges.size()),
                              .place_count = static_cast<uint32_t>(request.places.size()),
                              .path_from = request.path_from,
                              .path_to = request.path_to,
                              .exact_nodes = request.exact_nodes,
                              .sample_sources = request.sample_sources,
                              .seed = request.seed,
                              .reserved2 = {}};
    std::vector<char> out;
    out.reserve(bytes_of(head));
    put(out, &head, 1);
    put(out, request.edges.data(), request.edges.size());
    put(out, request.places.data(), request.places.size());
    return out;
}

size_t request_bytes(std::span<const char> head_bytes) {
    RequestHead head;
    if (!take(head_bytes, &head, 1) || problem_of(head) != nullptr) return 0;
    return bytes_of(head);
}

base::Result<MetricsRequest> decode_request(std::span<const char> bytes) {
    RequestHead head;
    if (!take(bytes, &head, 1)) return base::Error{"no request"};
    if (const char* problem = problem_of(head)) return base::Error{problem};
    if (bytes.size() + sizeof head != bytes_of(head))
        return base::Error{"a request of another size"};
    MetricsRequest request{.wanted = head.wanted,
                           .node_count = head.node_count,
                           .edges = std::vector<MetricsRequest::Edge>(head.edge_count),
                           .path_from = head.path_from,
                           .path_to = head.path_to,
                           .exact_nodes = head.exact_nodes,
                           .sample_sources = head.sample_sources,
                           .seed = head.seed,
                           .places = std::vector<MetricsRequest::Place>(head.place_count)};
    if (!take(bytes, request.edges.data(), request.edges.size()) ||
        !take(bytes, request.places.data(), request.places.size()))
        return base::Error{"a request of another size"};
    if (const char* problem = problem_of(request)) return base::Error{problem};
    return request;
}

std::vector<char> encode(const MetricsAnswer& answer) {
    std::vector<char> out;
    const AnswerHead head = {answer_magic, message_version, 0, static_cast<uint32_t>(answer.size()),
                             0};
    put(out, &head, 1);
    for (const auto& [values, numbers] : answer) {
        const SectionHead section = {static_cast<uint32_t>(values),
                                     static_cast<uint32_t>(numbers.size())};
        put(out, &section, 1);
        put(out, numbers.data(), numbers.size());
    }
    return out;
}

base::Result<MetricsAnswer> decode_answer(std::span<const char> bytes,
                                          const MetricsRequest& request) {
    const base::Error nonsense{"baleen-graph gave an answer that makes no sense"};
    AnswerHead head;
    if (!take(bytes, &head, 1) || head.magic != answer_magic || head.version != message_version ||
        head.section_count > values_count)
        return nonsense;
    MetricsAnswer answer;
    for (uint32_t i = 0; i < head.section_count; i++) {
        SectionHead section;
        if (!take(bytes, &section, 1) || section.values == 0 || section.values > values_count)
            return nonsense;
        if (bytes.size() / sizeof(double) < section.count) return nonsense;
        const auto values = static_cast<Values>(section.values);
        std::vector<double> numbers(section.count);
        if (!take(bytes, numbers.data(), numbers.size()) ||
            !makes_sense(values, numbers, request) ||
            !answer.emplace(values, std::move(numbers)).second)
            return nonsense;
    }
    if (!bytes.empty()) return nonsense;
    return answer;
}

size_t answer_bytes_max(const MetricsRequest& request) {
    const size_t numbers_max = std::max<size_t>({request.node_count, request.edges.size(), 1});
    return sizeof(AnswerHead) + values_count * (sizeof(SectionHead) + numbers_max * sizeof(double));
}

}  // namespace baleen::graph
