// The body of one leaf: transfer decoding and text.  Linear; memory is bounded by the output.
#pragma once

#include "mime/message.h"
#include "mime/output.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mailcast::mime {

// Called about every 1 MiB with an offset in the body; octets before it have been read.  May be empty.
using Passed = std::function<void(std::size_t offset)>;

void decode_body(std::string_view body, Encoding encoding, Output& output, const Passed& passed);

// See Message::text.
std::string decode_text(const Part& part, std::size_t max, const Passed& passed);

} // namespace mailcast::mime
