#include "front/irc/render.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/mail.h"
#include "front/irc/name.h"
#include "irc/name.h"
#include "irc/split.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace mailcast::front {

namespace {

using irc::Capability;

// Apart from the forms of other protocols in one Rendered.
constexpr std::uint32_t irc_forms = 1U << 16U;

std::uint32_t form_of(const IrcView& view) {
    std::uint32_t form = irc_forms;
    const auto add = [&](bool has, std::uint32_t bit) { form += has ? bit : 0; };
    const irc::CapabilitySet& has = view.capabilities;
    add(view.replayed, 1U);
    add(has.has(Capability::server_time), 2U);
    add(has.has(Capability::message_tags), 4U);
    add(has.has(Capability::account_tag), 8U);
    add(has.has(Capability::multiline) && has.has(Capability::batch), 16U);
    add(has.has(Capability::extended_join), 32U);
    return form;
}

struct TextLine {
    std::string text;
    bool goes_on = false; // belongs to the line before
};

// What is common to the lines of one saying.
struct Saying {
    std::string prefix;
    std::string_view command;
    std::string target;
    bool action = false;
    irc::Tags first; // tags of the first line, or of the batch
};

void add_common(irc::Tags& tags, const IrcView& view, std::string_view account, std::string_view id,
                base::Time time) {
    const irc::CapabilitySet& has = view.capabilities;
    if (!view.batch.empty() && has.has(Capability::batch)) {
        tags.emplace_back("batch", view.batch);
    }
    if (!view.label.empty()) {
        tags.emplace_back("label", view.label);
    }
    if (has.has(Capability::server_time)) {
        tags.emplace_back("time", irc_time(time));
    }
    if (has.has(Capability::message_tags) && !id.empty()) {
        tags.emplace_back("msgid", id);
    }
    if (has.has(Capability::account_tag) && !account.empty()) {
        tags.emplace_back("account", account);
    }
}

std::string render(const Saying& saying, const std::vector<TextLine>& lines, const IrcView& view,
                   std::string_view reference) {
    std::string out;
    const std::array<std::string_view, 1> words = {saying.target};
    irc::Line line{.source = saying.prefix,
                   .command = saying.command,
                   .words = words,
                   .saying = saying.action ? irc::Saying::action : irc::Saying::text};
    const irc::CapabilitySet& has = view.capabilities;
    const bool as_batch = lines.size() > 1 && !saying.action && !reference.empty() &&
                          has.has(Capability::multiline) && has.has(Capability::batch);
    if (as_batch) {
        const std::string opening = "+" + std::string(reference);
        const std::string closing = "-" + std::string(reference);
        const std::array<std::string_view, 3> begin = {opening, "draft/multiline", saying.target};
        const std::array<std::string_view, 1> end = {closing};
        irc::append_line(out, saying.first,
                         {.source = saying.prefix, .command = "BATCH", .words = begin});
        for (const TextLine& one : lines) {
            irc::Tags tags = {{"batch", std::string(reference)}};
            if (one.goes_on) {
                tags.emplace_back("draft/multiline-concat", "");
            }
            line.text = one.text;
            irc::append_line(out, tags, line);
        }
        irc::append_line(out, {}, {.source = saying.prefix, .command = "BATCH", .words = end});
        return out;
    }
    // The id is that of the first line; the others have only the time.
    irc::Tags later;
    for (const auto& [key, value] : saying.first) {
        if (key == "batch" || key == "time" || key == "account") {
            later.emplace_back(key, value);
        }
    }
    bool is_first = true;
    for (const TextLine& one : lines) {
        if (base::trim(one.text).empty() && lines.size() > 1) {
            continue; // many clients drop an empty line, and servers refuse one
        }
        line.text = one.text;
        irc::append_line(out, is_first ? saying.first : later, line);
        is_first = false;
    }
    return out;
}

std::vector<TextLine> lines_of(std::string_view text, const Saying& saying,
                               std::string_view before) {
    const std::array<std::string_view, 1> words = {saying.target};
    const std::size_t room =
        irc::room_for_text({.source = saying.prefix,
                            .command = saying.command,
                            .words = words,
                            .saying = saying.action ? irc::Saying::action : irc::Saying::text});
    std::vector<TextLine> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const std::string line = std::string(before) + base::safe_line(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        bool goes_on = false;
        for (const std::string_view piece : irc::split_line(line, room)) {
            lines.push_back({.text = std::string(piece), .goes_on = goes_on});
            goes_on = true;
        }
    }
    return lines;
}

// Before the text of what is shown again to a client that knows no times.
std::string time_before(const IrcView& view, base::Time time) {
    if (!view.replayed || view.capabilities.has(Capability::server_time)) {
        return {};
    }
    std::string text = irc_time(time).substr(0, 19);
    text[10] = ' ';
    return "[" + text + "] ";
}

std::string account_of(std::string_view uniform, const chat::Hub& hub) {
    const chat::Entity* person = hub.find_uniform(uniform, chat::EntityKind::person);
    const bool ours = person != nullptr && uniform.starts_with("psyc://");
    return ours ? irc_person_nick(*person) : std::string();
}

// A mail's thread: the mail that opened the context, when that is another one.
std::string thread_of(const chat::Note& note) {
    const auto opener = irc_mail_of_context(note.context);
    return opener && *opener != note.id ? opener->text() : std::string();
}

// The channel where those may talk about a mail who can see that the others got it, too.
std::string common_channel(const chat::Note& note) {
    const auto opener = irc_mail_of_context(note.context);
    const auto visible = std::ranges::count_if(
        note.recipients, [](const chat::Addressed& one) { return one.visible; });
    return opener && visible > 1 ? irc_mail_channel(*opener) : std::string();
}

// Where something was said that comes to a person by herself.
std::string context_before(const IrcRendering& rendering, const chat::Note& note,
                           const IrcView& view) {
    if (note.kind != chat::NoteKind::message || note.context.empty()) {
        return {};
    }
    if (const auto mail = irc_mail_of_context(note.context)) {
        const std::string channel = irc_mail_channel(*mail);
        return base::iequals(channel, view.target) ? std::string() : "[" + channel + "] ";
    }
    return rendering.hub.find_uniform(note.context, chat::EntityKind::place) != nullptr
               ? std::string()
               : "[" + base::safe_line(note.context) + "] ";
}

} // namespace

