// Two ports that are connected: one to send on, one to capture from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace baleen::cli::ndr {

// The network namespace in which a veth pair is made, until it goes out of scope. It has no name:
// with the last process in it, it and the pair are gone, however this program ends.
class OwnNetwork {
public:
    static base::Result<std::unique_ptr<OwnNetwork>> enter();
    ~OwnNetwork();

private:
    explicit OwnNetwork(base::FileDescriptor before) : before_(std::move(before)) {}
    base::FileDescriptor before_;
};

struct Pair {
    std::string name;
    std::string generator_device;
    std::string capture_device;
    std::unique_ptr<OwnNetwork> network;  // or null
};

// "memif", "vhost", "veth", or two devices "A,B" ("A;B" where their names have commas), of which A
// sends. Sockets are made in `folder`.
base::Result<Pair> make_pair(const std::string& text, const std::string& folder);

}  // namespace baleen::cli::ndr
