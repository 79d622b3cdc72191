// Whether a slice is sound: as a database, and in what it says of its own rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace baleen::store {

struct SliceCheck {
    std::string path;
    int64_t version = 0;
    uint64_t flows = 0;
    uint64_t events = 0;
    bool is_damaged = false;  // pages are: what is in them may be lost
    std::vector<std::string> problems;

    bool is_sound() const { return problems.empty(); }
};

// The database's own check, its version, every record and event as readers read them, the blocks
// and the roll-ups against the rows. Reads all of it; a slice in use is seen as of one commit.
SliceCheck check_slice(const std::string& path);

}  // namespace baleen::store
