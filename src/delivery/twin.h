// The same message by two ways: directly and by a mailing list, or by two lists.  A list changes what stands around a
// text (trace, subject, a footer), so the octets differ; what the sender wrote does not.  Pure; any thread.
//
// Twins are known by Message-ID, author, date and the whole plain text, so that nothing unread is left out: who knows the
// Message-ID alone can suppress nothing.  A mail with attachments, or one whose text was HTML, has no twin.
#pragma once

#include "delivery/reading.h"

#include <optional>
#include <string>
#include <string_view>

namespace mailcast::delivery {

struct Twin {
    std::string name; // the same for all copies
    std::string path; // by which this one came: "directly" or "by list dev.example.net"; safe line
};

// Nothing for a mail that can have no twin: it is from no list and names one address only.
std::optional<Twin> twin_of(const Reading& reading);

// The text without the lines that a list of this id put below it; the text itself when there are none.
std::string_view without_list_footer(std::string_view text, std::string_view list_id);

} // namespace mailcast::delivery
