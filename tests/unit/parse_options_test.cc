#include "packet/parse_options.h"

#include <gtest/gtest.h>

namespace baleen::packet {
namespace {

using record::TunnelType;

ParseOptions opened(const std::vector<std::string>& words) {
    ParseOptions options;
    const auto status = set_tunnels(words, options);
    EXPECT_TRUE(status) << status.error().message;
    return options;
}

std::string problem(const std::vector<std::string>& words) {
    ParseOptions options;
    const auto status = set_tunnels(words, options);
    return status ? "" : status.error().message;
}

std::vector<uint16_t> ports_of(const ParseOptions& options, TunnelType type) {
    std::vector<uint16_t> ports;
    for (const TunnelPort& port : options.tunnel_ports)
        if (port.port != 0 && port.type == type) ports.push_back(port.port);
    return ports;
}

TEST(ParseOptions, AllIsWhatIsOpenedUnasked) {
    const ParseOptions usual, all = opened({"all"});
    EXPECT_EQ(all.tunnels, usual.tunnels);
    for (const TunnelType type : {TunnelType::vxlan, TunnelType::gtp_u, TunnelType::teredo})
        EXPECT_EQ(ports_of(all, type), ports_of(usual, type));
    EXPECT_EQ(all.tunnels & tunnel_bit(TunnelType::l2tpv3), 0u);
}

TEST(ParseOptions, OpensWhatIsNamedAndNothingElse) {
    EXPECT_EQ(opened({}).tunnels, 0u);
    EXPECT_EQ(opened({"gre", "mpls"}).tunnels,
              tunnel_bit(TunnelType::gre) | tunnel_bit(TunnelType::mpls));
    const ParseOptions vxlan = opened({"vxlan"});
    EXPECT_EQ(vxlan.tunnels, tunnel_bit(TunnelType::vxlan));
    EXPECT_EQ(ports_of(vxlan, TunnelType::vxlan), std::vector<uint16_t>{4789});
    EXPECT_EQ(ports_of(vxlan, TunnelType::geneve), std::vector<uint16_t>{});
}

TEST(ParseOptions, TakesFurtherPorts) {
    EXPECT_EQ(ports_of(opened({"all", "vxlan:8472"}), TunnelType::vxlan),
              (std::vector<uint16_t>{4789, 8472}));
    EXPECT_EQ(ports_of(opened({"vxlan:8472"}), TunnelType::vxlan), std::vector<uint16_t>{8472});
    EXPECT_EQ(ports_of(opened({"vxlan", "vxlan:4789"}), TunnelType::vxlan),
              std::vector<uint16_t>{4789});
    EXPECT_EQ(ports_of(opened({"l2tpv3"}), TunnelType::l2tpv3), std::vector<uint16_t>{1701});
}

TEST(ParseOptions, SaysWhatIsWrongWithAWord) {
    EXPECT_EQ(problem({"gre", "vxlna"}),
              "parse.tunnels: \"vxlna\" is unknown; did you mean \"vxlan\"?");
    EXPECT_NE(problem({"carrier pigeon"}).find("is none of ipip, ipv6"), std::string::npos);
    EXPECT_NE(problem({"none"}), "") << "the absence of a tunnel can't be opened";
    EXPECT_EQ(problem({"gre:47"}), "parse.tunnels: \"gre:47\": gre has no UDP port");
    for (const auto* const word : {"vxlan:", "vxlan:0", "vxlan:65536", "vxlan:1x", "vxlan:-1"})
        EXPECT_EQ(problem({word}),
                  std::string("parse.tunnels: \"") + word + "\": the port must be 1 to 65535");
    EXPECT_EQ(problem({"all", "geneve:4789"}), "parse.tunnels: port 4789 is given to two tunnels");
    EXPECT_EQ(problem({"all", "vxlan:1", "vxlan:2", "vxlan:3", "vxlan:4"}),
              "parse.tunnels: more than 8 UDP ports");
}

}  // namespace
}  // namespace baleen::packet
