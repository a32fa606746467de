// The words that show a mail: more, full, quote, files, headers, source, trace, why, mails.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/mail.h"
#include "front/irc/name.h"
#include "front/words/state.h"
#include "front/words/text_page.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::size_t least_id_part = 4; // letters of an id that are looked for
constexpr std::size_t mails_looked_at = 200;
constexpr std::size_t most_mails_listed = 10;
constexpr std::size_t most_files_listed = 100;
const std::vector<chat::LogEntry> no_entries;
constexpr std::string_view no_such_mail = "there is no such mail";

std::string_view take_word(std::string_view& rest) {
    rest = base::trim(rest);
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t\n"));
    rest.remove_prefix(word.size());
    rest = base::trim(rest);
    return word;
}

// "01JD...", "01JD\u2026" as people copy a part of an id.
std::string_view without_dots(std::string_view word) {
    constexpr std::string_view ellipsis = "\xE2\x80\xA6";
    while (word.ends_with('.') || word.ends_with(ellipsis)) {
        word.remove_suffix(word.ends_with('.') ? 1 : ellipsis.size());
    }
    return word;
}

bool is_part_of_id(std::string_view word) {
    return word.size() >= least_id_part && word.size() < base::MessageId::text_length &&
           std::ranges::all_of(word, base::is_alnum);
}

bool is_number(std::string_view word) {
    return !word.empty() && word.size() < 10 && std::ranges::all_of(word, base::is_digit);
}

std::size_t number_of(std::string_view word) {
    std::size_t number = 0;
    static_cast<void>(std::from_chars(word.data(), word.data() + word.size(), number));
    return number;
}

// Lines of `text` that its own words leave out, in their order.
std::string left_out(std::string_view text, std::string_view own) {
    const auto next_line = [](std::string_view& from) {
        std::string_view line;
        while (!from.empty() && line.empty()) {
            const std::size_t end = std::min(from.find('\n'), from.size());
            line = base::trim(from.substr(0, end));
            from.remove_prefix(std::min(end + 1, from.size()));
        }
        return line;
    };
    constexpr std::string_view shortened = "> [...]"; // text/own_words.h
    std::string out;
    const auto next_own = [&] {
        std::string_view line = next_line(own);
        return line == shortened ? next_line(own) : line;
    };
    std::string_view kept = next_own();
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        if (line.empty()) {
            continue;
        }
        if (line == kept) {
            kept = next_own();
        } else {
            out.append(line).push_back('\n');
        }
    }
    return out;
}

std::size_t start_of_line(std::string_view text, std::size_t number) {
    std::size_t at = 0;
    for (std::size_t line = 1; line < number && at < text.size(); ++line) {
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    }
    return at;
}

std::size_t line_at(std::string_view text, std::size_t at) {
    return static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n')) + 1;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) {
        out.append(line).push_back('\n');
    }
    return out;
}

} // namespace

// ---- which mail ----------------------------------------------------------------------------------

bool WordsState::may_see(const chat::Entity& person, const chat::Note& note) const {
    const chat::Hub& hub = parts_.talk.hub();
    return note.kind == chat::NoteKind::mail &&
           std::ranges::any_of(note.recipients, [&](const chat::Addressed& recipient) {
               return recipient.entity == person.id ||
                      hub.is_in(recipient.entity, hub.uniform_of(person));
           });
}

void WordsState::with_mail(Said said, WithMail then) {
    std::string_view rest = said.rest;
    const std::string_view word = without_dots(take_word(rest));
    if (const auto id = base::MessageId::parse(word)) {
        said.rest = std::string(rest);
        read_mail(std::move(said), *id, std::move(then));
        return;
    }
    if (is_part_of_id(word) && !is_number(word)) {
        std::string part(word);
        said.rest = std::string(rest);
        find_mail(std::move(said), std::move(part), std::move(then));
        return;
    }
    if (!word.empty() && !is_number(word)) {
        answer(said, std::string(no_such_mail) + "; each mail's id stands in its last line, and " +
                         "mails lists the newest");
        return;
    }
    // What was asked about last goes on, unless something newer was shown since.
    const auto id =
        said.where.last && (!last_ || *last_ < *said.where.last) ? said.where.last : last_;
    if (!id) {
        answer(said, "no mail was shown here yet; mails lists the newest");
        return;
    }
    read_mail(std::move(said), *id, std::move(then));
}

