// Makes the Note that chat shows of a mail: from what the mail says (Reading), what the transaction said
// (Envelope) and what the door knows (MailArrival).  Pure; any thread.
#pragma once

#include "base/id.h"
#include "base/time.h"
#include "chat/note.h"
#include "delivery/reading.h"
#include "delivery/verdict.h"
#include "mail/envelope.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mailcast::delivery {

// Text that a Note carries; the whole stays in the store.
inline constexpr std::size_t max_note_text = 65'536;
inline constexpr std::size_t max_note_subject = 1'000;
inline constexpr std::size_t max_note_name = 200;
inline constexpr std::size_t max_note_attachments = 100;

// What the door knows of a mail.
struct MailArrival {
    base::MessageId id{};
    base::Time received{};
    mail::Origin origin = mail::Origin::external;
    std::uint64_t size = 0; // octets as they came
    std::string peer{};     // name or address of who handed it in, when nothing better is known
    Judgement judgement{};  // for internal mail always "inside"
};

// `recipients` are taken as they are.
chat::Note make_note(const Reading& reading, const mail::Envelope& envelope,
                     const MailArrival& arrival, std::vector<chat::Addressed> recipients);

} // namespace mailcast::delivery
