// docs/formats.md tells programs of others where each field stands; this holds it to the headers.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "baleen/app_event.h"
#include "baleen/command.h"
#include "baleen/match_event.h"
#include "baleen/record.h"
#include "baleen/ring.h"
#include "packets/chunk.h"
#include "packets/index_format.h"

namespace baleen {
namespace {

std::string read_document(const std::string& name = "formats.md") {
    std::ifstream file(std::string(BALEEN_SOURCE_ROOT) + "/docs/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// The section that begins with `heading`, up to the next one.
std::string section(const std::string& document, const std::string& heading) {
    const size_t begin = document.find(heading);
    EXPECT_NE(begin, std::string::npos) << heading;
    return document.substr(begin, document.find("\n## ", begin + 1) - begin);
}

void expect_row(const std::string& text, size_t offset, size_t bytes, const std::string& field) {
    const std::string row =
        "| " + std::to_string(offset) + " | " + std::to_string(bytes) + " | `" + field + "` |";
    EXPECT_NE(text.find(row), std::string::npos) << row << " is not in docs/formats.md";
}

#define EXPECT_FIELD(text, type, field) \
    expect_row(text, offsetof(type, field), sizeof(type::field), #field)

TEST(Formats, DocumentEveryFieldOfTheFlowRecord) {
    const std::string text = section(read_document(), "## Flow record");
    using record::Direction;
    using record::FlowRecord;
    EXPECT_NE(text.find(std::to_string(record::fixed_record_bytes) + " bytes"), std::string::npos);
    EXPECT_TRUE(text.starts_with("## Flow record, version " + std::to_string(record::flow_version)))
        << text.substr(0, 40);
    EXPECT_FIELD(text, FlowRecord, flow_id);
    EXPECT_FIELD(text, FlowRecord, first_ns);
    EXPECT_FIELD(text, FlowRecord, last_ns);
    EXPECT_FIELD(text, FlowRecord, initiator_address);
    EXPECT_FIELD(text, FlowRecord, responder_address);
    EXPECT_FIELD(text, FlowRecord, initiator_port);
    EXPECT_FIELD(text, FlowRecord, responder_port);
    EXPECT_FIELD(text, FlowRecord, protocol);
    EXPECT_FIELD(text, FlowRecord, ip_version);
    EXPECT_FIELD(text, FlowRecord, end_reason);
    EXPECT_FIELD(text, FlowRecord, flags);
    EXPECT_FIELD(text, FlowRecord, vlan_ids);
    EXPECT_FIELD(text, FlowRecord, icmp_type);
    EXPECT_FIELD(text, FlowRecord, icmp_code);
    EXPECT_FIELD(text, FlowRecord, port_index);
    EXPECT_FIELD(text, FlowRecord, part);
    EXPECT_FIELD(text, FlowRecord, initiator);
    EXPECT_FIELD(text, FlowRecord, responder);
    EXPECT_FIELD(text, FlowRecord, initiator_reason);
    EXPECT_FIELD(text, Direction, packets);
    EXPECT_FIELD(text, Direction, ip_bytes);
    EXPECT_FIELD(text, Direction, wire_bytes);
    EXPECT_FIELD(text, Direction, payload_bytes);
    EXPECT_FIELD(text, Direction, gap_mean_ns);
    EXPECT_FIELD(text, Direction, gap_stddev_ns);
    EXPECT_FIELD(text, Direction, size_min);
    EXPECT_FIELD(text, Direction, size_max);
    EXPECT_FIELD(text, Direction, tcp_flags);
    EXPECT_FIELD(text, Direction, tos);
    EXPECT_FIELD(text, Direction, ttl_min);
    EXPECT_FIELD(text, Direction, ttl_max);
}

TEST(Formats, DocumentEveryFieldOfTheSections) {
    const std::string text = section(read_document(), "## Flow record");
    using record::Tcp;
    EXPECT_NE(text.find("The section `Tcp` (" + std::to_string(sizeof(record::Tcp)) + " bytes)"),
              std::string::npos);
    EXPECT_FIELD(text, Tcp, initiator);
    EXPECT_FIELD(text, Tcp, responder);
    EXPECT_FIELD(text, Tcp, responder_rtt_ns);
    EXPECT_FIELD(text, Tcp, initiator_rtt_ns);
    EXPECT_FIELD(text, Tcp, conn_state);
    EXPECT_FIELD(text, Tcp, history);
    using record::TcpSide;
    EXPECT_FIELD(text, TcpSide, missed_bytes);
    EXPECT_FIELD(text, TcpSide, retransmissions);
    EXPECT_FIELD(text, TcpSide, out_of_order);
    EXPECT_FIELD(text, TcpSide, gaps);
    EXPECT_FIELD(text, TcpSide, zero_windows);
    EXPECT_FIELD(text, TcpSide, window_min);
    EXPECT_FIELD(text, TcpSide, window_max);
    EXPECT_FIELD(text, TcpSide, mss);
    EXPECT_FIELD(text, TcpSide, resets);
    EXPECT_FIELD(text, TcpSide, keep_alives);
    EXPECT_FIELD(text, TcpSide, window_scale);
    EXPECT_FIELD(text, TcpSide, options);
    using record::Matches;
    EXPECT_FIELD(text, Matches, hits);
    EXPECT_FIELD(text, Matches, suppressed);
    EXPECT_FIELD(text, Matches, rule_count);
    EXPECT_FIELD(text, Matches, severity);
    EXPECT_FIELD(text, Matches, actions);
    EXPECT_FIELD(text, Matches, rule_ids);
    using record::Application;
    EXPECT_FIELD(text, Application, app_proto);
    EXPECT_FIELD(text, Application, field_bytes);
    EXPECT_FIELD(text, Application, events);
    EXPECT_NE(text.find("up to " + std::to_string(record::application_bytes_max)),
              std::string::npos);
    using record::Encapsulation;
    EXPECT_FIELD(text, Encapsulation, outer_initiator);
    EXPECT_FIELD(text, Encapsulation, outer_responder);
    EXPECT_FIELD(text, Encapsulation, quoted_destination);
    EXPECT_FIELD(text, Encapsulation, tunnel_ids);
    EXPECT_FIELD(text, Encapsulation, quoted_src_port);
    EXPECT_FIELD(text, Encapsulation, quoted_dst_port);
    EXPECT_FIELD(text, Encapsulation, quoted_protocol);
    EXPECT_FIELD(text, Encapsulation, tunnel_type);
    EXPECT_FIELD(text, Encapsulation, tunnel_depth);
    EXPECT_FIELD(text, Encapsulation, outer_ip_version);
}

TEST(Formats, DocumentEveryFieldOfTheMatchEvent) {
    const std::string text = section(read_document(), "## Match event");
    using record::MatchEvent;
    EXPECT_NE(text.find(std::to_string(sizeof(MatchEvent)) + " bytes"), std::string::npos);
    EXPECT_FIELD(text, MatchEvent, flow_id);
    EXPECT_FIELD(text, MatchEvent, time_ns);
    EXPECT_FIELD(text, MatchEvent, offset);
    EXPECT_FIELD(text, MatchEvent, src);
    EXPECT_FIELD(text, MatchEvent, dst);
    EXPECT_FIELD(text, MatchEvent, src_port);
    EXPECT_FIELD(text, MatchEvent, dst_port);
    EXPECT_FIELD(text, MatchEvent, protocol);
    EXPECT_FIELD(text, MatchEvent, ip_version);
    EXPECT_FIELD(text, MatchEvent, port_index);
    EXPECT_FIELD(text, MatchEvent, gid);
    EXPECT_FIELD(text, MatchEvent, id);
    EXPECT_FIELD(text, MatchEvent, rev);
    EXPECT_FIELD(text, MatchEvent, generation);
    EXPECT_FIELD(text, MatchEvent, severity);
    EXPECT_FIELD(text, MatchEvent, action);
    EXPECT_FIELD(text, MatchEvent, side);
    EXPECT_FIELD(text, MatchEvent, flags);
    EXPECT_FIELD(text, MatchEvent, rate_kind);
    EXPECT_FIELD(text, MatchEvent, rate_track);
    EXPECT_FIELD(text, MatchEvent, vlan_ids);
    EXPECT_FIELD(text, MatchEvent, rate_count);
    EXPECT_FIELD(text, MatchEvent, rate_seconds);
    EXPECT_FIELD(text, MatchEvent, suppressed);
    EXPECT_FIELD(text, MatchEvent, name_bytes);
    EXPECT_FIELD(text, MatchEvent, classtype_bytes);
    EXPECT_FIELD(text, MatchEvent, excerpt_bytes);
}

TEST(Formats, DocumentEveryFieldOfTheApplicationEvent) {
    const std::string text = section(read_document(), "## Application event");
    using record::AppEvent;
    EXPECT_NE(text.find(std::to_string(sizeof(AppEvent)) + " bytes"), std::string::npos);
    EXPECT_NE(text.find("up to " + std::to_string(record::app_field_bytes_max)), std::string::npos);
    EXPECT_FIELD(text, AppEvent, flow_id);
    EXPECT_FIELD(text, AppEvent, time_ns);
    EXPECT_FIELD(text, AppEvent, initiator_address);
    EXPECT_FIELD(text, AppEvent, responder_address);
    EXPECT_FIELD(text, AppEvent, initiator_port);
    EXPECT_FIELD(text, AppEvent, responder_port);
    EXPECT_FIELD(text, AppEvent, protocol);
    EXPECT_FIELD(text, AppEvent, ip_version);
    EXPECT_FIELD(text, AppEvent, port_index);
    EXPECT_FIELD(text, AppEvent, app_proto);
    EXPECT_FIELD(text, AppEvent, flags);
    EXPECT_FIELD(text, AppEvent, vlan_ids);
    EXPECT_FIELD(text, AppEvent, number);
    EXPECT_FIELD(text, AppEvent, suppressed);
    EXPECT_FIELD(text, AppEvent, field_bytes);
    EXPECT_FIELD(text, AppEvent, reserved);
    const std::string fields = section(read_document(), "## Fields of application protocols");
    using application::FieldHead;
    EXPECT_FIELD(fields, FieldHead, number);
    EXPECT_FIELD(fields, FieldHead, bytes);
}

TEST(Formats, DocumentEveryFieldOfTheRing) {
    const std::string text = section(read_document(), "## Ring segment");
    using ring::FrameHeader;
    using ring::SegmentHeader;
    EXPECT_FIELD(text, SegmentHeader, magic);
    EXPECT_FIELD(text, SegmentHeader, version);
    EXPECT_FIELD(text, SegmentHeader, header_bytes);
    EXPECT_FIELD(text, SegmentHeader, capacity_bytes);
    EXPECT_FIELD(text, SegmentHeader, run_id);
    EXPECT_FIELD(text, SegmentHeader, worker);
    EXPECT_FIELD(text, SegmentHeader, worker_count);
    EXPECT_FIELD(text, SegmentHeader, head_bytes);
    EXPECT_FIELD(text, SegmentHeader, frames_written);
    EXPECT_FIELD(text, SegmentHeader, frames_dropped);
    EXPECT_FIELD(text, SegmentHeader, closed);
    EXPECT_FIELD(text, SegmentHeader, tail_bytes);
    EXPECT_FIELD(text, SegmentHeader, frames_consumed);
    EXPECT_FIELD(text, SegmentHeader, reader_state);
    EXPECT_FIELD(text, FrameHeader, payload_bytes);
    EXPECT_FIELD(text, FrameHeader, type);
    EXPECT_FIELD(text, FrameHeader, version);
    EXPECT_FIELD(text, FrameHeader, sequence);
}

TEST(Formats, DocumentEveryFieldOfTheSocketMessages) {
    const std::string text = section(read_document(), "## Socket messages");
    using command::Attached;
    using command::MessageHeader;
    EXPECT_FIELD(text, MessageHeader, magic);
    EXPECT_FIELD(text, MessageHeader, version);
    EXPECT_FIELD(text, MessageHeader, type);
    EXPECT_FIELD(text, MessageHeader, message_bytes);
    EXPECT_FIELD(text, Attached, run_id);
    EXPECT_FIELD(text, Attached, worker_count);
}

TEST(Formats, DocumentEveryApplicationProtocol) {
    const std::string text = read_document("protocols.md");
    for (const application::AppProtoInfo& proto : application::app_protos) {
        const std::string row =
            "| `" + std::string(proto.name) + "` | `" + std::string(proto.event) + "` |";
        EXPECT_NE(text.find(row), std::string::npos) << row << " is not in docs/protocols.md";
    }
}

TEST(Formats, DocumentFilesOfPackets) {
    using packets::ChunkBlock;
    using packets::ChunkRow;
    using packets::IndexHeader;
    const std::string files = section(read_document("packets.md"), "## Files");
    EXPECT_FIELD(files, ChunkBlock, type);
    EXPECT_FIELD(files, ChunkBlock, block_bytes);
    EXPECT_FIELD(files, ChunkBlock, magic);
    EXPECT_FIELD(files, ChunkBlock, sequence);
    EXPECT_FIELD(files, ChunkBlock, first_ns);
    EXPECT_FIELD(files, ChunkBlock, last_ns);
    EXPECT_FIELD(files, ChunkBlock, wire_bytes);
    EXPECT_FIELD(files, ChunkBlock, worker);
    EXPECT_FIELD(files, ChunkBlock, chunk_bytes);
    EXPECT_FIELD(files, ChunkBlock, packets);
    EXPECT_FIELD(files, ChunkBlock, flows);
    EXPECT_FIELD(files, ChunkBlock, block_bytes_again);
    const std::string index = section(read_document("packets.md"), "## Index");
    EXPECT_FIELD(index, ChunkRow, offset);
    EXPECT_FIELD(index, ChunkRow, stored_bytes);
    EXPECT_FIELD(index, ChunkRow, chunk_bytes);
    EXPECT_FIELD(index, ChunkRow, first_ns);
    EXPECT_FIELD(index, ChunkRow, last_ns);
    EXPECT_FIELD(index, ChunkRow, sequence);
    EXPECT_FIELD(index, ChunkRow, worker);
    EXPECT_FIELD(index, ChunkRow, packets);
    EXPECT_FIELD(index, ChunkRow, key_count);
    EXPECT_FIELD(index, IndexHeader, magic);
    EXPECT_FIELD(index, IndexHeader, version);
    EXPECT_FIELD(index, IndexHeader, chunk_count);
    EXPECT_FIELD(index, IndexHeader, posting_count);
    EXPECT_FIELD(index, IndexHeader, first_ns);
    EXPECT_FIELD(index, IndexHeader, last_ns);
    EXPECT_FIELD(index, IndexHeader, file_bytes);
}

}  // namespace
}  // namespace baleen
