// What sharkd says: any line is passed over or read, and what was read is told in the API's words.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/endpoints/dissection_json.h"
#include "control/sharkd/sharkd.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace baleen;
    const auto reply = sharkd::read_reply({reinterpret_cast<const char*>(data), size}, 1);
    if (!reply || reply->kind != sharkd::Reply::Kind::answered) return 0;
    const auto list = endpoints::dissected_list(reply->result, 2);
    if (list["packets"].size() > 2) std::abort();
    const auto packet = endpoints::dissected_packet(reply->result, 1);
    if (!packet["tree"].is_array() || packet["sources"].empty()) std::abort();
    if (!endpoints::dissected_stream(reply->result, 64)["pieces"].is_array()) std::abort();
    if (endpoints::display_fields(reply->result, 3)["fields"].size() > 3) std::abort();
    return 0;
}
