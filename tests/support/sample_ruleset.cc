#include "tests/support/sample_ruleset.h"

namespace baleen::test {

using namespace ruleset;

ImageBytes sample_ruleset() {
    RulesetBuilder builder;
    RuleDraft first(7);
    first.name = "first";
    first.classtype = "trojan-activity";
    first.src = {address_range("10.0.0.1-10.0.0.9")};
    first.tests = {field_test(Field::ttl, 1, 5)};
    first.step(literal("abc").length(3))
        .step(regex("d+"))
        .step(byte_extract(2, 1, 0))
        .step(byte_test(1, Compare::less, 0, 3, 0))
        .step(byte_test(4, Compare::less, 0).text(16));
    builder.add(first);
    builder.add(RuleDraft(8).step(literal("x")));
    const uint32_t packets = builder.add_database("of packets", DatabaseMode::block, 1);
    const uint32_t streams = builder.add_database("of streams", DatabaseMode::stream, 1, 99);
    builder.add_pattern({0, 1});
    GroupDraft group;
    group.packet_database = packets;
    group.stream_database = streams;
    group.packet_rules = {1};
    group.stream_rules = {0};
    group.keeps_bytes = true;
    builder.add_group({});
    const uint32_t web = builder.add_group(group);
    builder.set_port_class(Protocol::tcp, Side::to_server, 80, 3);
    builder.set_group(Protocol::tcp, Side::to_server, 3, web);
    return builder.build();
}

}  // namespace baleen::test