void WordsState::read_mail(Said said, base::MessageId id, WithMail then) {
    if (!ask(said)) {
        return;
    }
    parts_.reading.read(
        id, [weak = weak_from_this(), id, said = std::move(said),
             then = std::move(then)](const std::shared_ptr<const chat::MailRead>& mail) {
            const auto self = weak.lock();
            if (self == nullptr) {
                return;
            }
            self->answered();
            const chat::Entity* person = self->person_of(said);
            // What somebody else got is as unknown as what nobody got.
            if (mail == nullptr || person == nullptr || !self->may_see(*person, *mail->note)) {
                answer(said, std::string(no_such_mail));
                return;
            }
            self->last_ = id;
            then(said, *mail);
        });
}

// Somebody has copied only the beginning or the end of an id.
void WordsState::find_mail(Said said, std::string part, WithMail then) {
    const chat::Entity* person = person_of(said);
    const chat::Entity* place = parts_.talk.hub().find(said.where.place);
    if (person == nullptr || !ask(said)) {
        return;
    }
    const chat::Entity& log = place != nullptr ? *place : *person;
    std::ranges::transform(part, part.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    });
    parts_.talk.backing().read_newest(
        log.id, mails_looked_at,
        [weak = weak_from_this(), said = std::move(said), part = std::move(part),
         then = std::move(then)](const std::optional<std::vector<chat::LogEntry>>& entries) {
            const auto self = weak.lock();
            if (self == nullptr) {
                return;
            }
            self->answered();
            std::vector<base::MessageId> found;
            for (const chat::LogEntry& entry : entries ? *entries : no_entries) {
                const std::string id = entry.note->id.text();
                if (entry.note->kind == chat::NoteKind::mail &&
                    (id.starts_with(part) || id.ends_with(part))) {
                    found.push_back(entry.note->id);
                }
            }
            if (found.size() != 1) {
                answer(said, found.empty() ? std::string(no_such_mail)
                                           : "several mails begin like that; say more of the id");
                return;
            }
            self->read_mail(said, found.front(), then);
        });
}

// ---- its text ------------------------------------------------------------------------------------

void WordsState::more(const Said& said) {
    with_mail(said, [this](const Said& asked, const chat::MailRead& mail) {
        const chat::Note& note = *mail.note;
        // All that there is besides what was shown of it: words, what they leave out, files.
        const chat::OwnWords own = parts_.reading.own_words(mail.text);
        std::string all = own.text;
        all += '\n';
        if (!own.trimmed.empty()) {
            all += "[" + own.trimmed + "]\n";
            all += left_out(mail.text, own.text);
        }
        if (mail.text_cut) {
            all += "[the text goes on; source shows the mail as it came]\n";
        }
        if (paged_ != note.id) {
            paged_ = note.id;
            IrcMailForm form{.reading = &parts_.reading, .hub = &parts_.talk.hub()};
            form.blank_lines = asked.where.blank_lines;
            form.link = parts_.link;
            next_ = irc_mail_shown(note, form);
        }
        if (base::trim(std::string_view(all).substr(std::min(next_, all.size()))).empty()) {
            paged_.reset();
            if (!note.mail.attachments.empty()) {
                Said again = asked;
                again.rest = note.id.text();
                files(again);
                return;
            }
            answer(asked, "that was all of it; full shows it from the beginning");
            return;
        }
        next_ = answer_page(asked, {}, all, next_, Words::page_lines, "more " + note.id.text());
    });
}

