// What is said of a mail in an IRC client: lines ready to be said, each within line_octets, UTF-8, without controls,
// formatting codes or bidirectional marks.  Pure; hub thread.
//
//     [external, verified example.net] Lunch on Friday          badge of origin and verdict, subject
//     Shall we meet at one?                                      own new words; blank lines are left out
//     files: menu.pdf 12 KB                                      links, if there is a web door
//     +42 lines, 6 lines of quotes, 1 file: more 01JD...         only when there is more
//
// At most most_lines in all.
#pragma once

#include "chat/hub.h"
#include "chat/mail_reading.h"
#include "chat/note.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {

struct IrcMailForm {
    const chat::MailReading* reading = nullptr; // trims quotes; without it the text is shown whole
    const chat::Hub* hub = nullptr;             // tells who imitates one of ours
    std::size_t most_lines = 40;
    // Fits behind the longest prefix, a target of 64 octets and a time in brackets in a line of 512.
    std::size_t line_octets = 260;
    bool blank_lines = false; // kept as "", for a client that gets the text as one batch
    // Where an attachment can be had; "" or no function: names and sizes only.
    std::function<std::string(const chat::Note&, std::size_t attachment)> link{};
};

std::vector<std::string> irc_mail_lines(const chat::Note& note, const IrcMailForm& form);

// How many octets of the mail's own words those lines show: where "more" goes on.
std::size_t irc_mail_shown(const chat::Note& note, const IrcMailForm& form);

// Talk instead of mail: its text in lines as above; an action is not marked as such here.
std::vector<std::string> irc_text_lines(std::string_view text, const IrcMailForm& form);

} // namespace mailcast::front
