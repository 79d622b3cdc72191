// HASSH and HASSHServer: a fingerprint of an SSH side by what it offers in its KEXINIT.
//
// MD5 over "kex;encryption;mac;compression", the lists as they were sent, in hexadecimal.
#pragma once

#include <cstdint>
#include <vector>

namespace baleen::record {

// Adds to fields (baleen/application.h) that have all lists of an SSH side the hash of them.
void add_hassh(std::vector<uint8_t>& fields);

}  // namespace baleen::record
