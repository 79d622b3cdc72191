#include "control/graph/export.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "control/graph/attributes.h"
#include "record/text.h"

namespace baleen::graph {
namespace {

using Attributes = std::vector<Attribute>;
using Type = Attribute::Type;

// XML 1.0 section 2.4; what must not be in a document at all (section 2.2) becomes a question mark.
std::string xml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&apos;"; break;
            default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
        }
    }
    return out;
}

std::string quoted(std::string_view text) {
    std::string out;
    record::append_json_string(out, text);
    return out;
}

std::string name_at(const Graph& graph, uint32_t node) { return name_of(graph.key_of(node)); }

// GraphML and GEXF call them the same.
std::string_view xml_type(Type type) {
    switch (type) {
        case Type::integer: return "long";
        case Type::number: return "double";
        case Type::text: return "string";
    }
    return "";
}

// http://graphml.graphdrawing.org/specification.html
std::string graphml(const Graph& graph, const Attributes& of_nodes, const Attributes& of_edges) {
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
    const auto declare = [&](const Attributes& attributes, std::string_view whose) {
        for (size_t i = 0; i < attributes.size(); i++)
            out += fmt::format(
                "  <key id=\"{}{}\" for=\"{}\" attr.name=\"{}\" attr.type=\"{}\"/>\n", whose[0], i,
                whose, xml(attributes[i].name), xml_type(attributes[i].type));
    };
    const auto tell = [&](const Attributes& attributes, char whose, uint32_t index) {
        for (size_t i = 0; i < attributes.size(); i++)
            if (const auto value = attributes[i].value(index); !value.empty())
                out += fmt::format("      <data key=\"{}{}\">{}</data>\n", whose, i, xml(value));
    };
    declare(of_nodes, "node");
    declare(of_edges, "edge");
    out += "  <graph edgedefault=\"undirected\">\n";
    for (uint32_t i = 0; i < graph.nodes.size(); i++) {
        out += fmt::format("    <node id=\"{}\">\n", xml(name_at(graph, i)));
        tell(of_nodes, 'n', i);
        out += "    </node>\n";
    }
    for (uint32_t i = 0; i < graph.edges.size(); i++) {
        out += fmt::format("    <edge source=\"{}\" target=\"{}\">\n",
                           xml(name_at(graph, graph.edges[i].a)),
                           xml(name_at(graph, graph.edges[i].b)));
        tell(of_edges, 'e', i);
        out += "    </edge>\n";
    }
    return out + "  </graph>\n</graphml>\n";
}

// https://gexf.net/schema.html, version 1.2: Debian's NetworkX (2.8) knows no later
// one, and Gephi takes both.
std::string gexf(const Graph& graph, const Attributes& of_nodes, const Attributes& of_edges) {
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<gexf xmlns=\"http://www.gexf.net/1.2draft\" version=\"1.2\">\n"
        "  <graph defaultedgetype=\"undirected\" mode=\"static\">\n";
    const auto declare = [&](const Attributes& attributes, std::string_view whose) {
        out += fmt::format("    <attributes class=\"{}\" mode=\"static\">\n", whose);
        for (size_t i = 0; i < attributes.size(); i++)
            out += fmt::format("      <attribute id=\"{}\" title=\"{}\" type=\"{}\"/>\n", i,
                               xml(attributes[i].name), xml_type(attributes[i].type));
        out += "    </attributes>\n";
    };
    const auto tell = [&](const Attributes& attributes, uint32_t index) {
        out += "        <attvalues>\n";
        for (size_t i = 0; i < attributes.size(); i++)
            if (const auto value = attributes[i].value(index); !value.empty())
                out +=
                    fmt::format("          <attvalue for=\"{}\" value=\"{}\"/>\n", i, xml(value));
        out += "        </attvalues>\n";
    };
    declare(of_nodes, "node");
    declare(of_edges, "edge");
    out += "    <nodes>\n";
    for (uint32_t i = 0; i < graph.nodes.size(); i++) {
        const std::string name = xml(name_at(graph, i));
        out += fmt::format("      <node id=\"{}\" label=\"{}\">\n", name, name);
        tell(of_nodes, i);
        out += "      </node>\n";
    }
    out += "    </nodes>\n    <edges>\n";
    for (uint32_t i = 0; i < graph.edges.size(); i++) {
        const Edge& edge = graph.edges[i];
        out += fmt::format("      <edge id=\"{}\" source=\"{}\" target=\"{}\" weight=\"{}\">\n", i,
                           xml(name_at(graph, edge.a)), xml(name_at(graph, edge.b)),
                           edge.sums.bytes_total());
        tell(of_edges, i);
        out += "      </edge>\n";
    }
    return out + "    </edges>\n  </graph>\n</gexf>\n";
}

