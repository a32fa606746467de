// Fields that name mailboxes: From, To, Cc, Reply-To and their like.  RFC 5322, 3.4 and 4.4, read with
// tolerance: comments, groups, routes, broken quotes, missing brackets.
// One loop, no recursion, linear: 50,000 colons are as harmless as 50,000 commas.
#pragma once

#include "mime/charset.h"
#include "mime/message.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace mailcast::mime {

// At most `limits.addresses`; sets `cut` when there were more.
std::vector<Address> parse_address_list(std::string_view raw, TextDecoder& decoder,
                                        const Limits& limits, bool* cut = nullptr);

} // namespace mailcast::mime
