#include "front/psyc/note.h"

#include "base/ascii.h"
#include "front/psyc/letter.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace mailcast::front {

namespace {

constexpr std::size_t most_recipients_shown =
    44; // as many members as a place shows, psyced's number

// An element of a list on a classic circuit ends at its first blank.
std::string without_blanks(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\n'; }, '_');
    return out;
}

const chat::Addressed* addressed_as(const chat::Note& note, chat::EntityId audience) {
    const auto found = std::ranges::find(note.recipients, audience, &chat::Addressed::entity);
    return found == note.recipients.end() ? nullptr : &*found;
}

std::string_view local_part(std::string_view address) {
    const auto at = address.rfind('@');
    return address.substr(0, at);
}

bool in_place(const PsycView& view) {
    return view.audience.kind == chat::EntityKind::place;
}

// Said in a place elsewhere, and in the log of a person of ours who is in it.
bool from_place_elsewhere(const chat::Note& note, const PsycView& view) {
    return !in_place(view) && !note.context.empty() && !is_mail_context(note.context);
}

// The context of the packet, "" for one that a person gets by herself.
std::string_view context_of(const chat::Note& note, const PsycView& view) {
    if (in_place(view)) {
        return view.uniform;
    }
    // Talk about a mail is in its context; the mail itself comes to each recipient by her own address.
    return note.kind == chat::NoteKind::message || from_place_elsewhere(note, view)
               ? std::string_view(note.context)
               : std::string_view{};
}

std::string nick_of_place(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    return parsed ? std::string(parsed->name()) : std::string(uniform);
}

PsycLetter routing_of(const chat::Note& note, const PsycView& view, std::string_view location) {
    PsycLetter letter;
    letter.context = context_of(note, view);
    if (letter.context.empty()) {
        letter.source = view.uniform;
    }
    // To the members of a context there is one packet for all; what is sent again goes to one.
    if (letter.context.empty() || view.replayed) {
        letter.target = location;
    }
    letter.source_relay = note.source;
    return letter;
}

void add_times(PsycLetter& letter, const chat::Note& note, const PsycView& view, bool place) {
    if (!view.replayed) {
        return;
    }
    const std::string seconds = std::to_string(base::to_unix_seconds(note.time));
    letter.variables.emplace_back("_time_log", seconds);
    if (place) {
        letter.variables.emplace_back("_time_place", seconds);
    }
}

// What a mail is to one of its recipients.
void add_own_part(PsycLetter& letter, const chat::Note& note, const PsycView& view) {
    if (note.kind == chat::NoteKind::mail) {
        // The null reverse-path is no name; <> is how mail writes it.
        letter.variables.emplace_back(
            "_nick", note.mail.envelope_from.empty() ? std::string("<>") : note.mail.envelope_from);
    } else {
        letter.variables.emplace_back("_nick", note.source_name);
    }
    if (in_place(view)) {
        letter.variables.emplace_back("_nick_place", view.audience.name);
    } else if (const auto context = context_of(note, view); !context.empty()) {
        letter.variables.emplace_back("_nick_place", nick_of_place(context));
    } else if (note.kind == chat::NoteKind::message) {
        letter.variables.emplace_back("_nick_target", view.audience.name);
    }
    const chat::Addressed* addressed = addressed_as(note, view.audience.id);
    if (addressed != nullptr && note.kind == chat::NoteKind::mail) {
        letter.variables.emplace_back("_nick_target", local_part(addressed->address));
        letter.variables.emplace_back("_host_target", addressed->domain);
    }
}

void fill_mail(PsycLetter& letter, const chat::Note& note, const PsycView& view) {
    const chat::MailFacts& mail = note.mail;
    const bool place = in_place(view) || from_place_elsewhere(note, view);
    auto& variables = letter.variables;
    const auto number = [&variables](std::string_view name, std::int64_t value) {
        variables.emplace_back(name, std::to_string(value));
    };
    variables.emplace_back("_host_source", mail.host_source);
    variables.emplace_back("_method_SMTP", "MAIL");
    variables.emplace_back("_subject", note.subject);
    variables.emplace_back("_content", note.text);
    variables.emplace_back("_ID_SMTP", mail.message_id.empty() ? "" : "<" + mail.message_id + ">");
    variables.emplace_back("_ID_mail", note.id.text());
    variables.emplace_back("_name_source", mail.from_name);
    variables.emplace_back("_address_from", mail.from_address);
    variables.emplace_back("_badge", note.badge);
    variables.emplace_back("_date", mail.date);
    number("_time_sent", base::to_unix_seconds(note.time));
    number("_size", static_cast<std::int64_t>(mail.size));
    number("_amount_lines", mail.text_lines);
    variables.emplace_back("_flag_cut", mail.text_cut ? "yes" : "");
    if (!mail.attachments.empty()) {
        std::vector<std::string> names;
        names.reserve(mail.attachments.size());
        for (const chat::Attachment& attachment : mail.attachments) {
            names.push_back(
                without_blanks(attachment.name.empty() ? attachment.type : attachment.name));
        }
        number("_amount_attachments", static_cast<std::int64_t>(mail.attachments.size()));
        letter.lists.emplace_back("_list_attachments", std::move(names));
    }
    if (is_mail_context(note.context)) {
        // Who is told in To or Cc that the others got it, too, may see them; nobody sees the rest.
        variables.emplace_back("_context_mail", note.context);
        std::vector<std::string> others;
        std::size_t visible = 0;
        std::unordered_set<std::string_view> addresses;
        for (const chat::Addressed& one : note.recipients) {
            // An alias with several targets stands there once, as it was written.
            if (!one.visible || !addresses.insert(one.address).second) {
                continue;
            }
            if (++visible <= most_recipients_shown) {
                others.push_back(without_blanks(one.address));
            }
        }
        for (const std::string& uniform : note.elsewhere) {
            if (++visible <= most_recipients_shown) {
                others.push_back(without_blanks(uniform));
            }
        }
        if (visible > 1) {
            number("_amount_recipients", static_cast<std::int64_t>(visible));
            letter.lists.emplace_back("_list_recipients", std::move(others));
        }
    }
    add_times(letter, note, view, place);
    if (place) {
        // A _message is shown as it stands, never filled in.
        letter.method = "_message_public_mail";
        letter.body = note.subject;
        if (!note.text.empty()) {
            letter.body += letter.body.empty() ? "" : ":\n";
            letter.body += note.text;
        }
    } else {
        letter.method = "_notice_email_delivered";
        // psyced's template, without what this mail does not have: an unknown name would stay in the text.
        letter.body = "([_method_SMTP] from [_nick] to [_nick_target])";
        letter.body += note.subject.empty() ? "" : " [_subject]";
        letter.body += note.text.empty() ? "" : "\n[_content]";
    }
}

void fill_talk(PsycLetter& letter, const chat::Note& note, const PsycView& view) {
    const bool place = !context_of(note, view).empty();
    letter.variables.emplace_back("_ID_message", note.id.text());
    add_times(letter, note, view, place);
    letter.method = place ? "_message_public" : "_message_private";
    if (note.badge == chat::action_badge) {
        letter.variables.emplace_back("_action", note.text);
    } else {
        letter.body = note.text;
    }
}

void fill_notice(PsycLetter& letter, const chat::Note& note, const PsycView& view) {
    letter.variables.emplace_back("_ID_message", note.id.text());
    if (note.badge == chat::mailbox_badge) {
        // As psycmail says it; _nick has the name with what tells that it is nobody of ours.
        letter.variables.emplace_back("_origin", note.text);
        letter.variables.emplace_back("_subject", note.subject);
        letter.variables.emplace_back("_nick_alias",
                                      note.source_name.substr(0, note.source_name.rfind(" (")));
        add_times(letter, note, view, in_place(view));
        letter.method = "_notice_received_email";
        letter.body = note.text.empty() ? "([_nick_alias]) [_subject]"
                                        : "([_nick_alias]) [_origin]: [_subject]";
        return;
    }
    letter.variables.emplace_back("_subject", note.subject);
    letter.variables.emplace_back("_content", note.text);
    add_times(letter, note, view, in_place(view));
    letter.method = "_notice_recorded";
    letter.body = "[_nick]: [_subject]";
    if (note.subject.empty()) {
        letter.body = "[_nick]: [_content]";
    } else if (!note.text.empty()) {
        letter.body += "\n[_content]";
    }
}

void fill_shared_part(PsycLetter& letter, const chat::Note& note, const PsycView& view) {
    switch (note.kind) {
    case chat::NoteKind::mail:
        fill_mail(letter, note, view);
        break;
    case chat::NoteKind::message:
        fill_talk(letter, note, view);
        break;
    case chat::NoteKind::notice:
        fill_notice(letter, note, view);
        break;
    }
}

// Readings that share their tail have the same form.
std::uint32_t form_of(const chat::Note& note, const PsycView& view) {
    const bool place = in_place(view) || !context_of(note, view).empty();
    return 1U + (view.generation == psyc::Generation::v1 ? 2U : 0U) + (view.replayed ? 4U : 0U) +
           (place ? 8U : 0U);
}

} // namespace

