#include "dataplane/protocol/dns_type.h"

namespace baleen::protocol {
namespace {

struct Named {
    uint16_t number;
    std::string_view name;
};

// IANA, "Resource Record (RR) TYPEs".
constexpr Named types[] = {
    {1, "A"},           {2, "NS"},       {3, "MD"},        {4, "MF"},         {5, "CNAME"},
    {6, "SOA"},         {7, "MB"},       {8, "MG"},        {9, "MR"},         {10, "NULL"},
    {11, "WKS"},        {12, "PTR"},     {13, "HINFO"},    {14, "MINFO"},     {15, "MX"},
    {16, "TXT"},        {17, "RP"},      {18, "AFSDB"},    {19, "X25"},       {20, "ISDN"},
    {21, "RT"},         {22, "NSAP"},    {23, "NSAP-PTR"}, {24, "SIG"},       {25, "KEY"},
    {26, "PX"},         {27, "GPOS"},    {28, "AAAA"},     {29, "LOC"},       {30, "NXT"},
    {31, "EID"},        {32, "NIMLOC"},  {33, "SRV"},      {34, "ATMA"},      {35, "NAPTR"},
    {36, "KX"},         {37, "CERT"},    {38, "A6"},       {39, "DNAME"},     {40, "SINK"},
    {41, "OPT"},        {42, "APL"},     {43, "DS"},       {44, "SSHFP"},     {45, "IPSECKEY"},
    {46, "RRSIG"},      {47, "NSEC"},    {48, "DNSKEY"},   {49, "DHCID"},     {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},    {53, "SMIMEA"},   {55, "HIP"},       {56, "NINFO"},
    {57, "RKEY"},       {58, "TALINK"},  {59, "CDS"},      {60, "CDNSKEY"},   {61, "OPENPGPKEY"},
    {62, "CSYNC"},      {63, "ZONEMD"},  {64, "SVCB"},     {65, "HTTPS"},     {66, "DSYNC"},
    {99, "SPF"},        {100, "UINFO"},  {101, "UID"},     {102, "GID"},      {103, "UNSPEC"},
    {104, "NID"},       {105, "L32"},    {106, "L64"},     {107, "LP"},       {108, "EUI48"},
    {109, "EUI64"},     {128, "NXNAME"}, {249, "TKEY"},    {250, "TSIG"},     {251, "IXFR"},
    {252, "AXFR"},      {253, "MAILB"},  {254, "MAILA"},   {255, "ANY"},      {256, "URI"},
    {257, "CAA"},       {258, "AVC"},    {259, "DOA"},     {260, "AMTRELAY"}, {261, "RESINFO"},
    {262, "WALLET"},
};
constexpr uint16_t type_max = 262;

constexpr auto names_by_type = [] {
    std::array<std::string_view, type_max + 1> names{};
    for (const Named& type : types) names.at(type.number) = type.name;
    return names;
}();

constexpr std::string_view find_type(uint16_t type) {
    if (type <= type_max) return names_by_type[type];
    if (type == 32768) return "TA";
    if (type == 32769) return "DLV";
    return {};
}

// IANA, "DNS RCODEs"; those that fit in a header.
constexpr std::array<std::string_view, 12> rcodes = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                                     "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                                     "NXRRSET", "NOTAUTH", "NOTZONE",  "DSOTYPENI"};

}  // namespace

ParameterName dns_type_name(uint16_t type) {
    const std::string_view name = find_type(type);
    return name.empty() ? ParameterName("TYPE", type) : ParameterName(name);
}

bool is_dns_type_known(uint16_t type) { return !find_type(type).empty(); }

ParameterName dns_rcode_name(uint32_t rcode) {
    return rcode < rcodes.size() ? ParameterName(rcodes[rcode]) : ParameterName("", rcode);
}

}  // namespace baleen::protocol
