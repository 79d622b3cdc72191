// Rulesets offered to a worker: which it uses, and when it has left one.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "dataplane/match/matcher.h"
#include "rules/compile/compile.h"
#include "tests/support/flow_harness.h"

namespace baleen::match {
namespace {

constexpr MatchSettings settings = {.streams = {.contexts_max = 64,
                                                .buffer_bytes = 64 << 10,
                                                .buffer_bytes_per_direction = 16 << 10,
                                                .depth_bytes = 4096},
                                    .state_bytes = 1 << 20,
                                    .kept_bytes = 64 << 10,
                                    .events_per_flow = 10,
                                    .events_per_second = 1000,
                                    .excerpt_bytes = 16};

base::Mapping compiled_rule() {
    rules::RuleSet set;
    rules::load_text(
        "[[rule]]\nid = 1\nname = \"n\"\nprotocol = \"tcp\"\nliterals = [\"needle\"]\n",
        "rules.toml", {}, set);
    auto compiled = rules::compile::compile_rules(set, {});
    EXPECT_TRUE(compiled);
    const auto image = compiled->image.span();
    void* data =
        ::mmap(nullptr, image.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memcpy(data, image.data(), image.size());
    return {data, image.size()};
}

class Worker {
public:
    Worker() { flows_.tracker().add_end_listener(matcher_); }
    void turn() {
        batch_.count = 0;
        matcher_.begin_batch(batch_);
        flows_.tracker().account_batch(batch_, none_);
        matcher_.match_batch();
    }
    Matcher& matcher() { return matcher_; }

private:
    static flow::FlowSettings flow_settings() {
        flow::FlowSettings out = test::usual_settings;
        out.matches = true;
        return out;
    }
    test::FlowHarness flows_{flow_settings()};
    ring::NewRing ring_ = std::move(*ring::create_ring(limits::ring_bytes_min, 1, 0, 1));
    ring::Writer writer_{ring_.view};
    Matcher matcher_{std::move(*MatchMemory::create(settings, flows_.tracker().capacity())),
                     settings, flows_.tracker(), writer_, flows_.counters()};
    packet::Batch batch_, none_;
};

std::unique_ptr<Generation> generation(uint32_t number) {
    StreamMemory::install();
    auto loaded = Generation::load(compiled_rule(), number, settings, 1);
    EXPECT_TRUE(loaded);
    return std::move(*loaded);
}

TEST(Matcher, LeavesARulesetForTheNextOneWithoutTraffic) {
    const auto one = generation(1), two = generation(2);
    Worker worker;
    worker.matcher().offer(&one->of_worker(0));
    worker.turn();
    EXPECT_FALSE(one->all_have_left());
    worker.matcher().offer(&two->of_worker(0));
    EXPECT_FALSE(one->all_have_left()) << "the worker may be using it";
    worker.turn();
    EXPECT_TRUE(one->all_have_left());
    EXPECT_FALSE(two->all_have_left());
}

TEST(Matcher, NeverNeedsARulesetThatWasReplacedBeforeItWasSeen) {
    const auto one = generation(1), two = generation(2), three = generation(3);
    Worker worker;
    worker.matcher().offer(&one->of_worker(0));
    worker.turn();
    worker.matcher().offer(&two->of_worker(0));
    worker.matcher().offer(&three->of_worker(0));
    EXPECT_TRUE(two->all_have_left());
    worker.turn();
    EXPECT_TRUE(one->all_have_left());
    EXPECT_FALSE(three->all_have_left());
}

}  // namespace
}  // namespace baleen::match
