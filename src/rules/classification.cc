#include "rules/classification.h"

#include <fmt/format.h>

#include "rules/draft.h"
#include "rules/rule_text.h"

namespace baleen::rules {
namespace {

constexpr std::string_view first[] = {
    "attempted-admin",       "attempted-user",    "client-side-exploit",   "command-and-control",
    "credential-theft",      "domain-c2",         "exploit-kit",           "file-format",
    "inappropriate-content", "malware-cnc",       "policy-violation",      "shellcode-detect",
    "social-engineering",    "successful-admin",  "successful-user",       "targeted-activity",
    "trojan-activity",       "unsuccessful-user", "web-application-attack"};
constexpr std::string_view second[] = {"attempted-dos",
                                       "attempted-recon",
                                       "bad-unknown",
                                       "coin-mining",
                                       "default-login-attempt",
                                       "denial-of-service",
                                       "external-ip-check",
                                       "misc-attack",
                                       "non-standard-protocol",
                                       "pup-activity",
                                       "rpc-portmap-decode",
                                       "sdf",
                                       "successful-dos",
                                       "successful-recon-largescale",
                                       "successful-recon-limited",
                                       "suspicious-filename-detect",
                                       "suspicious-login",
                                       "system-call-detect",
                                       "unusual-client-port-connection",
                                       "web-application-activity"};
// All others have 3, but for this one.
constexpr std::string_view fourth = "tcp-connection";

}  // namespace

Severities default_severities() {
    Severities severities;
    for (const std::string_view name : first) severities[std::string(name)] = 1;
    for (const std::string_view name : second) severities[std::string(name)] = 2;
    severities[std::string(fourth)] = 4;
    return severities;
}

std::vector<std::string> read_classification(std::string_view text, std::string_view file,
                                             Severities& severities) {
    constexpr std::string_view keyword = "config classification:";
    std::vector<std::string> problems;
    size_t number = 0;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        number++;
        if (line.empty() || line.starts_with('#')) continue;
        const size_t last = line.rfind(',');
        const size_t name_end = line.find(',');
        int64_t priority = 0;
        if (!line.starts_with(keyword) || name_end == last ||
            !parse_integer(trim(line.substr(last + 1)), priority) || priority < 1 ||
            priority > 255) {
            problems.push_back(fmt::format(
                "{}:{}: not 'config classification: NAME,DESCRIPTION,PRIORITY'", file, number));
            continue;
        }
        const auto name = trim(line.substr(keyword.size(), name_end - keyword.size()));
        severities[std::string(name)] = static_cast<uint32_t>(priority);
    }
    return problems;
}

}  // namespace baleen::rules
