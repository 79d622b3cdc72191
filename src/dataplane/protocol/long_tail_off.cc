// A build without nDPI: there is no long tail to ask.
#include "dataplane/protocol/long_tail.h"

namespace baleen::protocol {

struct LongTail::Module {};

LongTail::~LongTail() = default;

base::Result<std::unique_ptr<LongTail>> LongTail::create() {
    return base::Error{"this build has no nDPI: meson setup -Dndpi=true"};
}

void LongTail::begin() {}
void LongTail::look_at(const Turn&, Bytes) {}
std::string_view LongTail::name() { return {}; }
uint32_t LongTail::blocks_in_use() const { return 0; }
uint64_t LongTail::refused() const { return 0; }

}  // namespace baleen::protocol
