// The files of a store: its slices, and damaged ones that were put aside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace baleen::store {

struct StoreFile {
    std::string path;
    int64_t start_ns;    // of the time that it covers
    uint64_t bytes;      // with its write-ahead log
    int64_t written_ns;  // when it was written to last
    bool is_damaged;     // put aside
};

// By start. A folder that is not there has none.
std::vector<StoreFile> list_store_files(const std::string& directory);

// With its write-ahead log. False: it is still there.
bool remove_store_file(const std::string& path);

// "flows-20240501T120000Z.sqlite" becomes "flows-20240501T120000Z.sqlite.damaged", with its
// write-ahead log, of which much may be read yet. The new path.
base::Result<std::string> set_aside(const std::string& path);

}  // namespace baleen::store
