// What sharkd answers, told in the API's words.
#include "control/endpoints/dissection_json.h"

#include <gtest/gtest.h>

namespace baleen::endpoints {
namespace {

using nlohmann::json;

// As sharkd 4.0 says it, shortened.
const char* const frame = R"json({
  "tree": [
    {"l": "Ethernet II", "t": "proto", "f": "eth", "h": [0, 14], "e": 12, "n": [
      {"l": "Destination: 02:00", "f": "eth.dst == 02:00", "h": [0, 6]},
      {"l": "[Checksum Status: Bad]", "g": true, "s": "Error", "ds": 1, "v": true}]}],
  "bytes": "AAE=",
  "ds": [{"name": "Reassembled TCP (4 bytes)",
                  "bytes" : "AAECAw=="
}],
  "fol": [["TCP", "tcp.stream eq 0"], ["odd"]]
})json";

TEST(DissectedPacket, HasItsTreeItsBytesAndItsStreams) {
    const auto told = dissected_packet(json::parse(frame), 7);
    EXPECT_EQ(told["number"], 7);
    const auto& ethernet = told["tree"][0];
    EXPECT_EQ(ethernet["label"], "Ethernet II");
    EXPECT_TRUE(ethernet["is_protocol"]);
    EXPECT_EQ(ethernet["offset"], 0);
    EXPECT_EQ(ethernet["length"], 14);
    EXPECT_EQ(ethernet["children"][0]["display_filter"], "eth.dst == 02:00");
    EXPECT_EQ(ethernet["children"][0]["source"], 0);
    const auto& status = ethernet["children"][1];
    EXPECT_EQ(status["severity"], "Error");
    EXPECT_TRUE(status["is_generated"]);
    EXPECT_TRUE(status["is_hidden"]);
    EXPECT_TRUE(status["offset"].is_null());
    EXPECT_EQ(status["source"], 1);
    EXPECT_EQ(told["sources"][0]["bytes"], "AAE=");
    EXPECT_EQ(told["sources"][1]["name"], "Reassembled TCP (4 bytes)");
    ASSERT_EQ(told["streams"].size(), 1u);
    EXPECT_EQ(told["streams"][0]["display_filter"], "tcp.stream eq 0");
}

// Dissectors follow the bytes, and those may nest without end.
TEST(DissectedPacket, EndsAtSomeDepth) {
    json node = {{"l", "innermost"}};
    for (int i = 0; i < 5000; i++) {
        json outer = {{"l", "outer"}, {"n", json::array()}};
        outer["n"].push_back(std::move(node));
        node = std::move(outer);
    }
    json frame_json = {{"tree", json::array()}};
    frame_json["tree"].push_back(std::move(node));
    const auto told = dissected_packet(frame_json, 1);
    int depth = 0;
    for (const auto* at = &told["tree"][0]; !(*at)["children"].empty(); at = &(*at)["children"][0])
        depth++;
    EXPECT_EQ(depth, 64);
}

TEST(DissectedPacket, IsWholeWhateverIsMissing) {
    for (const char* said : {"null", "[]", "3", R"({"tree": 5, "ds": {}, "fol": 3})",
                             R"({"tree": [4, {"h": [1]}, {"h": [-1, 2], "l": 3, "n": "x"}]})"}) {
        const auto told = dissected_packet(json::parse(said), 1);
        EXPECT_TRUE(told["tree"].is_array() && told["streams"].is_array()) << said;
        EXPECT_EQ(told["sources"].size(), 1u) << said;
        for (const auto& node : told["tree"]) EXPECT_TRUE(node["offset"].is_null()) << said;
    }
}

TEST(DissectedList, TellsWhetherThereIsMore) {
    const json frames = json::parse(R"([{"c": ["1", "0.0"], "num": 1, "bg": "fce0ff"},
                                        {"c": ["9", "0.1"], "num": 9}])");
    const auto page = dissected_list(frames, 1);
    ASSERT_EQ(page["packets"].size(), 1u);
    EXPECT_FALSE(page["is_last"]);
    EXPECT_EQ(page["packets"][0]["background"], "fce0ff");
    const auto all = dissected_list(frames, 2);
    ASSERT_EQ(all["packets"].size(), 2u);
    EXPECT_TRUE(all["is_last"]);
    EXPECT_EQ(all["packets"][1]["number"], 9);
    EXPECT_TRUE(all["packets"][1]["background"].is_null());
    EXPECT_EQ(all["columns"].size(), 7u);
}

TEST(DissectedStream, IsCutBetweenPieces) {
    const json follow = json::parse(R"({"chost": "10.0.0.1", "cport": "1000", "cbytes": 5,
        "shost": "10.0.0.2", "sport": "80", "sbytes": 3,
        "payloads": [{"n": 4, "d": "R0VU"}, {"n": 6, "d": "MjAwT0s=", "s": 1}]})");
    const auto whole = dissected_stream(follow, 100);
    EXPECT_TRUE(whole["is_whole"]);
    EXPECT_FALSE(whole["pieces"][0]["is_from_server"]);
    EXPECT_TRUE(whole["pieces"][1]["is_from_server"]);
    // What each side has sent.
    EXPECT_EQ(whole["client"]["bytes"], 3);
    EXPECT_EQ(whole["server"]["bytes"], 5);
    const auto cut = dissected_stream(follow, 11);
    EXPECT_FALSE(cut["is_whole"]);
    EXPECT_EQ(cut["pieces"].size(), 1u);
}

TEST(DisplayFields, AreSoManyAtMost) {
    const json said = json::parse(R"({"field": [{"f": "tcp.port", "t": 5, "n": "Port"}, {}]})");
    EXPECT_EQ(display_fields(said, 9)["fields"].size(), 2u);
    EXPECT_EQ(display_fields(said, 1)["fields"][0]["label"], "Port");
    EXPECT_EQ(display_fields(said, 1)["fields"].size(), 1u);
}

}  // namespace
}  // namespace baleen::endpoints
