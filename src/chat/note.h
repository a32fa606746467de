// What chat shows of something that was said or that came by mail.  One Note is made once, appended
// to the logs of its entities, and rendered once per protocol.  A value; shared as shared_ptr<const
// Note>.
#pragma once

#include "base/id.h"
#include "base/time.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::chat {

// Number of an entity in the store; never used again for another.
using EntityId = std::int64_t;

// Position in the order of all commits.  Logs are read and cursors stand by it.
using Sequence = std::int64_t;

enum class EntityKind { person, place };

enum class NoteKind { mail, message, notice };

constexpr std::string_view to_string(NoteKind kind) {
    switch (kind) {
    case NoteKind::mail:
        return "mail";
    case NoteKind::message:
        return "message";
    case NoteKind::notice:
        return "notice";
    }
    return "notice";
}

struct Attachment {
    std::string name; // safe as a file name; "" when the sender gave none
    std::string type;
    std::uint64_t size = 0; // decoded octets
    bool is_inline = false;

    bool operator==(const Attachment&) const = default;
};

// What a Note that came by mail has beyond the common.
struct MailFacts {
    std::string envelope_from; // "" is the null reverse-path
    std::string from_name;
    std::string from_address; // of the From field
    std::string message_id;   // without brackets
    std::string origin;       // "internal" or "external"
    std::string verdict;      // see delivery/verdict
    std::string host_source;  // who handed it in: the client's name or address
    std::string date;         // Date field, RFC 3339; "" when unknown
    std::uint64_t size = 0;   // octets as they came
    std::uint32_t text_lines = 0;
    bool text_cut = false; // `text` holds only the beginning
    std::vector<Attachment> attachments;

    bool operator==(const MailFacts&) const = default;
};

// One recipient of a mail as the envelope named it, and the entity of ours that it led to.
struct Addressed {
    EntityId entity = 0;
    std::string address;  // "ada+work@example.org", as the peer wrote it
    std::string domain;   // of that address, normalised
    bool visible = false; // named in To or Cc: may be shown to the others

    bool operator==(const Addressed&) const = default;
};

inline constexpr std::string_view action_badge = "action";
inline constexpr std::string_view notice_badge = "notice";
inline constexpr std::string_view mailbox_badge = "mailbox";

struct Note {
    base::MessageId id;
    NoteKind kind = NoteKind::message;
    base::Time time{};
    std::string source;      // uniform: "mailto:bea@example.net", "psyc://host/~ada"
    std::string source_name; // to be shown: name or nick; safe line
    // Origin and verdict in a word or two; "" for talk among ourselves, or action_badge: `text` is what the source
    // does ("/me waves"), or notice_badge: nothing automatic may answer it (IRC's NOTICE), or mailbox_badge of a
    // notice: `text` says who wrote `subject` to a mailbox elsewhere.
    std::string badge;
    std::string subject;               // safe line
    std::string text;                  // safe text, UTF-8, LF
    std::string context;               // uniform of the context it was said in; "" for none
    std::vector<Addressed> recipients; // in slot order without repetition of an entity
    // Uniforms of recipients at other nodes that are named in To or Cc: they belong to the context, too.
    std::vector<std::string> elsewhere;
    MailFacts mail; // only for NoteKind::mail
};

} // namespace mailcast::chat
