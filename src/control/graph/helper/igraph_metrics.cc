#include "control/graph/helper/igraph_metrics.h"

#include <fmt/format.h>
#include <igraph.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace baleen::graph {
namespace {

// Fewer iterations for large graphs, whose layout is coarse anyway; half a second for 5 000 nodes.
constexpr igraph_integer_t layout_iterations_max = 500;
constexpr double layout_work_max = 500'000;  // nodes times iterations

// igraph's containers, freed when they go out of scope.
struct Vector {
    igraph_vector_t v;
    explicit Vector(size_t size = 0) {
        igraph_vector_init(&v, static_cast<igraph_integer_t>(size));
    }
    Vector(const Vector&) = delete;
    Vector& operator=(const Vector&) = delete;
    ~Vector() { igraph_vector_destroy(&v); }
    size_t size() const { return static_cast<size_t>(igraph_vector_size(&v)); }
    double& operator[](size_t i) { return VECTOR(v)[i]; }
    std::vector<double> numbers() const { return {VECTOR(v), VECTOR(v) + size()}; }
};
struct Indices {
    igraph_vector_int_t v;
    explicit Indices(size_t size = 0) {
        igraph_vector_int_init(&v, static_cast<igraph_integer_t>(size));
    }
    Indices(const Indices&) = delete;
    Indices& operator=(const Indices&) = delete;
    ~Indices() { igraph_vector_int_destroy(&v); }
    size_t size() const { return static_cast<size_t>(igraph_vector_int_size(&v)); }
    igraph_integer_t& operator[](size_t i) { return VECTOR(v)[i]; }
    std::vector<double> numbers() const { return {VECTOR(v), VECTOR(v) + size()}; }
};

class Work {
public:
    explicit Work(const MetricsRequest& request)
        : request_(request), weights_(request.edges.size()) {
        igraph_set_error_handler(igraph_error_handler_ignore);
        igraph_set_warning_handler(igraph_warning_handler_ignore);
        igraph_rng_seed(igraph_rng_default(), request.seed);
        Indices ends(request.edges.size() * 2);
        for (size_t i = 0; i < request.edges.size(); i++) {
            ends[2 * i] = request.edges[i].a;
            ends[2 * i + 1] = request.edges[i].b;
            weights_[i] = request.edges[i].weight;
        }
        check(igraph_create(&graph_, &ends.v, request.node_count, IGRAPH_UNDIRECTED));
    }
    ~Work() { igraph_destroy(&graph_); }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    base::Result<MetricsAnswer> answer();

private:
    void check(igraph_error_t status) {
        if (status != IGRAPH_SUCCESS && problem_.empty())
            problem_ = fmt::format("igraph: {}", igraph_strerror(status));
    }
    bool wants(Metric metric) const { return (request_.wanted & bit(metric)) != 0; }
    bool is_large() const { return request_.node_count > request_.exact_nodes; }
    void put(Values values, double number) { answer_[values] = {number}; }

    void pagerank();
    void betweenness();
    void closeness();
    void harmonic();
    void components();
    void cores();
    void clustering();
    void communities();
    void bridges();
    void articulation();
    void whole();
    void diameter();
    void path();
    void layout();

