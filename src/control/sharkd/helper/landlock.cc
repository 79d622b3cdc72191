#include "control/sharkd/helper/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "base/file_descriptor.h"

namespace baleen::sharkd {
namespace {

constexpr uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// Of the first version of Landlock, all: what is handled and not granted is refused.
constexpr uint64_t all_rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
// The kernel executes a program's interpreter as well: it lies in one of these.
constexpr const char* interpreters[] = {"/lib64/ld-linux-x86-64.so.2",
                                        "/lib/ld-linux-aarch64.so.1"};

// What is not there needs no grant.
bool grant(int ruleset, const char* path, uint64_t rights) {
    const base::FileDescriptor place(::open(path, O_PATH | O_CLOEXEC));
    if (!place) return true;
    struct stat status {};
    if (::fstat(place.get(), &status) != 0) return false;
    if (!S_ISDIR(status.st_mode)) rights &= ~uint64_t{LANDLOCK_ACCESS_FS_READ_DIR};
    const landlock_path_beneath_attr beneath{.allowed_access = rights, .parent_fd = place.get()};
    return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
}

}  // namespace

bool read_only(std::span<const char* const> folders, const char* program) {
    const landlock_ruleset_attr handled{.handled_access_fs = all_rights};
    const base::FileDescriptor ruleset(static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled.handled_access_fs, 0)));
    if (!ruleset) return false;
    constexpr uint64_t execute = read_rights | LANDLOCK_ACCESS_FS_EXECUTE;
    bool is_granted = grant(ruleset.get(), program, execute);
    for (const char* path : interpreters) is_granted &= grant(ruleset.get(), path, execute);
    for (const char* path : folders) is_granted &= grant(ruleset.get(), path, read_rights);
    return is_granted && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

}  // namespace baleen::sharkd
