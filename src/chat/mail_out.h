// How what a person says becomes mail: to an address, or as the answer to a mail.  Implemented by net over the outbox
// and the smarthost.  Hub thread; outlives the fronts.
#pragma once

#include "base/id.h"
#include "chat/note.h"

#include <functional>
#include <optional>
#include <string>

namespace mailcast::chat {

class MailOut {
  public:
    virtual ~MailOut() = default;

    struct Letter {
        EntityId person = 0; // who writes
        std::string address; // "bea@example.net"; "" with `answers`: to whom that mail asks for
        std::string subject; // ""; of an answer that of the mail
        std::string text;    // UTF-8, LF
        std::optional<base::MessageId> answers; // the id of a mail in the person's log
    };

    // `done` hears "" when the letter is in the outbox, on disk, else what is wrong in one line; on the hub thread,
    // never from within.
    virtual void write(Letter letter, std::function<void(std::string)> done) = 0;
};

} // namespace mailcast::chat
