// The pcapng file that extracted packets are written to: interfaces are described as they are met,
// each once, with what their own file says of them.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "packets/block.h"

namespace baleen::cli {

class ExtractOutput {
public:
    // "-": standard output.
    static base::Result<ExtractOutput> open(const std::string& path);

    // Writes its description if it is new.
    uint32_t interface_number(const packets::Interface& interface);
    base::Status write(const packets::PacketView& packet);
    base::Status close();

private:
    using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
    ExtractOutput(std::string path, File file) : path_(std::move(path)), file_(std::move(file)) {}
    void put(const std::vector<uint8_t>& bytes);

    std::string path_;
    File file_;
    bool failed_ = false;
    std::map<std::string, uint32_t> interfaces_;  // by their descriptions
    std::vector<uint8_t> block_;
};

}  // namespace baleen::cli
