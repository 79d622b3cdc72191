// A large zeroed block for tables and pools: on reserved hugepages where there are enough,
// otherwise on pages that the kernel may join (transparent hugepages).
//
// Why: a random touch on 4 KiB pages costs a TLB miss and a page walk on top of the cache miss; on
// 2 MiB pages a 1 GiB table needs 512 TLB entries instead of 262 144.
#pragma once

#include <cstddef>
#include <span>

#include "base/mapping.h"
#include "base/result.h"

namespace baleen::base {

enum class PageKind { reserved_huge, transparent_huge };

class HugeMemory {
public:
    static Result<HugeMemory> allocate(size_t bytes);

    void* data() const { return mapping_.data(); }
    size_t mapped_bytes() const { return mapping_.bytes(); }
    PageKind kind() const { return kind_; }

    // The block as `count` objects of an implicit-lifetime type whose all-zero state is valid.
    template <class T>
    std::span<T> as(size_t count) const {
        return {static_cast<T*>(data()), count};
    }

private:
    Mapping mapping_;
    PageKind kind_ = PageKind::transparent_huge;
};

}  // namespace baleen::base
