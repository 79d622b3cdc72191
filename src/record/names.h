// Names of numbers in records: protocols, end reasons, TCP flags; addresses as text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "baleen/record.h"
#include "baleen/ruleset.h"

namespace baleen::record {

// "TCP", "UDP", "IPV6-ICMP" as Suricata writes them; empty when there is no name.
std::string_view protocol_name(uint8_t protocol);
// The number of "tcp", "icmpv6", ...: any case.
std::optional<uint8_t> protocol_number(std::string_view name);

std::string_view end_reason_name(EndReason reason);
std::optional<EndReason> end_reason_of(std::string_view name);

// "tag", "alert", "capture": what a rule does when it hits.
std::string_view action_name(ruleset::Action action);
// Whether a hit of the flow made it an alert, or more than that.
bool is_alerted(const FlowRecord& record);

// Transport headers that begin with two ports.
bool protocol_has_ports(uint8_t protocol);

// "SAF" in the order of the header bits from FIN to AE: F S R P A U E C N.
std::string tcp_flag_letters(uint16_t flags);

// Appends an address: "10.0.0.1" or "2001:db8::1" (RFC 5952).
void append_address(std::string& out, const uint8_t address[16], uint8_t ip_version);
std::string format_address(const uint8_t address[16], uint8_t ip_version);

}  // namespace baleen::record
