// How the source of a Note is called on IRC.  Pure; hub thread.
//
// A person of ours has her own nick.  All others have a nick with a '|' or a '{' in it, which no name of ours can have
// (delivery/names.h) and which stands for exactly one address:
//
//     bea@example.net              bea|example_net            a mail's sender: '.' of both parts is written '_',
//     first.last+x@example.net     first_last^2bx|example_net  all that is no letter, digit or '-' as ^ and two hex digits
//     psyc://example.net/~bea      bea{example_net}           a person of another node
//     a long address               begin|end|digest           80 bits of SHA-256: nobody makes a second one
//
// Of whom the name or the address looks like somebody of ours ("Ada", "4da", Cyrillic "аdа") the nick ends in "|outside".
// The same address gives the same nick always.  RFC 2812 2.3.1 has the letters.
#pragma once

#include "chat/hub.h"
#include "chat/note.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace mailcast::front {

inline constexpr std::size_t longest_sender_nick = 48;
inline constexpr std::size_t longest_sender_user = 32; // of a longer one the beginning, then '^'
inline constexpr std::size_t longest_sender_host = 63; // of a longer one '^', then the end
inline constexpr std::size_t longest_sender_prefix =
    longest_sender_nick + 1 + longest_sender_user + 1 + longest_sender_host;

// The nick of a person of ours: as she writes herself, if that is her name in other letter case, else the name; '=' and
// '+', which no IRC nick has, as "^3d" and "^2b".
std::string irc_person_nick(const chat::Entity& person);

std::string irc_sender_nick(const chat::Note& note, const chat::Hub& hub);

// "bea|example_net!bea@example.net", without the colon.
std::string irc_sender_prefix(const chat::Note& note, const chat::Hub& hub);

// The address or uniform that a sender's nick stands for: what a person meant who writes to "bea|example_net".  "" when
// it is none, or one that holds only a digest.
std::string address_of_sender_nick(std::string_view nick);

// Whom of ours the sender of a mail from outside looks like; nullptr for nobody, and for mail from inside.
const chat::Entity* imitated_by(const chat::Note& note, const chat::Hub& hub);

} // namespace mailcast::front
