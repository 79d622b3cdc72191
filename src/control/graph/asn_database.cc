#include "control/graph/asn_database.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <maxminddb.h>

#include <cstring>

namespace baleen::graph {

struct AsnDatabase::Reader {
    MMDB_s database{};
    ~Reader() { MMDB_close(&database); }
};

AsnDatabase::AsnDatabase(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
AsnDatabase::~AsnDatabase() = default;

base::Result<std::unique_ptr<AsnDatabase>> AsnDatabase::open(const std::string& path) {
    MMDB_s database{};
    if (const int failed = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database);
        failed != MMDB_SUCCESS)
        return base::Error{fmt::format("graph.asn_database {}: {}", path, MMDB_strerror(failed))};
    auto reader = std::make_unique<Reader>();
    reader->database = database;
    return std::unique_ptr<AsnDatabase>(new AsnDatabase(std::move(reader)));
}

// A database of IPv4 only answers an IPv6 address with an error: then it is not known either.
uint32_t AsnDatabase::number_of(const Address& address) const {
    sockaddr_storage storage{};
    if (is_ipv4(address)) {
        auto* to = reinterpret_cast<sockaddr_in*>(&storage);
        to->sin_family = AF_INET;
        std::memcpy(&to->sin_addr, address.data() + 12, sizeof to->sin_addr);
    } else {
        auto* to = reinterpret_cast<sockaddr_in6*>(&storage);
        to->sin6_family = AF_INET6;
        std::memcpy(&to->sin6_addr, address.data(), sizeof to->sin6_addr);
    }
    int failed = MMDB_SUCCESS;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(
        &reader_->database, reinterpret_cast<const sockaddr*>(&storage), &failed);
    if (failed != MMDB_SUCCESS || !found.found_entry) return 0;
    MMDB_entry_data_s value{};
    if (MMDB_get_value(&found.entry, &value, "autonomous_system_number", nullptr) != MMDB_SUCCESS ||
        !value.has_data)
        return 0;
    return value.type == MMDB_DATA_TYPE_UINT32   ? value.uint32
           : value.type == MMDB_DATA_TYPE_UINT16 ? value.uint16
                                                 : 0;
}

}  // namespace baleen::graph
