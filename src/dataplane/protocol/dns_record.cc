#include "dataplane/protocol/dns_record.h"

#include <algorithm>

#include "dataplane/protocol/dns_svcb.h"
#include "dataplane/protocol/dns_type.h"
#include "dataplane/protocol/hex_text.h"

namespace baleen::protocol {
namespace {

constexpr Field none = Field::none;

// Where each section has its values; `none` where it has no place for them.
struct SectionFields {
    Field object, rrname, rrtype, ttl, rdata, address, preference;
    Field srv_priority, srv_weight, srv_port, srv_name;
    Field soa_mname, soa_rname, soa_serial, soa_refresh, soa_retry, soa_expire, soa_minimum;
    Field sshfp_algo, sshfp_type, sshfp_fingerprint;
    bool has_svcb;
};

constexpr SectionFields answer_fields = {
    .object = Field::dns_answers,
    .rrname = Field::dns_answer_rrname,
    .rrtype = Field::dns_answer_rrtype,
    .ttl = Field::dns_answer_ttl,
    .rdata = Field::dns_answer_rdata,
    .address = Field::dns_answer_address,
    .preference = Field::dns_answer_mx_preference,
    .srv_priority = Field::dns_answer_srv_priority,
    .srv_weight = Field::dns_answer_srv_weight,
    .srv_port = Field::dns_answer_srv_port,
    .srv_name = Field::dns_answer_srv_name,
    .soa_mname = Field::dns_answer_soa_mname,
    .soa_rname = Field::dns_answer_soa_rname,
    .soa_serial = Field::dns_answer_soa_serial,
    .soa_refresh = Field::dns_answer_soa_refresh,
    .soa_retry = Field::dns_answer_soa_retry,
    .soa_expire = Field::dns_answer_soa_expire,
    .soa_minimum = Field::dns_answer_soa_minimum,
    .sshfp_algo = Field::dns_answer_sshfp_algo,
    .sshfp_type = Field::dns_answer_sshfp_type,
    .sshfp_fingerprint = Field::dns_answer_sshfp_fingerprint,
    .has_svcb = true,
};

// Referrals (NS), negative answers (SOA), and what a host of mDNS is about to claim (SRV).
constexpr SectionFields authority_fields = {
    .object = Field::dns_authorities,
    .rrname = Field::dns_authority_rrname,
    .rrtype = Field::dns_authority_rrtype,
    .ttl = Field::dns_authority_ttl,
    .rdata = Field::dns_authority_rdata,
    .address = Field::dns_authority_address,
    .preference = none,
    .srv_priority = Field::dns_authority_srv_priority,
    .srv_weight = Field::dns_authority_srv_weight,
    .srv_port = Field::dns_authority_srv_port,
    .srv_name = Field::dns_authority_srv_name,
    .soa_mname = Field::dns_authority_soa_mname,
    .soa_rname = Field::dns_authority_soa_rname,
    .soa_serial = Field::dns_authority_soa_serial,
    .soa_refresh = Field::dns_authority_soa_refresh,
    .soa_retry = Field::dns_authority_soa_retry,
    .soa_expire = Field::dns_authority_soa_expire,
    .soa_minimum = Field::dns_authority_soa_minimum,
    .sshfp_algo = none,
    .sshfp_type = none,
    .sshfp_fingerprint = none,
    .has_svcb = false,
};

// Addresses of servers, and in mDNS what a service is made of.
constexpr SectionFields additional_fields = {
    .object = Field::dns_additionals,
    .rrname = Field::dns_additional_rrname,
    .rrtype = Field::dns_additional_rrtype,
    .ttl = Field::dns_additional_ttl,
    .rdata = Field::dns_additional_rdata,
    .address = Field::dns_additional_address,
    .preference = none,
    .srv_priority = Field::dns_additional_srv_priority,
    .srv_weight = Field::dns_additional_srv_weight,
    .srv_port = Field::dns_additional_srv_port,
    .srv_name = Field::dns_additional_srv_name,
    .soa_mname = none,
    .soa_rname = none,
    .soa_serial = none,
    .soa_refresh = none,
    .soa_retry = none,
    .soa_expire = none,
    .soa_minimum = none,
    .sshfp_algo = none,
    .sshfp_type = none,
    .sshfp_fingerprint = none,
    .has_svcb = false,
};

const SectionFields& fields_of(DnsSection section) {
    if (section == DnsSection::answers) return answer_fields;
    return section == DnsSection::authorities ? authority_fields : additional_fields;
}

// Tells the data of one record.
class DataTeller {
public:
    DataTeller(Bytes message, const DnsRecord& record, const SectionFields& fields,
               NameCharset charset, FieldWriter& event)
        : message_(message),
          data_(message.subspan(record.data_at, record.data_bytes)),
          data_at_(record.data_at),
          fields_(fields),
          charset_(charset),
          event_(event),
          name_(charset) {}

