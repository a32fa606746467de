// The log line of each recipient: what became of which mail.  One grep for the id, the queue id of the mail
// server or the Message-ID follows a mail.  Any thread.
#pragma once

#include "base/time.h"
#include "mail/status.h"

#include <string_view>

namespace mailcast::net {

// What all lines of one mail share; "" where it is not known.  The views live as long as the call.
struct MailLine {
    std::string_view id;
    std::string_view from; // reverse-path
    std::string_view queue_id;
    std::string_view message_id;
    std::string_view origin;
    std::string_view verdict;
    base::Time received{};
};

// "delivered", "deferred" or "refused".
std::string_view outcome_word(const mail::Status& status);

// Level info.  `to` is the recipient as it came.
void log_outcome(const MailLine& mail, std::string_view to, const mail::Status& status,
                 std::string_view word);

} // namespace mailcast::net