void WordsState::full(const Said& said) {
    with_mail(said, [this](const Said& asked, const chat::MailRead& mail) {
        const std::size_t line =
            std::max<std::size_t>(is_number(asked.rest) ? number_of(asked.rest) : 1, 1);
        const std::size_t from = start_of_line(mail.text, line);
        if (base::trim(std::string_view(mail.text).substr(from)).empty()) {
            answer(asked,
                   mail.text.empty() ? "this mail has no text" : "the text has no such line");
            return;
        }
        const TextPage page = page_of(
            mail.text, from, {.lines = Words::full_lines, .octets = asked.where.line_octets});
        // A line of which only a part was shown is the first of the next page, but there must be a next one.
        const std::size_t next = std::max(line_at(mail.text, page.next), line + 1);
        answer_page(asked, {}, mail.text, from, Words::full_lines,
                    "full " + mail.note->id.text() + " " + std::to_string(next));
    });
}

void WordsState::quote(const Said& said) {
    with_mail(said, [this](const Said& asked, const chat::MailRead& mail) {
        const chat::OwnWords own = parts_.reading.own_words(mail.text);
        if (own.trimmed.empty()) {
            answer(asked, "nothing was left out of this mail");
            return;
        }
        answer_page(asked, "[" + own.trimmed + "]", left_out(mail.text, own.text), 0,
                    Words::page_lines, "full " + mail.note->id.text());
    });
}

void WordsState::files(const Said& said) {
    with_mail(said, [this](const Said& asked, const chat::MailRead& mail) {
        const auto& files = mail.note->mail.attachments;
        if (files.empty()) {
            answer(asked, "nothing is attached to this mail");
            return;
        }
        std::vector<std::string> lines;
        for (std::size_t i = 0; i < std::min(files.size(), most_files_listed); ++i) {
            const std::string link = parts_.link ? parts_.link(*mail.note, i) : std::string();
            std::string line = std::to_string(i + 1) + ". ";
            line += files[i].name.empty() ? std::string("(no name)") : files[i].name;
            line += ", " + files[i].type + ", " + shown_size(files[i].size);
            line += link.empty() ? "" : " " + link;
            lines.push_back(std::move(line));
        }
        answer(asked, lines);
    });
}

// ---- its outside ---------------------------------------------------------------------------------

void WordsState::headers(const Said& said) {
    with_mail(said, [this](const Said& asked, const chat::MailRead& mail) {
        if (mail.headers.empty()) {
            answer(asked, "this mail came from another node, without its header fields");
            return;
        }
        answer_page(asked, {}, joined(mail.headers), 0, Words::page_lines,
                    "source " + mail.note->id.text());
    });
}

void WordsState::source(const Said& said) {
    with_mail(said, [](const Said& asked, const chat::MailRead& mail) {
        const std::size_t line =
            std::max<std::size_t>(is_number(asked.rest) ? number_of(asked.rest) : 1, 1);
        const std::string text = base::safe_text(mail.source);
        const std::size_t from = start_of_line(text, line);
        if (from >= text.size()) {
            answer(asked, text.empty() ? "this mail came from another node, without its source"
                                       : "the mail has no such line here");
            return;
        }
        const PageForm form{.lines = Words::page_lines, .octets = asked.where.line_octets};
        TextPage page = page_of(text, from, form);
        const bool cut = mail.source.size() < mail.source_octets;
        if (page.lines_left > 0) {
            const std::size_t next = std::max(line_at(text, page.next), line + 1);
            page.lines.push_back("+" + counted(page.lines_left, "line") + (cut ? " and more" : "") +
                                 ": source " + mail.note->id.text() + " " + std::to_string(next));
        } else if (cut) {
            page.lines.push_back("the mail goes on; " + shown_size(mail.source_octets) + " in all");
        }
        answer(asked, page.lines);
    });
}

