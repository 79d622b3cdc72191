#include "rules/networks.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <optional>

#include "rules/rule_text.h"

namespace baleen::rules {
namespace {

// Lists in lists and variables in variables, together.
constexpr int depth_max = 16;

template <class T>
std::optional<T> parse_number(std::string_view text) {
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<uint32_t> parse_v4(std::string_view text) {
    in_addr address;
    if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
    return ntohl(address.s_addr);
}

std::optional<Ipv6Address> parse_v6(std::string_view text) {
    Ipv6Address address;
    if (inet_pton(AF_INET6, std::string(text).c_str(), address.data()) != 1) return std::nullopt;
    return address;
}

RangeSet<uint32_t> prefix_v4(uint32_t address, unsigned bits) {
    const uint32_t host = bits == 32 ? 0 : ~uint32_t{0} >> bits;
    return RangeSet<uint32_t>::of(address & ~host, address | host);
}

RangeSet<Ipv6Address> prefix_v6(Ipv6Address address, unsigned bits) {
    Ipv6Address last = address;
    for (unsigned i = 0; i < 16; i++) {
        const unsigned kept = bits > i * 8 ? std::min(bits - i * 8, 8u) : 0;
        const auto host = static_cast<uint8_t>(0xff >> kept);
        address[i] = static_cast<uint8_t>(address[i] & ~host);
        last[i] |= host;
    }
    return RangeSet<Ipv6Address>::of(address, last);
}

// One prefix, address or range FIRST-LAST.
base::Result<AddressSet> parse_item(std::string_view text, const AddressSet& /*tag*/) {
    const base::Error wrong{fmt::format("'{}' is not an address", text)};
    const size_t slash = text.find('/');
    const size_t dash = text.find('-');
    const std::string_view head = text.substr(0, std::min(slash, dash));
    const auto v4 = parse_v4(head);
    const auto v6 = v4 ? std::nullopt : parse_v6(head);
    if (!v4 && !v6) return wrong;
    AddressSet set;
    if (dash != std::string_view::npos) {
        const auto last_v4 = parse_v4(text.substr(dash + 1));
        const auto last_v6 = parse_v6(text.substr(dash + 1));
        if (v4 && last_v4 && *v4 <= *last_v4) set.v4 = RangeSet<uint32_t>::of(*v4, *last_v4);
        else if (v6 && last_v6 && *v6 <= *last_v6)
            set.v6 = RangeSet<Ipv6Address>::of(*v6, *last_v6);
        else return wrong;
        return set;
    }
    unsigned bits = v4 ? 32 : 128;
    if (slash != std::string_view::npos) {
        const std::string_view tail = text.substr(slash + 1);
        if (const auto mask = parse_v4(tail); v4 && mask) {
            bits = static_cast<unsigned>(std::countl_one(*mask));
            if (bits < 32 && *mask << bits != 0) return wrong;
        } else {
            const auto length = parse_number<unsigned>(tail);
            if (!length || *length > bits) return wrong;
            bits = *length;
        }
    }
    if (v4) set.v4 = prefix_v4(*v4, bits);
    else set.v6 = prefix_v6(*v6, bits);
    return set;
}

// One port, or a range FIRST:LAST, either end of which may be missing.
base::Result<PortSet> parse_item(std::string_view text, const PortSet& /*tag*/) {
    const size_t colon = text.find(':');
    const std::string_view low = trim(text.substr(0, colon));
    const std::string_view high =
        colon == std::string_view::npos ? low : trim(text.substr(colon + 1));
    const auto first = low.empty() ? std::optional<uint16_t>(0) : parse_number<uint16_t>(low);
    const auto last = high.empty() ? std::optional<uint16_t>(65535) : parse_number<uint16_t>(high);
    if (!first || !last || *first > *last || text.size() <= (colon != std::string_view::npos))
        return base::Error{fmt::format("'{}' is not a port", text)};
    return PortSet::of(*first, *last);
}

template <class Set>
class Reader {
public:
    using Signed = Networks::Signed<Set>;
    using Known = std::map<std::string, base::Result<Signed>, std::less<>>;

    Reader(const Variables& variables, Known& known) : variables_(variables), known_(known) {}

    base::Result<Set> read(std::string_view text) {
        Signed sets;
        if (auto read = add(trim(text), false, 0, sets); !read) return read.error();
        Set set = (sets.plain.empty() ? Set::all() : sets.plain).without(sets.negated);
        if (set.empty()) return base::Error{fmt::format("'{}' leaves nothing", text)};
        return set;
    }

private:
    static void merge(const Signed& from, bool negated, Signed& into) {
        into.plain.add(negated ? from.negated : from.plain);
        into.negated.add(negated ? from.plain : from.negated);
    }

    base::Status add(std::string_view text, bool negated, int depth, Signed& sets) {
        if (depth > depth_max) return base::Error{"lists or variables are nested too deeply"};
        while (text.starts_with('!')) {
            negated = !negated;
            text = trim(text.substr(1));
        }
        if (text.starts_with('$')) return add_variable(text.substr(1), negated, depth, sets);
        if (text.starts_with('[')) {
            if (!text.ends_with(']')) return base::Error{fmt::format("'{}' has no end", text)};
            for (const auto item : split_list(text.substr(1, text.size() - 2), ','))
                if (auto added = add(item, negated, depth + 1, sets); !added) return added;
            return base::Ok{};
        }
        auto item = text == "any" ? base::Result<Set>(Set::all()) : parse_item(text, Set{});
        if (!item) return item.error();
        (negated ? sets.negated : sets.plain).add(*item);
        return base::Ok{};
    }

    base::Status add_variable(std::string_view name, bool negated, int depth, Signed& sets) {
        auto known = known_.find(name);
        if (known == known_.end()) {
            const auto variable = variables_.find(name);
            if (variable == variables_.end())
                return base::Error{
                    fmt::format("${} is not defined; --var {}=VALUE does", name, name)};
            // Found while it is being read, it names itself.
            known =
                known_.emplace(name, base::Error{fmt::format("${} refers to itself", name)}).first;
            Signed value;
            const auto read = add(trim(variable->second), false, depth + 1, value);
            if (read) known->second = std::move(value);
            else known->second = base::Error{fmt::format("${}: {}", name, read.error().message)};
        }
        if (!known->second) return known->second.error();
        merge(*known->second, negated, sets);
        return base::Ok{};
    }

    const Variables& variables_;
    Known& known_;
};

}  // namespace

Variables default_variables(Dialect dialect) {
    Variables all = {
        {"HOME_NET", "[10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fe80::/10]"},
        {"EXTERNAL_NET", "!$HOME_NET"},
        {"SHELLCODE_PORTS", "!80"},
        {"SSH_PORTS", "22"},
    };
    for (const char* servers :
         {"AIM", "DC", "DNS", "FTP", "HTTP", "SIP", "SMTP", "SQL", "SSH", "TELNET"})
        all[fmt::format("{}_SERVERS", servers)] = "$HOME_NET";
    for (const char* side : {"DNP3", "ENIP", "MODBUS"})
        all[fmt::format("{}_CLIENT", side)] = all[fmt::format("{}_SERVER", side)] = "$HOME_NET";
    if (dialect == Dialect::suricata) {
        all.insert({{"HTTP_PORTS", "80"},
                    {"ORACLE_PORTS", "1521"},
                    {"DNP3_PORTS", "20000"},
                    {"MODBUS_PORTS", "502"},
                    {"FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]"},
                    {"FTP_PORTS", "21"},
                    {"SIP_PORTS", "[5060,5061]"},
                    {"GENEVE_PORTS", "6081"},
                    {"VXLAN_PORTS", "4789"},
                    {"TEREDO_PORTS", "3544"}});
    } else {
        all.insert(
            {{"HTTP_PORTS",
              "[80,81,311,383,591,593,901,1220,1414,1741,1830,2301,2381,2809,3037,3128,3702,4343,"
              "4848,5250,6988,7000,7001,7144,7145,7510,7777,7779,8000,8008,8014,8028,8080,8085,"
              "8088,8090,8118,8123,8180,8181,8243,8280,8300,8800,8888,8899,9000,9060,9080,9090,"
              "9091,9443,9999,11371,34443,34444,41080,50002,55555]"},
             {"ORACLE_PORTS", "1024:"},
             {"FTP_PORTS", "[21,2100,3535]"},
             {"SIP_PORTS", "[5060,5061,5600]"},
             {"MAIL_PORTS", "[110,143]"},
             {"FILE_DATA_PORTS", "[$HTTP_PORTS,$MAIL_PORTS]"},
             {"GTP_PORTS", "[2123,2152,3386]"},
             {"RPC_PORTS", "[111,32770:32779]"}});
    }
    return all;
}

base::Result<AddressSet> Networks::addresses(std::string_view text) {
    return Reader<AddressSet>(variables_, addresses_).read(text);
}

base::Result<PortSet> Networks::ports(std::string_view text) {
    return Reader<PortSet>(variables_, ports_).read(text);
}

}  // namespace baleen::rules
