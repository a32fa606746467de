// Log entries and stored mails as the command line prints them: for people, and as JSON.  Pure.
#pragma once

#include "store/store.h"

#include <string>

namespace mailcast::app {

// One line: id, time, kind, source, source_name, text, mail, context (DESIGN 5.2), subject, badge, verdict.
std::string log_json(const store::LogEntry& entry);

// A head line, then the text, indented, its beginning only.
std::string log_text(const store::LogEntry& entry);

// What `parse --json` prints of the content, and id, received_at, envelope_from, origin, recipients,
// verdict, size.
std::string mail_json(const store::StoredMail& mail);

// What `parse` prints of the content, behind what the node knows of the mail.
std::string mail_text(const store::StoredMail& mail);

} // namespace mailcast::app