void WordsState::trace(const Said& said) {
    with_mail(said, [](const Said& asked, const chat::MailRead& mail) {
        const chat::Note& note = *mail.note;
        std::vector<std::string> lines;
        lines.push_back(note.id.text() + " came at " + base::format_rfc3339(note.time) +
                        (note.mail.host_source.empty() ? "" : " from " + note.mail.host_source));
        if (!mail.queue_id.empty()) {
            lines.push_back("queue id of the mail server: " + mail.queue_id);
        }
        if (!note.mail.message_id.empty()) {
            lines.push_back("Message-ID: <" + note.mail.message_id + ">");
        }
        for (const std::string& line : mail.trace) {
            if (lines.size() == Words::page_lines) {
                lines.emplace_back("...");
                break;
            }
            lines.push_back(line);
        }
        answer(asked, lines);
    });
}

void WordsState::why(const Said& said) {
    with_mail(said, [this](const Said& asked, const chat::MailRead& mail) {
        const chat::Hub& hub = parts_.talk.hub();
        const chat::Entity* person = person_of(asked);
        const chat::Note& note = *mail.note;
        std::vector<std::string> lines;
        std::string from =
            note.mail.origin == "internal" ? "It came from inside" : "It came from outside";
        if (!note.mail.host_source.empty()) {
            from += ", handed in by " + note.mail.host_source;
        }
        from += note.mail.envelope_from.empty()
                    ? ", without a sender, as bounces and automatic answers do."
                    : ", sent by <" + note.mail.envelope_from + ">.";
        lines.push_back(std::move(from));
        lines.push_back("Verdict: " + (note.badge.empty() ? note.mail.verdict : note.badge) + ".");
        if (const chat::Entity* like = imitated_by(note, hub)) {
            lines.push_back("Its sender looks like " + irc_person_nick(*like) +
                            " of here, and is not.");
        }
        for (const chat::Addressed& recipient : note.recipients) {
            const chat::Entity* entity = hub.find(recipient.entity);
            if (entity == nullptr ||
                (entity != person && !hub.is_in(entity->id, hub.uniform_of(*person)))) {
                continue;
            }
            std::string line = "For ";
            line += entity == person ? std::string("you") : "#" + entity->name;
            // The address that a Bcc was sent to is nobody's but the recipient's own.
            if (entity == person || recipient.visible) {
                line += " (" + recipient.address + ")";
            }
            lines.push_back(line + ": " + parts_.reading.let_in_by(note, entity->id) + ".");
        }
        answer(asked, lines);
    });
}

void WordsState::mails(const Said& said) {
    const chat::Entity* person = person_of(said);
    const chat::Entity* place = parts_.talk.hub().find(said.where.place);
    if (place != nullptr &&
        !parts_.talk.hub().is_in(place->id, parts_.talk.hub().uniform_of(*person))) {
        place = nullptr;
    }
    if (!ask(said)) {
        return;
    }
    parts_.talk.backing().read_newest(
        place != nullptr ? place->id : person->id, mails_looked_at,
        [weak = weak_from_this(), said](const std::optional<std::vector<chat::LogEntry>>& entries) {
            const auto self = weak.lock();
            if (self == nullptr) {
                return;
            }
            self->answered();
            std::vector<std::string> lines;
            for (const chat::LogEntry& entry : entries ? *entries : no_entries) {
                const chat::Note& note = *entry.note;
                if (note.kind == chat::NoteKind::mail) {
                    lines.push_back(note.id.text() + " " + base::format_rfc3339(note.time) + " <" +
                                    note.mail.envelope_from + "> " + note.subject);
                    constexpr std::size_t longest = 200;
                    lines.back() = base::utf8_prefix(lines.back(), longest);
                }
            }
            if (lines.size() > most_mails_listed) {
                lines.erase(lines.begin(), lines.end() - most_mails_listed);
            }
            if (lines.empty()) {
                lines.emplace_back(entries ? "no mail came here lately"
                                           : "the log cannot be read now; try again later");
            }
            answer(said, lines);
        });
}

} // namespace mailcast::front
