// A compiled ruleset with damages: it is refused, or all of it can be read and its rules judged.
//
// The input is a list of damages to a whole one, 4 bytes each (where: 2, how: 1, with what: 1), as
// the tables that take most of the space are of no interest. An input that begins like a ruleset is
// taken as one.
#include <cstdint>
#include <memory>

#include "base/assert.h"
#include "base/byte_reader.h"
#include "dataplane/match/judge.h"
#include "tests/support/ruleset_walk.h"
#include "tests/support/sample_ruleset.h"

using namespace baleen;

namespace {

test::ImageBytes image_of(const uint8_t* data, size_t size) {
    static const test::ImageBytes sample = test::sample_ruleset();
    if (size >= 8 && base::load<uint64_t>(data) == ruleset::image_magic)
        return test::ImageBytes({data, size});
    test::ImageBytes bytes = sample;
    const auto image = bytes.span();
    const ruleset::Header header = bytes.header();
    const uint64_t tables_end =
        header.port_classes.offset + sizeof(ruleset::PortClasses) * ruleset::port_table_count;
    const uint64_t tables_bytes = tables_end - header.group_of.offset;
    for (; size >= 4; data += 4, size -= 4) {
        uint64_t where = base::load_be16(data) % (image.size() - tables_bytes);
        if (where >= header.group_of.offset) where += tables_bytes;
        switch (data[2] % 3) {
            case 0: image[where] = data[3]; break;
            case 1: image[where] = static_cast<uint8_t>(image[where] + data[3]); break;
            default:  // a whole word
                for (uint64_t i = where & ~uint64_t{3}; i < (where | 3) + 1; i++)
                    image[i % image.size()] = data[3];
        }
    }
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const std::unique_ptr<match::Scratch> scratch = std::move(*match::Scratch::create());
    const test::ImageBytes bytes = image_of(data, size);
    const auto image = ruleset::Image::open(bytes.span());
    if (!image) {
        BALEEN_ASSERT(!image.error().message.empty());
        return 0;
    }
    // A checksum of bytes stays below their number times 255, whatever is counted twice.
    BALEEN_ASSERT(test::read_all(*image) < UINT64_MAX / 2);
    const auto judge = match::Judge::create(*image);
    if (!judge) return 0;
    static constexpr uint8_t buffer[] = "abcd 12 \x01\x02\x03";
    for (const ruleset::Rule& rule : image->rules()) judge->judge(rule, buffer, *scratch);
    return 0;
}
