// What an Initial packet of QUIC holds once it is opened, which a fuzzer of packets never sees:
// frames, the stream they make, and the hello in it. The first byte is the layout and whether the
// hello has Google's tags.
#include <cstdlib>

#include "dataplane/protocol/quic_frames.h"
#include "dataplane/protocol/quic_hello.h"
#include "dataplane/protocol/quic_stream.h"

using namespace baleen::protocol;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static quic::StreamLayout layout;
    static FieldWriter event;
    Cursor input({data, size});
    const uint8_t kind = input.u8();
    const auto frames_of = static_cast<quic::Layout>(1 + (kind & 3));
    const bool has_tags = (kind & 4) != 0;
    quic::HandshakeFrames frames(input.rest(), frames_of, (kind & 8) != 0);
    layout.clear();
    size_t fresh = 0;
    while (frames.next()) {
        if (frames.bytes().size() > size) std::abort();
        fresh += layout.put(frames.offset(), frames.bytes());
    }
    const Bytes front = layout.front(0);
    if (front.size() > fresh) std::abort();
    event.clear();
    const size_t bytes = quic::hello_bytes(front, has_tags);
    quic::write_client_hello(event, front, has_tags);
    if (bytes != 0 && bytes <= front.size() && !has_tags)
        quic::write_server_hello(event, front.first(bytes));
    return 0;
}
