// Searches for packets in the files that the data plane writes: `baleen extract`, as a process of
// its own. Files of packets are foreign bytes, and a search may take long.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control/api/http.h"
#include "control/endpoints/arguments.h"
#include "control/process/helper_process.h"

namespace baleen::endpoints {

constexpr uint64_t search_memory_bytes_max = uint64_t{2} << 30;

// The command line that the parameters filter, flows, pcap_filter, since and until mean; with
// `flow_id`, of that flow, instead of `flows`.
std::vector<std::string> extract_words(const std::string& directory, Arguments& arguments,
                                       std::string_view flow_id);

bool is_flow_id(std::string_view text);

api::Response search_problem(const std::string& why);

// As many at a time as searches_max; each reads from the disk what capture wants to write to.
class PacketSearches {
public:
    // A place among them, as long as it is held.
    class Place {
    public:
        explicit Place(std::atomic<int>& taken) : taken_(taken) {}
        ~Place() { taken_.fetch_sub(1); }
        Place(const Place&) = delete;

    private:
        std::atomic<int>& taken_;
    };
    struct Search {
        std::shared_ptr<Place> place;
        process::HelperProcess process;  // says pcapng
    };

    // Or why there is none.
    std::variant<Search, api::Response> start(const std::vector<std::string>& words,
                                              const api::Request& request,
                                              std::chrono::seconds time_max);

private:
    std::atomic<int> taken_{0};
};

}  // namespace baleen::endpoints