std::string irc_note(const IrcRendering& rendering, const chat::Note& note, const IrcView& view) {
    Saying saying;
    saying.prefix = irc_sender_prefix(note, rendering.hub);
    const bool talk = note.kind == chat::NoteKind::message;
    saying.command =
        note.kind == chat::NoteKind::notice || (talk && note.badge == chat::notice_badge)
            ? "NOTICE"
            : "PRIVMSG";
    saying.target = std::string(view.target);
    saying.action = talk && note.badge == chat::action_badge;
    const std::string id = note.id.text();
    add_common(saying.first, view, account_of(note.source, rendering.hub), id, note.time);
    if (view.capabilities.has(Capability::message_tags)) {
        if (auto thread = thread_of(note); !thread.empty()) {
            saying.first.emplace_back("+draft/reply", std::move(thread));
        }
        if (auto channel = common_channel(note); !channel.empty() && channel != view.target) {
            saying.first.emplace_back("+draft/channel-context", std::move(channel));
        }
    }
    const std::string before = time_before(view, note.time) + context_before(rendering, note, view);
    std::vector<TextLine> lines;
    if (note.kind == chat::NoteKind::mail) {
        IrcMailForm form{.reading = rendering.reading, .hub = &rendering.hub};
        form.blank_lines = view.capabilities.has(Capability::multiline) &&
                           view.capabilities.has(Capability::batch);
        form.link = rendering.link;
        for (const std::string& line : irc_mail_lines(note, form)) {
            std::vector<TextLine> pieces = lines_of(line, saying, before);
            if (pieces.empty()) {
                pieces.push_back({});
            }
            std::ranges::move(pieces, std::back_inserter(lines));
        }
    } else {
        const bool mailbox = note.badge == chat::mailbox_badge;
        std::string text = mailbox ? note.text : note.subject;
        text += note.subject.empty() || note.text.empty() ? "" : mailbox ? ": " : "\n";
        text += mailbox ? note.subject : note.text;
        lines = lines_of(text, saying, before);
    }
    return render(saying, lines, view, "m" + id);
}

chat::SharedBytes irc_cast(const IrcRendering& rendering, const chat::Cast& cast,
                           chat::EntityId audience, const IrcView& view) {
    return cast.once({.form = form_of(view), .audience = audience},
                     [&] { return irc_note(rendering, cast.note(), view); });
}

