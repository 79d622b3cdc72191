#include "rules/keywords.h"

#include <algorithm>
#include <map>

#include "rules/import_header.h"
#include "rules/import_meta.h"
#include "rules/import_payload.h"

namespace baleen::rules {
namespace {

using Handler = void (*)(Draft&, const Option&);

// Exact: the model says the same.
const std::map<std::string_view, Handler>& exact() {
    static const std::map<std::string_view, Handler> table = {
        {"byte_extract", read_byte_extract},
        {"byte_jump", read_byte_jump},
        {"byte_test", read_byte_test},
        {"content", read_content},
        {"depth", read_modifier},
        {"distance", read_modifier},
        {"endswith", read_modifier},
        {"fast_pattern", read_modifier},
        {"isdataat", read_isdataat},
        {"nocase", read_modifier},
        {"offset", read_modifier},
        {"pcre", read_pcre},
        {"rawbytes", read_modifier},
        {"startswith", read_modifier},
        {"within", read_modifier},

        {"ack", read_field},
        {"dsize", read_field},
        {"flags", read_flags},
        {"tcp.flags", read_flags},
        {"flow", read_flow},
        {"fragbits", read_fragbits},
        {"fragoffset", read_field},
        {"icmp_id", read_field},
        {"icmp_seq", read_field},
        {"icode", read_field},
        {"id", read_field},
        {"ip_proto", read_ip_proto},
        {"ipopts", read_ipopts},
        {"itype", read_field},
        {"sameip", read_sameip},
        {"seq", read_field},
        {"tos", read_field},
        {"ttl", read_field},
        {"window", read_field},

        {"classtype", read_classtype},
        {"detection_filter", read_threshold},
        {"gid", read_id},
        {"metadata", read_metadata},
        {"msg", read_msg},
        {"priority", read_priority},
        {"reference", read_reference},
        {"rev", read_id},
        {"sid", read_id},
        {"threshold", read_threshold},
    };
    return table;
}

// These change nothing of what matches. target names the victim's side; tag has later packets of
// the host or session logged once the rule has hit; prefilter says which keyword the engine should
// look for first; rem is a comment.
constexpr std::string_view no_effect[] = {"prefilter", "rem", "tag", "target"};

// Back to the payload, at its start. In Snort 3 pkt_data is the payload after normalisation of
// Telnet and RPC, and so are contents without any buffer; both mean the payload as it came here.
constexpr std::string_view payload_again[] = {"pkt_data", "raw_data"};

// Sticky: what follows looks into something else. Those with a dot belong to Suricata's protocols,
// all of them (http.uri, tls.sni, dns.query, file.data, ...).
constexpr std::string_view sticky[] = {
    "base64_data",     "dce_stub_data",    "dns_query", "file_data",
    "ja3_hash",        "ja3_string",       "js_data",   "krb5_cname",
    "krb5_sname",      "modbus_data",      "mms_data",  "s7commplus_content",
    "sip_body",        "sip_header",       "ssh_proto", "ssh_software",
    "tls_cert_issuer", "tls_cert_subject", "tls_sni",   "vba_data"};
bool is_sticky(const Draft& draft, std::string_view name) {
    if (name.find('.') != std::string_view::npos) return true;
    if (draft.dialect == Dialect::snort3 && name.starts_with("http_")) return true;
    return std::ranges::find(sticky, name) != std::end(sticky);
}

// Suricata's older form: the content before it looks into something else.
bool is_modifier(const Draft& draft, std::string_view name) {
    return draft.dialect == Dialect::suricata && name.starts_with("http_");
}

// Conditions that say nothing about where other options look.
constexpr std::string_view conditions[] = {"app-layer-event",
                                           "app-layer-protocol",
                                           "asn1",
                                           "bsize",
                                           "bufferlen",
                                           "cvs",
                                           "dce_iface",
                                           "dce_opnum",
                                           "decode-event",
                                           "enip_command",
                                           "file_type",
                                           "filesize",
                                           "flowbits",
                                           "flowint",
                                           "ftpbounce",
                                           "geoip",
                                           "hostbits",
                                           "iprep",
                                           "modbus",
                                           "modbus_func",
                                           "modbus_unit",
                                           "noalert",
                                           "service",
                                           "session",
                                           "sip_method",
                                           "sip_stat_code",
                                           "ssl_state",
                                           "ssl_version",
                                           "stream_size",
                                           "stream-event",
                                           "tls_version",
                                           "urilen",
                                           "xbits"};

// flowbits that only leave something for other rules change nothing of what the rule itself hits.
// Those rules ask for it, and are refused.
bool only_writes(const Option& option) {
    const std::string_view word = trim(option.value.substr(0, option.value.find(',')));
    return option.name == "flowbits" && (word == "set" || word == "unset" || word == "toggle");
}

void read_elsewhere(Draft& draft, const Option& option) {
    if (only_writes(option)) {
        draft.looks_elsewhere = true;
        return;
    }
    draft.refuse_elsewhere(std::string(option.name));
    // A rule for a service is judged on flows of that service on any port.
    if (option.name == "service") draft.any_port = true;
    if (std::ranges::find(conditions, option.name) != std::end(conditions)) return;
    const bool sticks = is_sticky(draft, option.name);
    const bool modifies = is_modifier(draft, option.name);
    if (!sticks && draft.literal >= 0)
        draft.steps[static_cast<size_t>(draft.literal)].elsewhere = true;
    if (!modifies) {
        draft.in_buffer = true;
        draft.literal = -1;
    }
    // byte_math keeps a number under a name that others may use.
    for (const std::string_view part : split_list(option.value, ','))
        if (part.starts_with("result ")) draft.variable(trim(part.substr(7)));
}

}  // namespace

void read_option(Draft& draft, const Option& option) {
    if (const auto found = exact().find(option.name); found != exact().end())
        return found->second(draft, option);
    if (std::ranges::find(no_effect, option.name) != std::end(no_effect)) return;
    if (std::ranges::find(payload_again, option.name) != std::end(payload_again)) {
        draft.in_buffer = false;
        draft.resets_next = true;
        draft.literal = -1;
        return;
    }
    read_elsewhere(draft, option);
}

void vote(const std::vector<Option>& options, DialectVotes& votes) {
    bool suricata = false;
    bool snort3 = false;
    for (const Option& option : options) {
        if (option.name == "content") snort3 |= !option.value.ends_with('"');
        snort3 |= option.name == "service" || option.name == "bufferlen";
        suricata |= option.name.find('.') != std::string_view::npos;
        for (const std::string_view modifier : {"nocase", "offset", "depth", "distance", "within",
                                                "startswith", "endswith", "fast_pattern"})
            suricata |= option.name == modifier;
    }
    votes.suricata += suricata;
    votes.snort3 += snort3;
}

}  // namespace baleen::rules