// networkx.node_link_graph() and d3-force read it.
std::string node_link(const Graph& graph, const Attributes& of_nodes, const Attributes& of_edges) {
    std::string out = fmt::format(
        "{{\"directed\": false, \"multigraph\": false, \"graph\": {{\"from_ns\": {}, "
        "\"until_ns\": {}}}, \"nodes\": [",
        graph.from_ns, graph.until_ns);
    const auto tell = [&](const Attributes& attributes, uint32_t index) {
        for (const Attribute& attribute : attributes)
            if (const auto value = attribute.value(index); !value.empty())
                out += fmt::format(", {}: {}", quoted(attribute.name),
                                   attribute.type == Type::text ? quoted(value) : value);
    };
    for (uint32_t i = 0; i < graph.nodes.size(); i++) {
        out += fmt::format("{}\n{{\"id\": {}", i == 0 ? "" : ",", quoted(name_at(graph, i)));
        tell(of_nodes, i);
        out += "}";
    }
    out += "], \"links\": [";
    for (uint32_t i = 0; i < graph.edges.size(); i++) {
        out += fmt::format("{}\n{{\"source\": {}, \"target\": {}", i == 0 ? "" : ",",
                           quoted(name_at(graph, graph.edges[i].a)),
                           quoted(name_at(graph, graph.edges[i].b)));
        tell(of_edges, i);
        out += "}";
    }
    return out + "]}\n";
}

// https://graphviz.org/doc/info/lang.html; quotes there are escaped as in JSON.
std::string dot(const Graph& graph, const Attributes& of_nodes, const Attributes& of_edges) {
    std::string out = "graph baleen {\n";
    const auto tell = [&](const Attributes& attributes, uint32_t index) {
        out += " [";
        std::string_view comma;
        for (const Attribute& attribute : attributes)
            if (const auto value = attribute.value(index); !value.empty())
                out += fmt::format("{}{}={}", std::exchange(comma, ", "), attribute.name,
                                   quoted(value));
        out += "];\n";
    };
    for (uint32_t i = 0; i < graph.nodes.size(); i++) {
        out += "  " + quoted(name_at(graph, i));
        tell(of_nodes, i);
    }
    for (uint32_t i = 0; i < graph.edges.size(); i++) {
        out += fmt::format("  {} -- {}", quoted(name_at(graph, graph.edges[i].a)),
                           quoted(name_at(graph, graph.edges[i].b)));
        tell(of_edges, i);
    }
    return out + "}\n";
}

std::string csv(const Graph& graph, const Attributes& of_edges) {
    std::string out = "source,target";
    for (const Attribute& attribute : of_edges) out += "," + attribute.name;
    out += '\n';
    for (uint32_t i = 0; i < graph.edges.size(); i++) {
        record::append_csv_text(out, name_at(graph, graph.edges[i].a));
        out += ',';
        record::append_csv_text(out, name_at(graph, graph.edges[i].b));
        for (const Attribute& attribute : of_edges) {
            out += ',';
            record::append_csv_text(out, attribute.value(i));
        }
        out += '\n';
    }
    return out;
}

}  // namespace

std::optional<Format> format_of(std::string_view name) {
    static constexpr std::array<std::string_view, 5> names = {"graphml", "gexf", "json", "dot",
                                                              "csv"};
    for (size_t i = 0; i < names.size(); i++)
        if (names[i] == name) return static_cast<Format>(i);
    return std::nullopt;
}

std::string export_graph(const Graph& graph, Format format, std::span<const NodeColumn> columns) {
    const Attributes of_nodes = node_attributes(graph, columns);
    const Attributes of_edges = edge_attributes(graph);
    switch (format) {
        case Format::graphml: return graphml(graph, of_nodes, of_edges);
        case Format::gexf: return gexf(graph, of_nodes, of_edges);
        case Format::node_link: return node_link(graph, of_nodes, of_edges);
        case Format::dot: return dot(graph, of_nodes, of_edges);
        case Format::csv: return csv(graph, of_edges);
    }
    return {};
}

}  // namespace baleen::graph
