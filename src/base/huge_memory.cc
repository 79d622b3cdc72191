#include "base/huge_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include "base/units.h"

namespace baleen::base {
namespace {

constexpr size_t huge_page_bytes = 2u << 20;  // the x86-64 and arm64 (4 KiB granule) default

}  // namespace

Result<HugeMemory> HugeMemory::allocate(size_t bytes) {
    HugeMemory memory;
    const size_t mapped_bytes = (bytes + huge_page_bytes - 1) & ~(huge_page_bytes - 1);
    const int protection = PROT_READ | PROT_WRITE;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    void* data = MAP_FAILED;
    // A block below one hugepage would waste most of it.
    if (bytes >= huge_page_bytes / 2) {
        data = ::mmap(nullptr, mapped_bytes, protection, flags | MAP_HUGETLB, -1, 0);
        memory.kind_ = PageKind::reserved_huge;
    }
    if (data == MAP_FAILED) {
        data = ::mmap(nullptr, mapped_bytes, protection, flags | MAP_NORESERVE, -1, 0);
        memory.kind_ = PageKind::transparent_huge;
        if (data == MAP_FAILED)
            return Error{
                fmt::format("no memory for a block of {}; lower the budgets in the configuration",
                            format_bytes(mapped_bytes))};
        ::madvise(data, mapped_bytes, MADV_HUGEPAGE);
    }
    memory.mapping_ = Mapping(data, mapped_bytes);
    return memory;
}

}  // namespace baleen::base