    void tell(uint16_t type) {
        switch (type) {
            case dns_type::a: tell_address(4); break;
            case dns_type::aaaa: tell_address(16); break;
            case dns_type::ns:
            case dns_type::cname:
            case dns_type::ptr:
            case dns_type::dname: tell_name(0, fields_.rdata); break;
            case dns_type::mx: tell_mx(); break;
            case dns_type::txt:
            case dns_type::spf: tell_text(); break;
            case dns_type::srv: tell_srv(); break;
            case dns_type::soa: tell_soa(); break;
            case dns_type::sshfp: tell_sshfp(); break;
            case dns_type::svcb:
            case dns_type::https:
                if (fields_.has_svcb) tell_dns_svcb(message_, data_at_, data_, event_);
                break;
            default: break;
        }
    }

private:
    void tell_address(size_t size) {
        if (data_.size() == size) event_.bytes(fields_.address, data_);
    }
    // Where the name ends in the data; 0: it is none, or goes on beyond the record.
    size_t tell_name(size_t at, Field field) {
        const size_t end = read_name(message_, data_at_ + at, name_);
        if (end == 0 || end > data_at_ + data_.size()) return 0;
        event_.text(field, name_.view());
        return end - data_at_;
    }
    void tell_mx() {  // RFC 1035 section 3.3.9
        if (data_.size() < 3 || tell_name(2, fields_.rdata) == 0 || fields_.preference == none)
            return;
        event_.number(fields_.preference, base::load_be16(data_.data()));
    }
    // Strings of up to 255 bytes. In DNS they are one text (RFC 7208 section 3.3), in mDNS one
    // `key=value` each (RFC 6763 section 6.3).
    void tell_text() {
        std::array<uint8_t, FieldWriter::text_bytes_max> text;
        size_t size = 0;
        Cursor strings(data_);
        while (!strings.at_end()) {
            Bytes string = strings.vector8();
            if (size > 0 && charset_ == NameCharset::utf8 && size < text.size()) text[size++] = ' ';
            string = string.first(std::min(string.size(), text.size() - size));
            std::copy(string.begin(), string.end(), text.begin() + static_cast<ptrdiff_t>(size));
            size += string.size();
        }
        if (!data_.empty()) event_.text(fields_.rdata, Bytes(text.data(), size));
    }
    void tell_srv() {  // RFC 2782
        if (fields_.srv_port == none || data_.size() < 7) return;
        event_.number(fields_.srv_priority, base::load_be16(data_.data()))
            .number(fields_.srv_weight, base::load_be16(data_.data() + 2))
            .number(fields_.srv_port, base::load_be16(data_.data() + 4));
        tell_name(6, fields_.srv_name);
    }
    void tell_soa() {  // RFC 1035 section 3.3.13
        if (fields_.soa_serial == none) return;
        const size_t mname_end = tell_name(0, fields_.soa_mname);
        const size_t rname_end = mname_end == 0 ? 0 : tell_name(mname_end, fields_.soa_rname);
        Cursor rest(data_.subspan(rname_end));
        if (rname_end == 0 || rest.left() < 20) return;
        event_.number(fields_.soa_serial, rest.be32())
            .number(fields_.soa_refresh, rest.be32())
            .number(fields_.soa_retry, rest.be32())
            .number(fields_.soa_expire, rest.be32())
            .number(fields_.soa_minimum, rest.be32());
    }
    void tell_sshfp() {  // RFC 4255 section 3.1
        if (fields_.sshfp_algo == none || data_.size() < 3) return;
        event_.number(fields_.sshfp_algo, data_[0])
            .number(fields_.sshfp_type, data_[1])
            .text(fields_.sshfp_fingerprint, HexText<64>(data_.subspan(2)).view());
    }

    Bytes message_;
    Bytes data_;
    size_t data_at_;
    const SectionFields& fields_;
    NameCharset charset_;
    FieldWriter& event_;
    NameText name_;
};

}  // namespace

bool read_dns_record(Bytes message, size_t& at, DnsRecord& record) {
    const size_t name_end = skip_name(message, at);
    if (name_end == 0) return false;
    Cursor cursor(message.subspan(name_end));
    record = {.name_at = at,
              .type = cursor.be16(),
              .record_class = cursor.be16(),
              .ttl_s = cursor.be32(),
              .data_at = name_end + 10,
              .data_bytes = cursor.be16()};
    cursor.skip(record.data_bytes);
    if (!cursor.ok()) return false;
    at = record.data_at + record.data_bytes;
    return true;
}

bool tell_dns_section(Bytes message, size_t& at, uint32_t count, DnsSection section, LastName& last,
                      FieldWriter& event) {
    const SectionFields& fields = fields_of(section);
    DnsRecord record;
    for (; count > 0; count--) {
        if (event.is_cut() || !read_dns_record(message, at, record)) return false;
        if (record.type == dns_type::opt) continue;  // of the message, not of a name (RFC 6891)
        if (!last.read(message, record.name_at)) return false;
        event.object(fields.object)
            .text(fields.rrname, last.text.view())
            .text(fields.rrtype, dns_type_name(record.type).view())
            .number(fields.ttl, record.ttl_s);
        DataTeller(message, record, fields, last.text.charset(), event).tell(record.type);
    }
    return true;
}

}  // namespace baleen::protocol