bool is_mail_context(std::string_view uniform) {
    constexpr std::string_view mark = "/@mail-";
    const auto at = uniform.rfind('/');
    return at != std::string_view::npos && base::istarts_with(uniform.substr(at), mark) &&
           base::MessageId::parse(uniform.substr(at + mark.size())).has_value();
}

chat::SharedBytes psyc_tail(const chat::Cast& cast, const PsycView& view) {
    return cast.once({.form = form_of(cast.note(), view), .audience = 0}, [&] {
        PsycLetter letter;
        fill_shared_part(letter, cast.note(), view);
        return letter_tail(view.generation, letter);
    });
}

std::string psyc_head(const chat::Cast& cast, const PsycView& view, std::string_view location) {
    PsycLetter letter = routing_of(cast.note(), view, location);
    add_own_part(letter, cast.note(), view);
    return letter_head(view.generation, letter, *psyc_tail(cast, view));
}

chat::SharedBytes psyc_whole(const chat::Cast& cast, const PsycView& view) {
    if (!in_place(view) || view.replayed) {
        return nullptr;
    }
    constexpr std::uint32_t whole = 16;
    return cast.once(
        {.form = form_of(cast.note(), view) + whole, .audience = view.audience.id}, [&] {
            PsycLetter letter = routing_of(cast.note(), view, {});
            if (view.numbers != nullptr && view.generation == psyc::Generation::v1) {
                letter.counter = std::to_string(view.numbers->next_counter(view.audience.id));
            }
            add_own_part(letter, cast.note(), view);
            const auto tail = psyc_tail(cast, view);
            return letter_head(view.generation, letter, *tail) + *tail;
        });
}

PsycLetter psyc_letter(const chat::Note& note, const PsycView& view) {
    PsycLetter letter = routing_of(note, view, {});
    add_own_part(letter, note, view);
    fill_shared_part(letter, note, view);
    return letter;
}

} // namespace mailcast::front
