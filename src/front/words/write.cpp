// The words that write mail: reply, mail.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/name.h"
#include "front/words/state.h"

#include <utility>

namespace mailcast::front {

namespace {

constexpr std::string_view no_mail_out = "mail does not go out from here";

} // namespace

void WordsState::reply(const Said& said) {
    std::string_view text = said.rest;
    const std::string_view word = text.substr(0, text.find_first_of(" \t\n"));
    auto id = base::MessageId::parse(word);
    if (id) {
        text = base::trim(text.substr(word.size()));
    } else {
        id = said.where.last && (!last_ || *last_ < *said.where.last) ? said.where.last : last_;
    }
    if (parts_.mail_out == nullptr) {
        answer(said, std::string(no_mail_out));
        return;
    }
    if (!id) {
        answer(said,
               "no mail was shown here yet; mails lists the newest, and reply ID TEXT answers one");
        return;
    }
    if (text.empty()) {
        answer(said, "reply [ID] TEXT: say what to answer");
        return;
    }
    if (!ask(said)) {
        return;
    }
    // Whether it may be answered by this person, MailOut decides.
    chat::MailOut::Letter letter{.person = said.person,
                                 .address = {},
                                 .subject = {},
                                 .text = base::safe_text(text),
                                 .answers = id};
    parts_.mail_out->write(
        std::move(letter), [weak = weak_from_this(), said, id](const std::string& wrong) {
            if (const auto self = weak.lock()) {
                self->answered();
                answer(said, wrong.empty() ? "your answer to " + id->text() + " is on its way"
                                           : "your answer was not taken: " + wrong);
            }
        });
}

void WordsState::mail(const Said& said) {
    std::string_view text = said.rest;
    const std::string_view word = text.substr(0, text.find_first_of(" \t\n"));
    text = base::trim(text.substr(word.size()));
    if (parts_.mail_out == nullptr) {
        answer(said, std::string(no_mail_out));
        return;
    }
    // "bea|example_net" is how she is shown.
    std::string address =
        base::safe_line(word.contains('|') ? address_of_sender_nick(word) : std::string(word));
    if (!address.contains('@') || text.empty()) {
        answer(said, "mail ADDRESS TEXT, or mail ADDRESS SUBJECT | TEXT");
        return;
    }
    std::string_view subject;
    constexpr std::string_view mark = " | ";
    const std::size_t line_end = text.find('\n');
    if (const std::size_t bar = text.substr(0, line_end).find(mark);
        bar != std::string_view::npos) {
        subject = base::trim(text.substr(0, bar));
        text = base::trim(text.substr(bar + mark.size()));
    } else if (line_end != std::string_view::npos) {
        subject = base::trim(text.substr(0, line_end));
        text = base::trim(text.substr(line_end));
    }
    if (!ask(said)) {
        return;
    }
    chat::MailOut::Letter letter{.person = said.person,
                                 .address = address,
                                 .subject = base::safe_line(subject),
                                 .text = base::safe_text(text),
                                 .answers = {}};
    parts_.mail_out->write(
        std::move(letter), [weak = weak_from_this(), said, address](const std::string& wrong) {
            if (const auto self = weak.lock()) {
                self->answered();
                answer(said, wrong.empty() ? "your mail to " + address + " is on its way"
                                           : "your mail was not taken: " + wrong);
            }
        });
}

} // namespace mailcast::front
