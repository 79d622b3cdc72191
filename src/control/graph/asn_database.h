// Numbers of autonomous systems out of a MaxMind DB that the user brings (GeoLite2-ASN and its kin:
// the key `autonomous_system_number`).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "control/graph/grouping.h"

namespace baleen::graph {

class AsnDatabase final : public Systems {
public:
    static base::Result<std::unique_ptr<AsnDatabase>> open(const std::string& path);
    ~AsnDatabase() override;
    AsnDatabase(const AsnDatabase&) = delete;
    AsnDatabase& operator=(const AsnDatabase&) = delete;

    uint32_t number_of(const Address& address) const override;

private:
    struct Reader;
    explicit AsnDatabase(std::unique_ptr<Reader> reader);
    std::unique_ptr<Reader> reader_;
};

}  // namespace baleen::graph
