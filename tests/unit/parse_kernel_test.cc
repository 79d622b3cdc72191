#include "packet/parse_kernel.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace baleen::packet {
namespace {

class ParseKernelChoice : public testing::Test {
protected:
    void SetUp() override { ::unsetenv("BALEEN_KERNEL"); }
    void TearDown() override { ::unsetenv("BALEEN_KERNEL"); }
};

TEST_F(ParseKernelChoice, TakesTheWidestThatRunsHere) {
    const auto kernel = choose_parse_kernel("auto");
    ASSERT_TRUE(kernel);
    std::string_view widest;
    for (const ParseKernel& built : parse_kernels())
        if (built.runs_here) widest = built.name;
    EXPECT_EQ(kernel->name, widest);
}

TEST_F(ParseKernelChoice, TakesTheOneThatIsNamed) {
    for (const ParseKernel& built : parse_kernels()) {
        const auto kernel = choose_parse_kernel(built.name);
        if (built.runs_here) {
            ASSERT_TRUE(kernel);
            EXPECT_EQ(kernel->name, built.name);
            EXPECT_EQ(kernel->parse_batch, built.parse_batch);
        } else {
            ASSERT_FALSE(kernel);
            EXPECT_NE(kernel.error().message.find("CPU lacks"), std::string::npos);
        }
    }
    const auto unknown = choose_parse_kernel("sse9");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().message,
              "there is no parser kernel \"sse9\"; there are auto, scalar, avx2, avx512");
}

TEST_F(ParseKernelChoice, TheEnvironmentGoesBeforeTheConfiguration) {
    ::setenv("BALEEN_KERNEL", "scalar", 1);
    auto kernel = choose_parse_kernel("auto");
    ASSERT_TRUE(kernel);
    EXPECT_EQ(kernel->name, "scalar");
    ::setenv("BALEEN_KERNEL", "mmx", 1);
    EXPECT_FALSE(choose_parse_kernel("scalar"));
    ::setenv("BALEEN_KERNEL", "", 1);
    EXPECT_TRUE(choose_parse_kernel("scalar"));
}

}  // namespace
}  // namespace baleen::packet
