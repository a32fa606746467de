// Parts that have no text for people but a meaning: signatures, encrypted contents, invitations, reports, cards,
// pieces of a mail.  Each is named in one line.  Pure; any thread.
#pragma once

#include "mime/message.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::delivery {

// The lines for this part, without brackets; none when it has no such meaning.
std::vector<std::string> special_lines(const mime::Message& message, const mime::Part& part);

// The first piece of a message/partial has the header of the whole (RFC 2046 5.2.2).
bool is_first_piece(const mime::Part& part);

// What armour in a text says: "Encrypted with OpenPGP; cannot be read here"; "" when there is none.
std::string_view armour_line(std::string_view text);

} // namespace mailcast::delivery
