// What a mail says to a reader: who, what about, the text to show, what is attached.  Made once from a
// mime::Message; what `mailcast parse --json` prints (DESIGN 5.2) and what a Note is made of.
// Reading never fails; what could not be read is said in `defects`.
// Pure, iterative, bounded; values; one thread at a time.
//
// What it will not do: fetch, decrypt, check signatures, open archives or TNEF; those are named in one
// line each.
#pragma once

#include "base/time.h"
#include "chat/note.h"
#include "mime/message.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailcast::delivery {

enum class TextSource { none, plain, html };

constexpr std::string_view to_string(TextSource source) {
    switch (source) {
    case TextSource::none:
        return "none";
    case TextSource::plain:
        return "plain";
    case TextSource::html:
        return "html";
    }
    return "none";
}

struct ReadingLimits {
    std::size_t text = 33'554'432;      // octets of the text to show
    std::size_t message_depth = 10;     // messages within messages
    std::size_t messages = 100;         // messages within this one, in all
    std::size_t special_lines = 100;    // lines such as "[Signed with OpenPGP]"
    std::size_t embedded_files = 1'000; // uuencoded and yEnc files within text
};

// All strings are valid UTF-8; all but `text` are single lines that are safe to show.
struct Reading {
    std::string from_name;
    std::string from_addr;
    std::vector<mime::Address> to;
    std::vector<mime::Address> cc;
    std::vector<mime::Address> reply_to;
    std::string subject;
    std::optional<base::Time> date;
    std::string message_id;  // ids are without angle brackets
    std::string in_reply_to; // the first one; "" for none
    std::vector<std::string> references;
    std::string list_id;        // without angle brackets
    std::string auto_submitted; // the keyword in lower case; "" for none
    std::string text;           // LF, no controls but LF and tab
    TextSource text_source = TextSource::none;
    std::vector<chat::Attachment> attachments; // leaves of the mail, then files within its text
    std::vector<std::string> defects;
};

// `text`: the best text of each part of the mail; plain if it says anything, else HTML turned into text; further
// texts follow, separated by a blank line; then one line in brackets for each thing that has no text but a
// meaning; then the messages inside this one, each after a heading.
Reading read(const mime::Message& message, const ReadingLimits& limits = {});

} // namespace mailcast::delivery
