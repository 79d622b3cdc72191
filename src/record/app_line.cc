#include "record/app_line.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "record/app_event.h"
#include "record/app_json.h"
#include "record/text.h"

namespace baleen::record {
namespace {

using application::AppProto;
using application::Field;
using application::FieldInfo;
using application::FieldReader;
using application::Kind;

// Words with a space between them.
class Line {
public:
    explicit Line(std::span<const uint8_t> fields) : fields_(fields) {}

    // Nothing where the value is empty.
    Line& word(std::string_view text) {
        if (text.empty()) return *this;
        if (!text_.empty()) text_ += ' ';
        append_printable(text_, text);
        return *this;
    }
    // The first value of a field.
    Line& word(Field field) { return word(first(field)); }
    // All values of the fields, in their order: "a, b".
    Line& words(std::initializer_list<Field> wanted, std::string_view in_front = "") {
        bool is_first = true;
        for (FieldReader field(fields_); field.next();)
            for (const Field each : wanted) {
                if (!field.is(each) || text_.size() > app_line_bytes_max) continue;
                if (is_first) word(in_front);
                else text_ += ',';
                word(text_of(field));
                is_first = false;
            }
        return *this;
    }
    Line& duration(Field field) {
        for (FieldReader each(fields_); each.next();)
            if (each.is(field))
                return word(fmt::format("{:.3g} ms", static_cast<double>(each.integer()) / 1e6));
        return *this;
    }
    // Host and path without a space; a proxy is asked for a whole URL, which has its host.
    Line& url(Field host, Field path) {
        const std::string url = first(path);
        return word(url.empty() || url.starts_with('/') ? first(host) + url : url);
    }

    bool has(Field field) const {
        for (FieldReader each(fields_); each.next();)
            if (each.is(field)) return true;
        return false;
    }
    std::string first(Field field) const {
        for (FieldReader each(fields_); each.next();)
            if (each.is(field)) return text_of(each);
        return {};
    }
    // "version 4 mode client": the ends of the paths, and the values.
    Line& all() {
        for (FieldReader field(fields_); field.next() && text_.size() < app_line_bytes_max;) {
            const FieldInfo* info = application::find_field(field.number());
            if (info == nullptr || info->kind == Kind::raw || info->kind == Kind::object) continue;
            std::string_view name = info->path.substr(info->path.rfind('.') + 1);
            if (name.ends_with("[]")) name.remove_suffix(2);
            word(name).word(text_of(field));
        }
        return *this;
    }
    const std::string& text() const { return text_; }

private:
    static std::string text_of(const FieldReader& field) {
        const FieldInfo* info = application::find_field(field.number());
        std::string out;
        if (info == nullptr) return out;
        if (info->kind == Kind::text) return std::string(field.text());
        append_app_value(out, info->kind, field);
        // As in JSON, without the quotes.
        if (out.size() >= 2 && out.front() == '"') out = out.substr(1, out.size() - 2);
        return out;
    }

    std::span<const uint8_t> fields_;
    std::string text_;
};

// "A example.com -> 192.0.2.1 12 ms", "A example.com NXDOMAIN".
void tell_dns(Line& line) {
    line.word(Field::dns_rrtype).words({Field::dns_rrname});
    if (const std::string rcode = line.first(Field::dns_rcode); rcode != "NOERROR")
        line.word(rcode);
    line.words({Field::dns_answer_rdata, Field::dns_answer_address}, "->");
    line.duration(Field::dns_latency);
}

void tell_tls(Line& line) {
    line.word(Field::tls_version).word(Field::tls_sni).word(Field::tls_ja4);
    if (line.has(Field::tls_subject)) line.word(Field::tls_subject);
    line.duration(Field::tls_handshake_ns);
}

void tell_quic(Line& line) {
    line.word(Field::quic_version).word(Field::quic_sni).word(Field::quic_ja4);
    line.word(Field::quic_ua);
}

void tell_http(Line& line) {
    line.word(Field::http_method).url(Field::http_hostname, Field::http_url);
    line.word(Field::http_status).word(Field::http_content_type).duration(Field::http_latency);
}

struct Teller {
    std::string_view event_type;
    void (*tell)(Line&);
};
constexpr Teller tellers[] = {
    {"dns", tell_dns}, {"tls", tell_tls}, {"quic", tell_quic}, {"http", tell_http}};

// Of others the first values of these, in this order.
struct Words {
    std::string_view event_type;
    std::array<Field, 4> fields;
};
constexpr Words words[] = {
    {"ssh", {Field::ssh_client_software, Field::ssh_server_software}},
    {"smtp", {Field::smtp_mail_from, Field::smtp_rcpt_to, Field::email_subject}},
    {"ftp", {Field::ftp_command, Field::ftp_command_data, Field::ftp_completion_code}},
    {"dhcp",
     {Field::dhcp_dhcp_type, Field::dhcp_client_mac, Field::dhcp_hostname,
      Field::dhcp_assigned_ip}},
    {"snmp", {Field::snmp_pdu_type, Field::snmp_community, Field::snmp_vars}},
    {"sip", {Field::sip_method, Field::sip_uri, Field::sip_code, Field::sip_reason}},
    {"smb", {Field::smb_command, Field::smb_share, Field::smb_filename, Field::smb_status}},
    {"mysql", {Field::mysql_command, Field::mysql_query, Field::mysql_user, Field::mysql_error}},
    {"pgsql",
     {Field::pgsql_request_message, Field::pgsql_simple_query, Field::pgsql_user,
      Field::pgsql_message}},
    {"redis", {Field::redis_command, Field::redis_key}},
};

// Not within a character of UTF-8.
void cut(std::string& text) {
    if (text.size() <= app_line_bytes_max) return;
    size_t end = app_line_bytes_max - 3;
    while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) end--;
    text.resize(end);
    text += "...";
}

}  // namespace

void append_app_line(std::string& out, AppProto app_proto, std::span<const uint8_t> fields) {
    Line line(fields);
    for (const Teller& teller : tellers)
        if (teller.event_type == event_type_of(app_proto)) teller.tell(line);
    for (const Words& each : words)
        if (each.event_type == event_type_of(app_proto))
            for (const Field field : each.fields) line.word(field);
    if (line.text().empty()) line.all();
    std::string text = line.text();
    cut(text);
    out += text;
}

}  // namespace baleen::record
