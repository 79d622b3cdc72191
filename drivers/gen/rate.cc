#include "drivers/gen/rate.h"

#include <fmt/format.h>

#include "base/units.h"

namespace baleen::gen {

base::Result<Rate> parse_rate(std::string_view text) {
    const auto refuse = [&] {
        return base::Error{fmt::format(
            "'{}' is not a rate; write it like \"1Mpps\", \"250kpps\" or \"10Gbit\"", text)};
    };
    std::string_view number = text;
    if (number.ends_with("/s")) number.remove_suffix(2);
    const bool is_bits = number.ends_with("bit");
    if (!is_bits && !number.ends_with("pps")) return refuse();
    number.remove_suffix(3);
    const auto value = base::parse_count(number);
    if (!value || *value == 0) return refuse();
    Rate rate;
    (is_bits ? rate.bits_per_s : rate.packets_per_s) = static_cast<double>(*value);
    return rate;
}

}  // namespace baleen::gen