    const MetricsRequest& request_;
    Vector weights_;
    igraph_t graph_{};
    std::string problem_;
    uint32_t left_out_ = 0;
    MetricsAnswer answer_;
};

void Work::pagerank() {
    constexpr double damping = 0.85;
    Vector rank;
    check(igraph_pagerank(&graph_, IGRAPH_PAGERANK_ALGO_PRPACK, &rank.v, nullptr, igraph_vss_all(),
                          IGRAPH_UNDIRECTED, damping, &weights_.v, nullptr));
    answer_[Values::pagerank] = rank.numbers();
}

// Freeman's, normalized as NetworkX does: the share of pairs of other nodes. Of a large graph only
// paths from some nodes, chosen by the seed, are counted and scaled up (Brandes and Pich 2007).
void Work::betweenness() {
    const size_t nodes = request_.node_count;
    Vector shares;
    double scale =
        nodes > 2 ? 2.0 / (static_cast<double>(nodes - 1) * static_cast<double>(nodes - 2)) : 1;
    const size_t sample = std::min<size_t>(request_.sample_sources, nodes);
    const bool is_exact = !is_large();
    if (is_exact) {
        check(igraph_betweenness(&graph_, &shares.v, igraph_vss_all(), IGRAPH_UNDIRECTED, nullptr));
    } else {
        std::vector<igraph_integer_t> all(nodes);
        std::iota(all.begin(), all.end(), 0);
        std::mt19937_64 random(request_.seed);
        // Not std::shuffle or std::sample, whose choice differs between standard libraries.
        for (size_t i = 0; i < sample; i++) std::swap(all[i], all[i + random() % (nodes - i)]);
        Indices sources(sample);
        for (size_t i = 0; i < sample; i++) sources[i] = all[i];
        check(igraph_betweenness_subset(&graph_, &shares.v, igraph_vss_all(), IGRAPH_UNDIRECTED,
                                        igraph_vss_vector(&sources.v), igraph_vss_all(), nullptr));
        scale *= static_cast<double>(nodes) / static_cast<double>(std::max<size_t>(sample, 1));
    }
    answer_[Values::betweenness] = shares.numbers();
    for (double& share : answer_[Values::betweenness]) share *= scale;
    put(Values::betweenness_sources, is_exact ? 0 : static_cast<double>(sample));
}

void Work::closeness() {
    Vector near;
    Indices reachable;
    check(igraph_closeness(&graph_, &near.v, &reachable.v, nullptr, igraph_vss_all(), IGRAPH_ALL,
                           nullptr, true));
    if (!problem_.empty()) return;
    auto& out = answer_[Values::closeness] = near.numbers();
    const double others = std::max<double>(request_.node_count, 2) - 1;
    for (size_t i = 0; i < out.size(); i++)
        out[i] = std::isnan(out[i]) ? 0 : out[i] * static_cast<double>(reachable[i]) / others;
}

void Work::harmonic() {
    Vector near;
    check(
        igraph_harmonic_centrality(&graph_, &near.v, igraph_vss_all(), IGRAPH_ALL, nullptr, false));
    answer_[Values::harmonic] = near.numbers();
}

void Work::components() {
    Indices membership, sizes;
    igraph_integer_t count = 0;
    check(igraph_connected_components(&graph_, &membership.v, &sizes.v, &count, IGRAPH_WEAK));
    answer_[Values::component] = membership.numbers();
    put(Values::component_count, static_cast<double>(count));
}

void Work::cores() {
    Indices cores;
    check(igraph_coreness(&graph_, &cores.v, IGRAPH_ALL));
    answer_[Values::core] = cores.numbers();
}

void Work::clustering() {
    Vector local;
    check(igraph_transitivity_local_undirected(&graph_, &local.v, igraph_vss_all(),
                                               IGRAPH_TRANSITIVITY_ZERO));
    double whole = 0;
    check(igraph_transitivity_undirected(&graph_, &whole, IGRAPH_TRANSITIVITY_ZERO));
    auto& out = answer_[Values::clustering] = local.numbers();
    const double sum = std::accumulate(out.begin(), out.end(), 0.0);
    put(Values::clustering_mean, sum / std::max<double>(request_.node_count, 1));
    put(Values::transitivity, std::isnan(whole) ? 0 : whole);
}

// With node weights that are strengths and the resolution 1/2m, Leiden's quality is modularity.
void Work::communities() {
    constexpr double randomness = 0.01;
    constexpr igraph_integer_t until_stable = -1;
    if (request_.edges.empty()) {
        // igraph's search for something better would not end.
        auto& out = answer_[Values::community];
        out.resize(request_.node_count);
        std::iota(out.begin(), out.end(), 0);
        put(Values::community_count, request_.node_count);
        return put(Values::modularity, 0);
    }
    Indices membership;
    Vector strength;
    check(igraph_strength(&graph_, &strength.v, igraph_vss_all(), IGRAPH_ALL, true, &weights_.v));
    const double twice = igraph_vector_sum(&strength.v);
    igraph_integer_t count = 0;
    check(igraph_community_leiden(&graph_, &weights_.v, &strength.v, twice > 0 ? 1 / twice : 1,
                                  randomness, false, until_stable, &membership.v, &count, nullptr));
    double modularity = 0;
    check(
        igraph_modularity(&graph_, &membership.v, &weights_.v, 1, IGRAPH_UNDIRECTED, &modularity));
    answer_[Values::community] = membership.numbers();
    put(Values::community_count, static_cast<double>(count));
    put(Values::modularity, modularity);
}

void Work::bridges() {
    Indices edges;
    check(igraph_bridges(&graph_, &edges.v));
    auto& out = answer_[Values::bridges] = edges.numbers();
    std::sort(out.begin(), out.end());
}

void Work::articulation() {
    Indices nodes;
    check(igraph_articulation_points(&graph_, &nodes.v));
    auto& out = answer_[Values::articulation] = nodes.numbers();
    std::sort(out.begin(), out.end());
}

void Work::whole() {
    double number = 0;
    if (wants(Metric::assortativity)) {
        check(igraph_assortativity_degree(&graph_, &number, IGRAPH_UNDIRECTED));
        put(Values::assortativity, number);
    }
    if (wants(Metric::density)) {
        number = 0;
        if (request_.node_count > 1) check(igraph_density(&graph_, &number, false));
        put(Values::density, number);
    }
}

// Of a large graph the distance that two sweeps find: the true one is no shorter (Magnien 2009).
void Work::diameter() {
    double longest = 0;
    if (is_large()) {
        constexpr igraph_integer_t from_anywhere = -1;
        check(igraph_pseudo_diameter(&graph_, &longest, from_anywhere, nullptr, nullptr,
                                     IGRAPH_UNDIRECTED, true));
    } else if (request_.node_count > 0) {
        check(igraph_diameter(&graph_, &longest, nullptr, nullptr, nullptr, nullptr,
                              IGRAPH_UNDIRECTED, true));
    }
    put(Values::diameter, std::isfinite(longest) ? longest : 0);
    put(Values::diameter_is_bound, is_large() ? 1 : 0);
}

void Work::path() {
    Vector costs(request_.edges.size());
    for (size_t i = 0; i < request_.edges.size(); i++) costs[i] = 1 / request_.edges[i].weight;
    Indices by_hops, by_bytes;
    check(igraph_get_shortest_path(&graph_, &by_hops.v, nullptr, request_.path_from,
                                   request_.path_to, IGRAPH_ALL));
    check(igraph_get_shortest_path_dijkstra(&graph_, &by_bytes.v, nullptr, request_.path_from,
                                            request_.path_to, &costs.v, IGRAPH_ALL));
    answer_[Values::path_by_hops] = by_hops.numbers();
    answer_[Values::path_by_bytes] = by_bytes.numbers();
}

// From given places it goes on with small steps, so that a picture does not jump.
void Work::layout() {
    const auto nodes = static_cast<igraph_integer_t>(request_.node_count);
    const bool goes_on = !request_.places.empty();
    igraph_matrix_t places;
    igraph_matrix_init(&places, goes_on ? nodes : 0, goes_on ? 2 : 0);
    for (size_t i = 0; i < request_.places.size(); i++) {
        MATRIX(places, i, 0) = request_.places[i].x;
        MATRIX(places, i, 1) = request_.places[i].y;
    }
    const double size = std::max<double>(request_.node_count, 1);
    igraph_integer_t iterations =
        std::min(layout_iterations_max, static_cast<igraph_integer_t>(layout_work_max / size));
    if (goes_on) iterations /= 5;
    const double temperature = std::sqrt(size) / (goes_on ? 50 : 10);
    // By hops: bytes differ by orders of magnitude, and would pull all into one point.
    check(igraph_layout_fruchterman_reingold(
        &graph_, &places, goes_on, std::max<igraph_integer_t>(iterations, 20), temperature,
        IGRAPH_LAYOUT_AUTOGRID, nullptr, nullptr, nullptr, nullptr, nullptr));
    if (problem_.empty())
        for (igraph_integer_t i = 0; i < nodes; i++) {
            answer_[Values::x].push_back(MATRIX(places, i, 0));
            answer_[Values::y].push_back(MATRIX(places, i, 1));
        }
    igraph_matrix_destroy(&places);
}

base::Result<MetricsAnswer> Work::answer() {
    if (!problem_.empty()) return base::Error{problem_};
    struct Step {
        Metric metric;
        void (Work::*run)();
        uint32_t nodes_max;  // a larger graph would take too long, or tell nothing
    };
    constexpr uint32_t any = bounds::nodes_max;
    const Step steps[] = {
        {Metric::pagerank, &Work::pagerank, any},
        {Metric::betweenness, &Work::betweenness, any},
        {Metric::closeness, &Work::closeness, request_.exact_nodes},
        {Metric::harmonic, &Work::harmonic, request_.exact_nodes},
        {Metric::components, &Work::components, any},
        {Metric::cores, &Work::cores, any},
        {Metric::clustering, &Work::clustering, any},
        {Metric::communities, &Work::communities, any},
        {Metric::bridges, &Work::bridges, any},
        {Metric::articulation, &Work::articulation, any},
        {Metric::diameter, &Work::diameter, any},
        {Metric::path, &Work::path, any},
        {Metric::layout, &Work::layout, bounds::layout_nodes_max},
    };
    for (const Step& step : steps) {
        if (!wants(step.metric)) continue;
        if (request_.node_count > step.nodes_max) left_out_ |= bit(step.metric);
        else (this->*step.run)();
        if (!problem_.empty()) return base::Error{problem_};
    }
    whole();
    if (!problem_.empty()) return base::Error{problem_};
    put(Values::left_out, left_out_);
    return answer_;
}

}  // namespace

base::Result<MetricsAnswer> compute_metrics(const MetricsRequest& request) {
    return Work(request).answer();
}

}  // namespace baleen::graph
