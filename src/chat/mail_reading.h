// How a front reads the mails that the store keeps, beyond what a Note carries: the whole text, header fields, the
// way a mail took, its source; and what a person's rules say of it.  Implemented by app over the store; tests have one in memory.
// Hub thread; outlives the fronts.  Who may read what is the front's affair (may_read of talk about mail: words.h).
#pragma once

#include "base/id.h"
#include "chat/note.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::chat {

// A text without quoted history and signature, and what was set aside.
struct OwnWords {
    std::string text;              // safe text, LF
    std::string trimmed;           // "4 lines of quotes, 2 lines of signature"; "" for nothing
    std::size_t trimmed_lines = 0; // in all
};

// One stored mail as its reader may look at it.  All but `source` is safe to show: valid UTF-8 without controls.
struct MailRead {
    std::shared_ptr<const Note> note;
    std::string text;      // whole text to show, LF; the beginning of one beyond most_text
    bool text_cut = false; // there is more than most_text
    std::vector<std::string> headers; // "Name: value", unfolded and decoded, in their order
    std::vector<std::string> trace;   // Received and what our own doors noted, newest first
    std::string queue_id;             // the mail server's; "" when unknown
    std::string source; // the octets as they came, at most most_source of them; NOT safe to show
    std::uint64_t source_octets = 0; // of the whole
};

class MailReading {
  public:
    static constexpr std::size_t most_text = 1'048'576;  // octets
    static constexpr std::size_t most_source = 262'144;  // octets
    static constexpr std::size_t most_headers = 200;     // fields
    static constexpr std::size_t longest_header = 2'000; // octets of one field

    virtual ~MailReading() = default;

    // Pure and linear in `text`, which is safe text with LF, such as that of a Note.
    virtual OwnWords own_words(std::string_view text) const = 0;

    // The value of a header field as it is shown: encoded words read (RFC 2047), a safe line.  Pure.
    virtual std::string field_text(std::string_view raw) const = 0;

    // Null when there is no such mail (any more) or the store could not be read.  `done` is called once, on the hub
    // thread, never from within.
    virtual void read(base::MessageId id,
                      std::function<void(std::shared_ptr<const MailRead>)> done) = 0;

    // What differs from the default, "key=value" each.
    virtual std::vector<std::string> rules(EntityId entity) const = 0;

    // The rule that lets the sender of a mail in to one of its recipients, in a sentence for that recipient; by the
    // rules as they are now.
    virtual std::string let_in_by(const Note& note, EntityId entity) const = 0;
};

} // namespace mailcast::chat
