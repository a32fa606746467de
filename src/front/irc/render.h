// What is said and what happens in chat, as lines of IRC.  Rendered once for all clients with the same capabilities;
// the octets are shared (chat/cast.h).  Everything goes through irc::append_line, which makes it safe.
// Pure; hub thread.
//
// A mail is a few lines under its sender's name, in a channel or as a query; a client with draft/multiline gets them
// as one batch.  The first line carries the id (msgid: that of the mail), the time, the account, and +draft/reply when
// the mail belongs to a thread.
#pragma once

#include "base/time.h"
#include "chat/cast.h"
#include "chat/hub.h"
#include "chat/mail_reading.h"
#include "chat/note.h"
#include "irc/capability.h"
#include "irc/line.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::front {

// What all clients of this node have in common for it.  All outlive whoever renders.
struct IrcRendering {
    const chat::Hub& hub;
    const chat::MailReading* reading = nullptr;
    std::function<std::string(const chat::Note&, std::size_t attachment)> link{};
};

struct IrcView {
    irc::CapabilitySet capabilities;
    bool replayed = false;     // without server-time the time stands in the text
    std::string_view target{}; // "#lab" or "Ada"
    std::string_view batch{};  // reference of the batch that it is part of
    std::string_view label{};  // of the command that it answers
};

// The lines of a note; not shared.
std::string irc_note(const IrcRendering& rendering, const chat::Note& note, const IrcView& view);

// The same, shared by all whose view of this audience is the same.  Without batch and label.
chat::SharedBytes irc_cast(const IrcRendering& rendering, const chat::Cast& cast,
                           chat::EntityId audience, const IrcView& view);

// Something that somebody says and that stands in no note of this client's log: her own words from another client.
struct IrcSaid {
    std::string_view prefix; // nick!user@host
    std::string_view account{};
    std::string_view text; // LF between lines
    bool action = false;
    bool notice = false;
    std::string_view id{};
    base::Time time{};
};

std::string irc_said(const IrcSaid& said, const IrcView& view);

// Of a place: enter, leave, topic.  nullptr for other events.
chat::SharedBytes irc_announcement(const IrcRendering& rendering,
                                   const chat::Announcement& announcement, const IrcView& view,
                                   base::Time now);

// ---- names ---------------------------------------------------------------------------------------

// Whoever is behind a uniform, as source of a line and by nick; `nick` is what others call him.
std::string irc_nick_of(std::string_view uniform, std::string_view nick, const chat::Hub& hub);
std::string irc_prefix_of(std::string_view uniform, std::string_view nick, const chat::Hub& hub);
std::string irc_person_prefix(const chat::Entity& person, const chat::Hub& hub);

// "#lab"
std::string irc_channel(const chat::Entity& place);

// "#mail-01JD...": the channel of those who may talk about a mail.
std::string irc_mail_channel(const base::MessageId& id);
std::optional<base::MessageId> irc_mail_of_channel(std::string_view channel);

// The mail that a context of ours belongs to.
std::optional<base::MessageId> irc_mail_of_context(std::string_view context);

// "2026-11-23T12:00:00.000Z"
std::string irc_time(base::Time time);

} // namespace mailcast::front
