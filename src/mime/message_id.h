// Message-ID, In-Reply-To, References, Content-ID: ids within angle brackets.  RFC 5322, 3.6.4 and 4.5.4.
// Linear; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {

// A thread that is longer keeps its first and its last ids.
inline constexpr std::size_t max_message_ids = 1'000;

// Ids longer than this are cut: RFC 5322, 2.1.1 has no line above 998.
inline constexpr std::size_t max_message_id = 998;

// The one id of a field, without brackets and white space; "" when there is none.
std::string parse_message_id(std::string_view raw);

// All ids.  When there are no brackets at all, words with an @ count.
std::vector<std::string> parse_message_ids(std::string_view raw);

} // namespace mailcast::mime
