#include "record/app_complete.h"

namespace baleen::record {

std::vector<uint8_t> complete_fields(std::span<const uint8_t> fields) {
    return {fields.begin(), fields.end()};
}

}  // namespace baleen::record
