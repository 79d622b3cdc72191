#include "ring/segment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <new>

#include "baleen/limits.h"

namespace baleen::ring {
namespace {

constexpr unsigned required_seals = F_SEAL_SHRINK | F_SEAL_GROW;

base::Error system_error(std::string_view what) {
    return {fmt::format("{}: {}", what, std::strerror(errno))};
}

base::Result<base::FileDescriptor> create_sealed(const char* name, uint64_t bytes) {
    base::FileDescriptor fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return system_error("cannot create a shared memory segment");
    // Reserved now, so that memory pressure shows here and not as SIGBUS on the packet path.
    if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0 ||
        ::fallocate(fd.get(), 0, 0, static_cast<off_t>(bytes)) != 0)
        return system_error(
            fmt::format("cannot reserve {} bytes of shared memory; lower ring.size", bytes));
    if (::fcntl(fd.get(), F_ADD_SEALS, required_seals | F_SEAL_SEAL) != 0)
        return system_error("cannot seal a shared memory segment");
    return fd;
}

base::Result<uint64_t> sealed_bytes(int fd) {
    const int seals = ::fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (static_cast<unsigned>(seals) & required_seals) != required_seals)
        return base::Error{"is not a segment sealed against resizing"};
    struct stat status {};
    if (::fstat(fd, &status) != 0) return system_error("cannot be examined");
    return static_cast<uint64_t>(status.st_size);
}

// Header and data once, then the data again behind itself.
base::Result<RingView> map_ring(int fd, uint64_t capacity_bytes) {
    const uint64_t bytes = header_bytes + 2 * capacity_bytes;
    void* base =
        ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return system_error("no address space for a ring");
    RingView view;
    view.mapping = base::Mapping(base, bytes);
    view.data = view.mapping.data() + header_bytes;
    view.capacity_bytes = capacity_bytes;
    const int protection = PROT_READ | PROT_WRITE;
    void* first =
        ::mmap(base, header_bytes + capacity_bytes, protection, MAP_SHARED | MAP_FIXED, fd, 0);
    void* second = ::mmap(view.data + capacity_bytes, capacity_bytes, protection,
                          MAP_SHARED | MAP_FIXED, fd, header_bytes);
    if (first == MAP_FAILED || second == MAP_FAILED) return system_error("cannot map a ring");
    view.header = reinterpret_cast<SegmentHeader*>(view.mapping.data());
    return view;
}

bool valid_capacity(uint64_t bytes) {
    return std::has_single_bit(bytes) && bytes >= limits::ring_bytes_min &&
           bytes <= limits::ring_bytes_max;
}

}  // namespace

base::Result<NewRing> create_ring(uint64_t capacity_bytes, uint64_t run_id, uint32_t worker,
                                  uint32_t worker_count) {
    BALEEN_ASSERT(valid_capacity(capacity_bytes));
    auto fd = create_sealed("baleen-ring", header_bytes + capacity_bytes);
    if (!fd) return fd.error();
    auto view = map_ring(fd->get(), capacity_bytes);
    if (!view) return view.error();
    auto* header = new (view->header) SegmentHeader{};
    header->magic = segment_magic;
    header->version = segment_version;
    header->header_bytes = header_bytes;
    header->capacity_bytes = capacity_bytes;
    header->run_id = run_id;
    header->worker = worker;
    header->worker_count = worker_count;
    return NewRing{std::move(*fd), std::move(*view)};
}

base::Result<RingView> open_ring(int fd) {
    const auto bytes = sealed_bytes(fd);
    if (!bytes) return bytes.error();
    if (*bytes < header_bytes)
        return base::Error{fmt::format("is too small for a ring ({} bytes)", *bytes)};
    const uint64_t capacity_bytes = *bytes - header_bytes;
    if (!valid_capacity(capacity_bytes))
        return base::Error{fmt::format("has the impossible ring size {}", capacity_bytes)};
    auto view = map_ring(fd, capacity_bytes);
    if (!view) return view.error();
    const SegmentHeader& header = *view->header;
    if (header.magic != segment_magic) return base::Error{"is not a ring (wrong magic number)"};
    if (header.version != segment_version)
        return base::Error{fmt::format("is a ring of version {}; this program reads version {}",
                                       header.version, segment_version)};
    if (header.header_bytes != header_bytes || header.capacity_bytes != capacity_bytes)
        return base::Error{"is a ring whose header contradicts its size"};
    if (header.worker >= limits::worker_count_max)
        return base::Error{"is the ring of an impossible worker"};
    return view;
}

namespace {

base::Result<StatsView> map_stats(int fd) {
    void* data = ::mmap(nullptr, sizeof(stats::Segment), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED) return system_error("cannot map the statistics segment");
    StatsView view;
    view.mapping = base::Mapping(data, sizeof(stats::Segment));
    view.segment = reinterpret_cast<stats::Segment*>(view.mapping.data());
    return view;
}

}  // namespace

base::Result<NewStats> create_stats() {
    auto fd = create_sealed("baleen-stats", sizeof(stats::Segment));
    if (!fd) return fd.error();
    auto view = map_stats(fd->get());
    if (!view) return view.error();
    auto* segment = new (view->segment) stats::Segment{};
    segment->header.magic = stats::segment_magic;
    segment->header.version = stats::segment_version;
    segment->header.counter_count = stats::counter_count;
    return NewStats{std::move(*fd), std::move(*view)};
}

base::Result<StatsView> open_stats(int fd) {
    const auto bytes = sealed_bytes(fd);
    if (!bytes) return bytes.error();
    if (*bytes != sizeof(stats::Segment))
        return base::Error{"is not a statistics segment (wrong size)"};
    auto view = map_stats(fd);
    if (!view) return view.error();
    const stats::SegmentHeader& header = view->segment->header;
    if (header.magic != stats::segment_magic || header.version != stats::segment_version ||
        header.counter_count != stats::counter_count)
        return base::Error{"is not a statistics segment of this version"};
    return view;
}

}  // namespace baleen::ring
