// A mail on its way between nodes (docs/psyc.md, "Mail between nodes").  Between two nodes that know the module
// "_mail" it is one packet for all recipients at the other node, answered by one with a status each; to every
// other node one _notice_email_delivered a recipient.  Both carry psyced's variables and what a Note has beyond
// them.  Pure; any thread.
#pragma once

#include "chat/note.h"
#include "front/psyc/exchange.h"
#include "mail/status.h"
#include "psyc/packet.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {

inline constexpr std::string_view mail_module = "_mail";

// Octets of text that go along; a longer one is cut at a character and marked so.  A packet of the other side's
// limits (psyc/parser.h) has room for it.
inline constexpr std::size_t mail_text_octets = 200'000;

// Recipients in one packet; more go in further ones.
inline constexpr std::size_t mail_targets = 400;

// `root` is ours, the sender's; `target` the single recipient or the root of the node.  `targets` empty: the
// form for any node.
PsycLetter mail_letter(const chat::Note& note, std::string_view once, std::string_view root,
                       std::string_view target);

// Names the recipients of a letter that goes to the module "_mail".
void add_targets(PsycLetter& letter, const std::vector<std::string>& targets,
                 const std::vector<bool>& visible);

// What a node hands over, and to whom as it says: a list, or the target of the packet.  Everything in it is
// bounded by the parser and made safe to show.
struct PsycMailRead {
    PsycMailDoor::Arrival arrival;
    bool listed = false; // by _list_targets; the answer has a status each
};

PsycMailRead read_mail(const psyc::Packet& packet, std::string_view node);

// One status per target, in their order.
void add_statuses(PsycLetter& letter, const std::vector<mail::Status>& statuses);

// As many as were asked for; what the answer does not tell, or not well, is 451.
std::vector<mail::Status> read_statuses(const psyc::Packet& packet, std::size_t count);

} // namespace mailcast::front
