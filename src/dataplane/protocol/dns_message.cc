#include "dataplane/protocol/dns_message.h"

#include "dataplane/protocol/dns_name.h"
#include "dataplane/protocol/dns_record.h"
#include "dataplane/protocol/dns_type.h"

namespace baleen::protocol {
namespace {

constexpr size_t question_bytes_min = 5;  // the root, type and class
constexpr size_t record_bytes_min = 11;
constexpr uint32_t opcode_max = 6;       // stateful operations, RFC 8490
constexpr uint16_t class_bits = 0x7fff;  // the other one is mDNS's own (RFC 6762 section 18)

bool is_class_known(uint16_t value) {
    const uint16_t record_class = value & class_bits;
    return record_class == 1 || record_class == 3 || record_class == 4 ||  // IN, CH, HS
           record_class == 254 || record_class == 255;                     // NONE, ANY
}

}  // namespace

DnsHeader::DnsHeader(Bytes message) {
    Cursor cursor(message);
    id = cursor.be16();
    flags = cursor.be16();
    questions = cursor.be16();
    answers = cursor.be16();
    authorities = cursor.be16();
    additionals = cursor.be16();
}

size_t DnsHeader::message_bytes_min() const {
    return header_bytes + questions * question_bytes_min + records() * record_bytes_min;
}

bool read_dns_question(Bytes message, size_t& at, DnsQuestion& question) {
    const size_t name_end = skip_name(message, at);
    if (name_end == 0 || message.size() - name_end < 4) return false;
    question = {at, base::load_be16(message.data() + name_end),
                base::load_be16(message.data() + name_end + 2)};
    at = name_end + 4;
    return true;
}

bool is_dns_well_formed(const DnsHeader& header, Bytes message) {
    size_t at = DnsHeader::header_bytes;
    if (header.questions != 1) return false;
    DnsQuestion question;
    if (!read_dns_question(message, at, question)) return false;
    const bool is_internet = question.question_class == 1 || question.question_class == 3 ||
                             question.question_class == 255;
    if (!is_internet || !is_dns_type_known(question.type) || question.type == dns_type::nimloc)
        return false;
    DnsRecord record;
    for (uint32_t left = header.records(); left > 0; left--)
        if (!read_dns_record(message, at, record)) return false;
    return at == message.size();
}

bool is_dns_plausible(const DnsHeader& header, Bytes message) {
    if (header.opcode() > opcode_max) return is_dns_well_formed(header, message);
    if (header.questions == 0 && header.records() == 0)
        return message.size() == DnsHeader::header_bytes && header.is_response();
    size_t at = DnsHeader::header_bytes;
    DnsQuestion question;
    if (!read_dns_question(message, at, question)) return false;
    return is_class_known(question.question_class) || question.type == dns_type::opt ||
           (is_dns_type_known(question.type) && header.opcode() == 0);
}

bool is_dns_strict(const DnsHeader& header) {
    if (header.questions != 1 || header.opcode() != 0 || header.has(DnsHeader::z)) return false;
    if (header.is_response()) return header.rcode() <= 5 && header.answers <= 256;
    return header.rcode() == 0 && header.answers == 0 && header.authorities == 0 &&
           header.additionals <= 2 && !header.has(DnsHeader::aa | DnsHeader::tc | DnsHeader::ra);
}

}  // namespace baleen::protocol