std::string irc_said(const IrcSaid& said, const IrcView& view) {
    Saying saying;
    saying.prefix = said.prefix;
    saying.command = said.notice ? "NOTICE" : "PRIVMSG";
    saying.target = std::string(view.target);
    saying.action = said.action;
    add_common(saying.first, view, said.account, said.id, said.time);
    const std::string reference = said.id.empty() ? std::string() : "m" + std::string(said.id);
    return render(saying, lines_of(said.text, saying, time_before(view, said.time)), view,
                  reference);
}

chat::SharedBytes irc_announcement(const IrcRendering& rendering,
                                   const chat::Announcement& announcement, const IrcView& view,
                                   base::Time now) {
    const chat::Event& event = announcement.event();
    if (event.kind != chat::EventKind::enter && event.kind != chat::EventKind::leave &&
        event.kind != chat::EventKind::topic) {
        return nullptr;
    }
    return announcement.once({.form = form_of(view), .audience = event.about}, [&] {
        const chat::Hub& hub = rendering.hub;
        const std::string prefix = irc_prefix_of(event.who, event.nick, hub);
        const std::string account = account_of(event.who, hub);
        irc::Tags tags;
        add_common(tags, view, account, {}, now);
        std::vector<std::string_view> words = {view.target};
        irc::Line line{.source = prefix, .command = "PART"};
        if (event.kind == chat::EventKind::enter) {
            line.command = "JOIN";
            if (view.capabilities.has(Capability::extended_join)) {
                words.push_back(account.empty() ? std::string_view("*") : account);
                line.saying = irc::Saying::text;
                line.text = event.nick;
            }
        } else if (event.kind == chat::EventKind::topic) {
            line.command = "TOPIC";
            line.saying = irc::Saying::text;
            line.text = event.text;
        } else if (!event.detail.empty()) {
            line.saying = irc::Saying::text;
            line.text = event.detail == "netburp"      ? std::string_view("node is gone")
                        : event.detail == "disconnect" ? std::string_view("connection lost")
                                                       : std::string_view(event.detail);
        }
        line.words = words;
        std::string out;
        irc::append_line(out, tags, line);
        return out;
    });
}

// ---- names ---------------------------------------------------------------------------------------

namespace {

// As the source of a note, so that somebody is called the same in the list of members and when he speaks.
chat::Note as_source(std::string_view uniform, std::string_view nick) {
    chat::Note note;
    note.source = uniform;
    note.source_name = nick;
    return note;
}

} // namespace

std::string irc_nick_of(std::string_view uniform, std::string_view nick, const chat::Hub& hub) {
    return irc_sender_nick(as_source(uniform, nick), hub);
}

std::string irc_prefix_of(std::string_view uniform, std::string_view nick, const chat::Hub& hub) {
    return irc_sender_prefix(as_source(uniform, nick), hub);
}

std::string irc_person_prefix(const chat::Entity& person, const chat::Hub& hub) {
    return irc_prefix_of(hub.uniform_of(person), person.display, hub);
}

std::string irc_channel(const chat::Entity& place) {
    std::string channel = "#" + place.display;
    return irc::is_channel(channel) ? channel : "#" + place.name;
}

namespace {

constexpr std::string_view mail_channel = "#mail-";
constexpr std::string_view mail_context = "/@mail-";

} // namespace

std::string irc_mail_channel(const base::MessageId& id) {
    return std::string(mail_channel) + id.text();
}

std::optional<base::MessageId> irc_mail_of_channel(std::string_view channel) {
    return base::istarts_with(channel, mail_channel)
               ? base::MessageId::parse(channel.substr(mail_channel.size()))
               : std::nullopt;
}

std::optional<base::MessageId> irc_mail_of_context(std::string_view context) {
    const auto at = context.rfind('/');
    return at != std::string_view::npos && base::istarts_with(context.substr(at), mail_context)
               ? base::MessageId::parse(context.substr(at + mail_context.size()))
               : std::nullopt;
}

std::string irc_time(base::Time time) {
    std::string text = base::format_rfc3339(time);
    if (text.find('.') == std::string::npos) {
        text.insert(text.size() - 1, ".000");
    }
    return text;
}

} // namespace mailcast::front
