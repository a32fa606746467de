#include "front/irc/mail.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/name.h"
#include "front/words/text_page.h"
#include "irc/split.h"

#include <algorithm>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::size_t most_files_shown = 5;
constexpr std::size_t longest_name_shown = 80; // octets of a file's or sender's name

void add_line(std::vector<std::string>& lines, std::string_view text, const IrcMailForm& form) {
    const std::string line = base::safe_line(text);
    for (const std::string_view piece : irc::split_line(line, form.line_octets)) {
        lines.emplace_back(base::trim(piece));
    }
}

std::string first_line(const chat::Note& note, const IrcMailForm& form) {
    std::string line = "[";
    line += note.badge.empty() ? std::string("mail") : note.badge;
    if (form.hub != nullptr) {
        if (const chat::Entity* person = imitated_by(note, *form.hub)) {
            line += "; not our " + irc_person_nick(*person);
        }
    }
    line += "] ";
    line += note.subject.empty() ? std::string("(no subject)") : note.subject;
    // The nick shows the address of the envelope; the mail itself may name another.
    const chat::MailFacts& mail = note.mail;
    if (!mail.from_address.empty() && !base::iequals(mail.from_address, mail.envelope_from)) {
        line += " (from ";
        if (!mail.from_name.empty()) {
            line += base::utf8_prefix(mail.from_name, longest_name_shown);
            line += ' ';
        }
        line += "<" + std::string(base::utf8_prefix(mail.from_address, longest_name_shown)) + ">)";
    }
    return line;
}

std::string name_of(const chat::Attachment& file) {
    const std::string_view name = file.name.empty() ? file.type : file.name;
    std::string shown(base::utf8_prefix(name, longest_name_shown));
    return shown + " " + shown_size(file.size);
}

// A line of names, or a line each with its link.
std::vector<std::string> file_lines(const chat::Note& note, const IrcMailForm& form) {
    std::vector<std::string> lines;
    std::string names;
    const auto& files = note.mail.attachments;
    for (std::size_t i = 0; i < std::min(files.size(), most_files_shown); ++i) {
        const std::string link = form.link ? form.link(note, i) : std::string();
        if (!link.empty()) {
            lines.push_back("file: " + name_of(files[i]) + " " + link);
            continue;
        }
        names += names.empty() ? (files.size() == 1 ? "file: " : "files: ") : ", ";
        names += name_of(files[i]);
    }
    if (!names.empty()) {
        if (files.size() > most_files_shown) {
            names += ", ...";
        }
        lines.push_back(std::move(names));
    }
    return lines;
}

// What else there is, without the word that gets it; "" for nothing.
std::string rest_of(const chat::Note& note, std::size_t lines_left, const chat::OwnWords& own) {
    std::string rest;
    const auto add = [&rest](const std::string& what) {
        rest += rest.empty() ? "" : ", ";
        rest += what;
    };
    if (lines_left > 0) {
        add(counted(lines_left, "line"));
    }
    if (!own.trimmed.empty()) {
        add(own.trimmed);
    }
    if (!note.mail.attachments.empty()) {
        add(counted(note.mail.attachments.size(), "file"));
    }
    return rest;
}

// Lines of a text that a Note does not hold.
std::size_t lines_beyond(const chat::Note& note) {
    if (!note.mail.text_cut) {
        return 0;
    }
    const auto held = static_cast<std::size_t>(std::ranges::count(note.text, '\n'));
    return note.mail.text_lines > held ? note.mail.text_lines - held : 1;
}

struct Said {
    std::vector<std::string> head;
    std::vector<std::string> files;
    chat::OwnWords own;
    TextPage page; // of own.text
};

Said said_of(const chat::Note& note, const IrcMailForm& form) {
    Said said;
    add_line(said.head, first_line(note, form), form);
    // The first line has all of its subject, but never more than half of what there is room for.
    constexpr std::size_t least = 4;
    const std::size_t most = std::max(form.most_lines, least);
    said.head.resize(std::min(said.head.size(), most / 2));
    for (const std::string& line : file_lines(note, form)) {
        add_line(said.files, line, form);
    }
    said.files.resize(std::min(said.files.size(), most / 4));
    said.own = form.reading != nullptr
                   ? form.reading->own_words(note.text)
                   : chat::OwnWords{.text = note.text, .trimmed = {}, .trimmed_lines = 0};
    const std::size_t used = said.head.size() + said.files.size() + 1; // the last line
    said.page = page_of(said.own.text, 0,
                        {.lines = most > used ? most - used : 1,
                         .octets = form.line_octets,
                         .blank_lines = form.blank_lines});
    return said;
}

} // namespace

std::vector<std::string> irc_mail_lines(const chat::Note& note, const IrcMailForm& form) {
    Said said = said_of(note, form);
    std::vector<std::string> lines = std::move(said.head);
    std::ranges::move(said.page.lines, std::back_inserter(lines));
    std::ranges::move(said.files, std::back_inserter(lines));
    if (const std::string rest = rest_of(note, said.page.lines_left + lines_beyond(note), said.own);
        !rest.empty()) {
        lines.push_back("+" + rest + ": more " + note.id.text());
    }
    return lines;
}

std::size_t irc_mail_shown(const chat::Note& note, const IrcMailForm& form) {
    return said_of(note, form).page.next;
}

std::vector<std::string> irc_text_lines(std::string_view text, const IrcMailForm& form) {
    TextPage page = page_of(
        text, 0,
        {.lines = form.most_lines, .octets = form.line_octets, .blank_lines = form.blank_lines});
    if (page.lines_left > 0 && !page.lines.empty()) {
        page.lines.back() = "+" + counted(page.lines_left + 1, "line");
    }
    return std::move(page.lines);
}

} // namespace mailcast::front
