// What is told only to those who are there and stands in no log: somebody came or went, a topic, presence,
// a receipt.  A value; every front makes its own words of it, once per form (cast.h).  Texts are safe to
// show: lines without control characters, UTF-8.
#pragma once

#include "chat/note.h"

#include <string>

namespace mailcast::chat {

enum class EventKind {
    enter,      // `who` came into place `about`
    leave,      // `who` left place `about`; detail "" or "disconnect" or "netburp"
    topic,      // of place `about`, set by `who`; an empty text: removed
    presence,   // of `who`; availability, text is her description
    friendship, // with `who`; detail "offered", "established" or "removed"
    receipt,    // what the person has said to `who` arrived there; text as in her log
    foreign, // something that only another node's words tell: detail is its method, text what it says
};

struct Event {
    EventKind kind = EventKind::foreign;
    EntityId about = 0; // the place or person of ours to whose followers it goes
    std::string who{};  // uniform
    std::string nick{}; // of who
    std::string text{};
    std::string detail{};
    int availability = 0; // 0 to 9 (reference: psyc-protocol 6.4); 0: unknown
    bool action = false;  // of a receipt: "/me"
    bool notice = false;  // of a receipt: nothing automatic may answer it
    std::string
        context{}; // uniform of the place it happened in when that is elsewhere, told to a person of ours

    bool operator==(const Event&) const = default;
};

} // namespace mailcast::chat
