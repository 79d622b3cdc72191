#include "dataplane/protocol/ntlmssp.h"

#include "dataplane/protocol/signs.h"
#include "dataplane/protocol/wide_text.h"

namespace baleen::protocol {
namespace {

constexpr std::string_view signature{"NTLMSSP\0", 8};
constexpr size_t search_bytes_max = 512;  // SPNEGO puts less than 100 bytes in front
constexpr uint32_t type_authenticate = 3;
constexpr uint32_t negotiate_unicode = 1;
constexpr size_t flags_at = 60;

struct Name {
    Field field;
    size_t at;  // of its length, maximum and offset (MS-NLMP section 2.2.1.3)
};

void tell_name(FieldWriter& event, Bytes message, const Name& name, bool is_wide) {
    Cursor head(message);
    head.skip(name.at);
    const uint16_t length = head.le16();
    head.skip(2);
    const uint32_t offset = head.le32();
    if (!head.ok() || length == 0 || offset > message.size()) return;
    const Bytes value =
        message.subspan(offset).first(std::min<size_t>(length, message.size() - offset));
    if (is_wide) event.text(name.field, WideText(value).text());
    else event.text(name.field, value);
}

}  // namespace

void tell_ntlm_login(FieldWriter& event, Bytes blob, const NtlmFields& fields) {
    const std::string_view text = as_text(blob.first(std::min(blob.size(), search_bytes_max)));
    const size_t at = text.find(signature);
    if (at == std::string_view::npos) return;
    const Bytes message = blob.subspan(at);
    Cursor head(message);
    head.skip(signature.size());
    if (head.le32() != type_authenticate) return;
    Cursor flags(message);
    flags.skip(flags_at);
    const bool is_wide = (flags.le32() & negotiate_unicode) != 0;
    for (const Name& name : {Name{fields.domain, 28}, Name{fields.user, 36}, Name{fields.host, 44}})
        tell_name(event, message, name, is_wide);
}

}  // namespace baleen::protocol
