// The reader of foreign bytes (base/cursor.h), by the names that parsers have for it.
#pragma once

#include "base/cursor.h"

namespace baleen::protocol {

using base::Bytes;
using base::Cursor;

}  // namespace baleen::protocol
