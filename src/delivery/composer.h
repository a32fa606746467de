// A mail written by one of our persons, as octets: well-formed for any mail server and reader (RFC 5322, 2045, 2047,
// 3676 format=flowed; 6531 only where an address needs it).  Seven-bit clean, lines within 78 octets where the
// words allow.  Pure; any thread.
#pragma once

#include "base/time.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::delivery {

struct Draft {
    std::string from_address; // of the person, with a domain of ours
    std::string from_name;
    std::vector<std::string> to;
    std::string subject;                 // UTF-8; control characters become spaces
    std::string text;                    // UTF-8, LF
    std::string message_id;              // without brackets
    std::string in_reply_to;             // of the mail that is answered; "" for none
    std::vector<std::string> references; // of that mail; its own id is added
    base::Time date{};
    bool automatic = false; // nobody wrote it: nothing answers it by itself (RFC 3834 5)
};

struct Composed {
    std::string content;     // lines end with CRLF
    bool needs_utf8 = false; // an address is beyond ASCII: SMTPUTF8
};

Composed compose(const Draft& draft);

// "Re: subject", once.
std::string answer_subject(std::string_view subject);

} // namespace mailcast::delivery
