// Pieces of a handshake in any order: laid out as one stream, whatever is missing or comes twice.
#include <gtest/gtest.h>

#include <numeric>

#include "dataplane/protocol/quic_stream.h"

namespace baleen::protocol::quic {
namespace {

std::vector<uint8_t> stream_of(size_t bytes) {
    std::vector<uint8_t> stream(bytes);
    std::iota(stream.begin(), stream.end(), uint8_t{1});
    return stream;
}

std::unique_ptr<StreamLayout> make_layout() { return std::make_unique<StreamLayout>(); }

TEST(StreamLayout, GrowsWhenAHoleIsFilled) {
    const auto stream = stream_of(700);
    const Bytes all(stream);
    const auto layout = make_layout();
    EXPECT_EQ(layout->put(300, all.subspan(300, 400)), 400u);
    EXPECT_TRUE(layout->front(0).empty());
    EXPECT_EQ(layout->front(300).size(), 400u);
    EXPECT_EQ(layout->put(0, all.first(310)), 300u);
    EXPECT_EQ(layout->put(100, all.subspan(100, 100)), 0u);
    EXPECT_TRUE(std::ranges::equal(layout->front(0), all));
    layout->clear();
    EXPECT_TRUE(layout->front(0).empty());
    EXPECT_EQ(layout->put(0, all.first(1)), 1u);
    EXPECT_EQ(layout->front(0).size(), 1u);
}

TEST(StreamLayout, TakesNothingBeyondItsBounds) {
    const auto stream = stream_of(100);
    const auto layout = make_layout();
    EXPECT_EQ(layout->put(stream_bytes_max - 10, stream), 10u);
    EXPECT_EQ(layout->put(stream_bytes_max, stream), 0u);
    EXPECT_EQ(layout->put(UINT64_MAX - 5, stream), 0u);
    EXPECT_EQ(layout->front(stream_bytes_max - 10).size(), 10u);
    EXPECT_TRUE(layout->front(UINT16_MAX).empty());
}

TEST(StreamLayout, IsWholeWhateverTheOrder) {
    const auto stream = stream_of(2000);
    const auto layout = make_layout();
    // Steps of a generator of all places: 7 has no divisor in common with their number.
    constexpr size_t piece_bytes = 40, pieces = 50, step = 7;
    for (size_t i = 0, at = 0; i < pieces; i++, at = (at + step) % pieces) {
        EXPECT_LT(layout->front(0).size(), stream.size());
        layout->put(at * piece_bytes, Bytes(stream).subspan(at * piece_bytes, piece_bytes));
    }
    EXPECT_TRUE(std::ranges::equal(layout->front(0), stream));
}

TEST(KeptPieces, AreLaidOutAgain) {
    const auto stream = stream_of(5000);
    auto memory = stream::KeptBytes::create(1u << 20, 64 * 1024);
    ASSERT_TRUE(memory);
    KeptPieces pieces{};
    ASSERT_TRUE(pieces.add(*memory, 2500, Bytes(stream).subspan(2500)));
    ASSERT_TRUE(pieces.add(*memory, 0, Bytes(stream).first(2600)));
    const auto layout = make_layout();
    pieces.lay_out(*memory, *layout);
    EXPECT_TRUE(std::ranges::equal(layout->front(0), stream));
    memory->release(pieces.kept);
    EXPECT_EQ(memory->blocks_in_use(), 0u);
}

TEST(KeptPieces, AreBoundedHoweverOftenTheyCome) {
    const auto stream = stream_of(1000);
    auto memory = stream::KeptBytes::create(1u << 20, 64 * 1024);
    ASSERT_TRUE(memory);
    KeptPieces pieces{};
    uint32_t taken = 0;
    while (taken < 1000 && pieces.add(*memory, 0, stream)) taken++;
    EXPECT_GT(taken, 16u);
    EXPECT_LT(taken, 40u);
    memory->release(pieces.kept);
}

}  // namespace
}  // namespace baleen::protocol::quic
