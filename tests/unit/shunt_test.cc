// Entries of xdp.shunt: what is understood, what is refused, and the keys the kernel gets.
#include "config/shunt.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

#include "baleen/limits.h"
#include "config/loader.h"
#include "drivers/xdp/steer_program.h"
#include "drivers/xdp/steering.h"

namespace baleen::config {
namespace {

std::string problem_of(const std::string& text) {
    const auto shunt = parse_shunt(text);
    return shunt ? "" : shunt.error().message;
}

ShuntAddress address(const char* text) {
    ShuntAddress bytes{};
    if (::inet_pton(AF_INET6, text, bytes.data()) != 1) ADD_FAILURE() << text;
    return bytes;
}

TEST(Shunt, ReadsPrefixesOfBothVersions) {
    struct Case {
        const char* text;
        const char* network;
        uint32_t bits;
    };
    for (const Case& c : {
             Case{"10.0.0.0/8", "::ffff:10.0.0.0", 104},
             Case{"192.0.2.1", "::ffff:192.0.2.1", 128},
             Case{"0.0.0.0/0", "::ffff:0.0.0.0", 96},
             Case{"  192.0.2.128/25 ", "::ffff:192.0.2.128", 121},
             Case{"2001:db8::/32", "2001:db8::", 32},
             Case{"2001:db8::1", "2001:db8::1", 128},
             Case{"::/0", "::", 0},
         }) {
        const auto shunt = parse_shunt(c.text);
        ASSERT_TRUE(shunt) << c.text;
        EXPECT_FALSE(shunt->is_flow) << c.text;
        EXPECT_EQ(shunt->a, address(c.network)) << c.text;
        EXPECT_EQ(shunt->prefix_bits, c.bits) << c.text;
        EXPECT_EQ(shunt->text, c.text);
    }
}

TEST(Shunt, ReadsFlows) {
    auto shunt = parse_shunt("tcp 10.0.0.1:443 10.0.0.2:50000");
    ASSERT_TRUE(shunt);
    EXPECT_TRUE(shunt->is_flow);
    EXPECT_EQ(shunt->a, address("::ffff:10.0.0.1"));
    EXPECT_EQ(shunt->b, address("::ffff:10.0.0.2"));
    EXPECT_EQ(shunt->a_port, 443);
    EXPECT_EQ(shunt->b_port, 50000);
    EXPECT_EQ(shunt->protocol, 6);
    EXPECT_EQ(shunt->vlan_id, Shunt::vlan_any);

    shunt = parse_shunt("udp [2001:db8::1]:53 [2001:db8::2]:4000 vlan 7");
    ASSERT_TRUE(shunt);
    EXPECT_EQ(shunt->a, address("2001:db8::1"));
    EXPECT_EQ(shunt->b_port, 4000);
    EXPECT_EQ(shunt->protocol, 17);
    EXPECT_EQ(shunt->vlan_id, 7);

    shunt = parse_shunt("icmp6 2001:db8::1 2001:db8::2");
    ASSERT_TRUE(shunt);
    EXPECT_EQ(shunt->protocol, 58);
    EXPECT_EQ(shunt->a_port, 0);
}

TEST(Shunt, SaysWhatIsWrong) {
    struct Case {
        const char* text;
        const char* sentence;
    };
    for (const Case& c : {
             Case{"", "it is empty"},
             Case{"   ", "it is empty"},
             Case{"10.0.0.0/33", "the length behind '/' is 0 to 32"},
             Case{"2001:db8::/129", "the length behind '/' is 0 to 128"},
             Case{"10.0.0.0/", "the length behind '/' is 0 to 32"},
             Case{"10.0.0.0/8x", "the length behind '/' is 0 to 32"},
             Case{"10.0.0.0/-1", "the length behind '/' is 0 to 32"},
             Case{"10.1.0.0/8", "the address has bits behind the first 8"},
             Case{"2001:db8::1/64", "the address has bits behind the first 64"},
             Case{"10.0.0", "'10.0.0' is not an address"},
             Case{"tpc 10.0.0.1:1 10.0.0.2:2", "'tpc' is not a protocol (known: tcp, udp"},
             Case{"tcp 10.0.0.1:1", "a flow is a protocol and two addresses"},
             Case{"tcp 10.0.0.1 10.0.0.2:2", "'10.0.0.1' has no port"},
             Case{"tcp 10.0.0.1:65536 10.0.0.2:2", "has no port"},
             Case{"tcp 10.0.0.1:1 10.0.0.2:", "has no port"},
             Case{"tcp 2001:db8::1:53 [2001:db8::2]:1", "stands in brackets"},
             Case{"tcp [2001:db8::1]:53 10.0.0.1:1", "one address is IPv4, the other is IPv6"},
             Case{"icmp 10.0.0.1:8 10.0.0.2", "'10.0.0.1:8' is not an address"},
             Case{"tcp 10.0.0.1:1 10.0.0.2:2 vlan", "or with 'vlan N'"},
             Case{"tcp 10.0.0.1:1 10.0.0.2:2 vlan 4095", "or with 'vlan N'"},
             Case{"tcp 10.0.0.1:1 10.0.0.2:2 vlan 1 2", "or with 'vlan N'"},
             Case{"tcp 10.0.0.1:1 10.0.0.2:2 lan 1", "or with 'vlan N'"},
         }) {
        EXPECT_NE(problem_of(c.text).find(c.sentence), std::string::npos)
            << c.text << ": " << problem_of(c.text);
    }
    EXPECT_NE(problem_of(std::string(limits::shunt_text_bytes, ' ')).find("it is too long"),
              std::string::npos);
}

TEST(Shunts, RefuseWhatTheKernelCouldNotTellApart) {
    const auto refused = [](const std::vector<std::string>& texts) { return !parse_shunts(texts); };
    EXPECT_TRUE(refused({"10.0.0.0/8", "10.0.0.0/8"}));
    EXPECT_TRUE(refused({"10.0.0.1", "10.0.0.1/32"}));
    EXPECT_TRUE(refused({"tcp 10.0.0.1:1 10.0.0.2:2", "tcp 10.0.0.2:2 10.0.0.1:1"}));
    EXPECT_FALSE(refused({"tcp 10.0.0.1:1 10.0.0.2:2", "tcp 10.0.0.2:1 10.0.0.1:2"}));
    EXPECT_FALSE(refused({"tcp 10.0.0.1:1 10.0.0.2:2", "udp 10.0.0.1:1 10.0.0.2:2"}));
    EXPECT_FALSE(refused({"tcp 10.0.0.1:1 10.0.0.2:2", "tcp 10.0.0.1:1 10.0.0.2:2 vlan 3"}));
    EXPECT_FALSE(refused({"10.0.0.0/8", "10.0.0.0/9"}));

    std::vector<std::string> texts;
    for (uint32_t i = 0; i < limits::shunt_entries_max; i++)
        texts.push_back("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
    EXPECT_FALSE(refused(texts));
    texts.push_back("10.1.0.0");
    EXPECT_TRUE(refused(texts)) << "one more than there is room for";
}

TEST(Shunts, AreCheckedWithTheConfiguration) {
    Settings settings;
    settings.xdp.shunt = {"tcp 10.0.0.1:1 10.0.0.2:2", "tcp 10.0.0.1:1 10.0.0.2:3"};
    EXPECT_TRUE(check(settings).empty());
    settings.xdp.shunt_flows_max = 1;
    ASSERT_EQ(check(settings).size(), 1u);
    EXPECT_NE(check(settings)[0].find("more than xdp.shunt_flows_max (1)"), std::string::npos);
    settings.xdp.shunt_flows_max = 2;
    settings.xdp.program = "off";
    EXPECT_EQ(check(settings).size(), 1u);
}

TEST(SteerKeys, AreTheSameForBothDirectionsOfAFlow) {
    const auto there = parse_shunt("tcp 10.0.0.1:443 10.0.0.2:50000");
    const auto back = parse_shunt("tcp 10.0.0.2:50000 10.0.0.1:443");
    const auto other = parse_shunt("tcp 10.0.0.1:50000 10.0.0.2:443");
    const steer_flow a = drivers::flow_key(*there), b = drivers::flow_key(*back);
    const steer_flow c = drivers::flow_key(*other);
    EXPECT_EQ(std::memcmp(&a, &b, sizeof a), 0);
    EXPECT_NE(std::memcmp(&a, &c, sizeof a), 0);
    const auto same_host = parse_shunt("udp 10.0.0.1:9 10.0.0.1:8");
    const auto same_host_back = parse_shunt("udp 10.0.0.1:8 10.0.0.1:9");
    const steer_flow d = drivers::flow_key(*same_host), e = drivers::flow_key(*same_host_back);
    EXPECT_EQ(std::memcmp(&d, &e, sizeof d), 0);
}

TEST(Missed, AreThoseThatTheSocketsDroppedAndAtTheEndAllThatNeverCame) {
    const drivers::Missed known = {
        .seen = 100, .shunted = 20, .passed = 5, .received = 60, .dropped_by_sockets = 10};
    EXPECT_EQ(known.so_far(), 15u);
    EXPECT_EQ(known.at_the_end(), 20u) << "5 more are in no socket and in no counter";
    EXPECT_EQ((drivers::Missed{.seen = 1, .received = 2}.at_the_end()), 0u);
}

TEST(ExplainLoadFailure, NamesTheCauseAndWhatHelps) {
    const std::string_view log =
        "0: (bf) r6 = r1\ninvalid access to packet, off=4000\nprocessed 9 insns (limit 1000000)\n";
    const auto of_verifier = drivers::explain_load_failure(EACCES, log);
    EXPECT_NE(of_verifier.find("refuses it: invalid access to packet, off=4000;"),
              std::string::npos);
    EXPECT_EQ(drivers::explain_load_failure(EINVAL, log).find("processed"), std::string::npos);
    EXPECT_NE(drivers::explain_load_failure(EPERM, "").find("CAP_NET_ADMIN"), std::string::npos);
    EXPECT_NE(drivers::explain_load_failure(ENOMEM, "").find("ulimit -l"), std::string::npos);
    EXPECT_NE(drivers::explain_load_failure(ENOTSUP, "").find("Linux 5.4"), std::string::npos);
}

}  // namespace
}  // namespace baleen::config
