#include "base/mapping.h"

#include <sys/mman.h>

namespace baleen::base {

Mapping::~Mapping() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
}

}  // namespace baleen::base
