#include "front/words/words.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "front/words/state.h"
#include "front/words/text_page.h"
#include "irc/split.h"

#include <algorithm>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::size_t longest_said = 32'000; // octets; a letter is longest

std::string_view first_word(std::string_view text) {
    text = base::trim(text);
    if (text.starts_with('/')) {
        text.remove_prefix(1);
    }
    return text.substr(0, text.find_first_of(" \t\n"));
}

} // namespace

const std::vector<WordsState::Row>& WordsState::rows() {
    static const std::vector<Row> all = {
        {"more", "more [ID]", "shows what is left of a mail: its words, then what it quotes",
         &WordsState::more},
        {"full", "full [ID] [LINE]", "shows the whole text of a mail, quotes and signature too",
         &WordsState::full},
        {"quote", "quote [ID]",
         "shows what was left out of a mail: quotes, earlier mail, signature", &WordsState::quote},
        {"files", "files [ID]", "lists what is attached to a mail", &WordsState::files},
        {"headers", "headers [ID]", "shows the header fields of a mail", &WordsState::headers},
        {"source", "source [ID] [LINE]", "shows a mail as it came", &WordsState::source},
        {"mails", "mails", "lists the newest mails with their ids", &WordsState::mails},
        {"reply", "reply [ID] TEXT", "answers a mail by mail", &WordsState::reply},
        {"mail", "mail ADDRESS [SUBJECT |] TEXT", "writes a mail", &WordsState::mail},
        {"why", "why [ID]",
         "says where a mail came from, how far that is certain, and which rule let it in",
         &WordsState::why},
        {"trace", "trace [ID]", "shows the way a mail took", &WordsState::trace},
        {"held", "held", "lists the mails of strangers that wait for your word", &WordsState::held},
        {"accept", "accept [NUMBER]", "lets one held mail in", &WordsState::accept},
        {"always", "always [NUMBER or ADDRESS or DOMAIN]",
         "lets a held mail in, and all that its sender writes from now on", &WordsState::always},
        {"never", "never [NUMBER or ADDRESS or DOMAIN]",
         "drops a held mail, and refuses its sender from now on", &WordsState::never},
        {"rules", "rules [#PLACE]", "shows your rules for mail, or those of a place",
         &WordsState::rules},
        {"set", "set [#PLACE] KEY=VALUE...",
         "changes rules: senders, otherwise, max_size, max_lines, attachments, html, quota, keep, "
         "quiet, digest; without a value it is the default again",
         &WordsState::set},
        {"help", "help [WORD]", "explains the words", &WordsState::help},
    };
    return all;
}

const WordsState::Row* WordsState::find(std::string_view word) {
    const auto found = std::ranges::find_if(
        rows(), [word](const Row& row) { return base::iequals(row.word, word); });
    return found == rows().end() ? nullptr : &*found;
}

void WordsState::say(const Said& said) {
    const Row* row = find(said.word);
    if (row == nullptr) {
        answer(said, "there is no word '" + base::safe_line(base::utf8_prefix(said.word, 40)) +
                         "'; say help, and you are told which there are");
        return;
    }
    if (person_of(said) == nullptr) {
        answer(said, std::vector<std::string>{});
        return;
    }
    (this->*row->handler)(said);
}

void WordsState::help(const Said& said) {
    if (const Row* row = find(first_word(said.rest))) {
        answer(said, {std::string(row->usage), std::string(row->help)});
        return;
    }
    std::vector<std::string> lines = {
        "Say these to me, or with a / in front anywhere; ID is the "
        "end of a mail's last line, without it the last mail is meant."};
    std::size_t width = 0;
    for (const Row& row : rows()) {
        width = std::max(width, row.word.size());
    }
    for (const Row& row : rows()) {
        lines.push_back(std::string(row.usage) + " - " + std::string(row.help));
    }
    answer(said, lines);
}

// ---- what they share -----------------------------------------------------------------------------

const chat::Entity* WordsState::person_of(const Said& said) const {
    return parts_.talk.hub().find(said.person);
}

bool WordsState::ask(const Said& said) {
    if (waiting_ >= Words::most_waiting) {
        answer(said, "one moment: you have asked for more than was found yet");
        return false;
    }
    ++waiting_;
    return true;
}

void WordsState::answer(const Said& said, std::string line) {
    answer(said, std::vector<std::string>{std::move(line)});
}

void WordsState::answer(const Said& said, const std::vector<std::string>& lines) {
    std::vector<std::string> safe;
    safe.reserve(lines.size());
    for (const std::string& line : lines) {
        const std::string shown = base::safe_line(line);
        for (const std::string_view piece : irc::split_line(shown, said.where.line_octets)) {
            safe.emplace_back(base::trim(piece));
        }
    }
    said.answer(std::move(safe));
}

std::size_t WordsState::answer_page(const Said& said, std::string_view head, std::string_view text,
                                    std::size_t from, std::size_t lines,
                                    const std::string& tail) const {
    TextPage page = page_of(text, from, {.lines = lines, .octets = said.where.line_octets});
    std::vector<std::string> all;
    if (!head.empty()) {
        all.emplace_back(head);
    }
    std::ranges::move(page.lines, std::back_inserter(all));
    if (page.lines_left > 0 && !tail.empty()) {
        all.push_back("+" + counted(page.lines_left, "line") + ": " + tail);
    }
    answer(said, all);
    return page.next;
}

// ---- Words ---------------------------------------------------------------------------------------

Words::Words(Parts parts) : state_(std::make_shared<WordsState>(std::move(parts))) {}

Words::~Words() = default;

bool Words::knows(std::string_view text) {
    return WordsState::find(first_word(text)) != nullptr;
}

void Words::say(const chat::Entity& person, std::string_view text, const Where& where,
                Answer answer) {
    text = base::trim(text);
    if (text.empty()) {
        answer({});
        return;
    }
    if (text.size() > longest_said) {
        answer({"that is too long: at most " + std::to_string(longest_said) + " octets at once"});
        return;
    }
    // A PSYC client may send any octets; from here on it is text.
    const std::string repaired = base::repaired_utf8(text);
    text = repaired;
    if (text.starts_with('/')) {
        text.remove_prefix(1);
    }
    const std::string_view word = first_word(text);
    state_->say({.person = person.id,
                 .word = std::string(word),
                 .rest = std::string(base::trim(text.substr(std::min(word.size(), text.size())))),
                 .where = where,
                 .answer = std::move(answer)});
}

} // namespace mailcast::front
