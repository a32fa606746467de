// A Reading for a person in a terminal: header lines, the text, the attachments.  Pure; any thread.
#pragma once

#include "delivery/reading.h"

#include <cstdint>
#include <string>

namespace mailcast::delivery {

// Plain text, no colours; ends with a line end.
std::string to_text(const Reading& reading);

// "512 octets", "4.2 KB", "25 MB": powers of ten.
std::string size_text(std::uint64_t octets);

} // namespace mailcast::delivery
