// Where the API may listen, and what it needs there.
#include "config/api.h"

#include <gtest/gtest.h>

#include "config/loader.h"

namespace baleen::config {
namespace {

TEST(ParseListen, TakesNumericAddressesAndLocalhost) {
    const auto listen = parse_listen("[::1]:0");
    ASSERT_TRUE(listen);
    EXPECT_EQ(listen->host, "::1");
    EXPECT_EQ(listen->port, 0);
    EXPECT_TRUE(listen->is_ipv6);
    for (const char* text :
         {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "[::ffff:127.0.0.1]:1"})
        EXPECT_TRUE(parse_listen(text)->is_loopback) << text;
    for (const char* text :
         {"0.0.0.0:1", "10.0.0.1:65535", "[::]:1", "[2001:db8::1]:1", "[::ffff:10.0.0.1]:1"})
        EXPECT_FALSE(parse_listen(text)->is_loopback) << text;
    for (const char* text : {"", "8600", ":8600", "*:8600", "::1:8600", "[::1]", "127.0.0.1",
                             "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:8x",
                             "127.1:80", "host:80", "[127.0.0.1]:80", "[]:80"})
        EXPECT_FALSE(parse_listen(text)) << text;
}

TEST(CheckApi, AsksForTokensAndTlsWhereOthersCanReachIt) {
    const auto problems = [](std::initializer_list<const char*> assignments) {
        Settings settings;
        for (const char* assignment : assignments)
            EXPECT_TRUE(apply_assignment(assignment, settings).empty()) << assignment;
        std::string all;
        for (const std::string& problem : check(settings)) all += problem + "\n";
        return all;
    };
    const char* wide = "api.listen=0.0.0.0:8600";
    const char* tokens = "api.token_file=t";
    const char* proxy = "api.trusted_proxy=true";
    EXPECT_EQ(problems({}), "");
    EXPECT_EQ(problems({"api.listen="}), "");
    EXPECT_EQ(problems({wide, tokens, "api.certificate=c", "api.private_key=k"}), "");
    EXPECT_EQ(problems({wide, tokens, proxy}), "");
    EXPECT_NE(problems({wide}).find("set api.token_file"), std::string::npos);
    EXPECT_NE(problems({wide}).find("set api.certificate"), std::string::npos);
    EXPECT_NE(problems({wide, tokens}).find("in the clear"), std::string::npos);
    EXPECT_NE(problems({proxy}).find("set api.token_file"), std::string::npos);
    EXPECT_NE(problems({wide, proxy}).find("set api.token_file"), std::string::npos);
    EXPECT_NE(problems({"api.certificate=c"}).find("belong together"), std::string::npos);
    EXPECT_NE(problems({"api.listen=nowhere"}).find("ADDRESS:PORT"), std::string::npos);
}

}  // namespace
}  // namespace baleen::config
