// The words about who may write: held, accept, always, never, rules, set.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/words/state.h"
#include "front/words/text_page.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::size_t most_held_listed = 20;
constexpr std::string_view unreadable = "what is held cannot be read now; try again later";

std::optional<std::int64_t> number_of(std::string_view word) {
    if (word.starts_with('#')) {
        word.remove_prefix(1);
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc{} && end == word.data() + word.size() ? std::optional(number)
                                                                    : std::nullopt;
}

std::string line_of(const chat::HeldMail& mail) {
    std::string line = std::to_string(mail.number) + ". ";
    line +=
        mail.source_name.empty() || mail.source_name == mail.sender ? "" : mail.source_name + " ";
    line +=
        "<" + mail.sender + ">, " + shown_size(mail.size) + " [" + mail.badge + "] " + mail.subject;
    constexpr std::size_t longest = 250;
    return std::string(base::utf8_prefix(line, longest));
}

// "known,bea@example.net" taken apart.
std::vector<std::string> senders_of(const std::vector<std::string>& rules) {
    constexpr std::string_view key = "senders=";
    std::vector<std::string> all;
    for (std::string_view rule : rules) {
        if (!rule.starts_with(key)) {
            continue;
        }
        rule.remove_prefix(key.size());
        while (!rule.empty()) {
            const std::size_t end = std::min(rule.find(','), rule.size());
            all.emplace_back(base::trim(rule.substr(0, end)));
            rule.remove_prefix(std::min(end + 1, rule.size()));
        }
    }
    return all;
}

} // namespace

const chat::Entity* WordsState::entity_of(Said& said) const {
    const std::string_view rest = said.rest;
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    constexpr std::string_view signs = "#@*~";
    const bool is_uniform = base::istarts_with(word, "psyc://");
    if (!is_uniform && (word.empty() || !signs.contains(word.front()))) {
        return person_of(said);
    }
    const chat::Hub& hub = parts_.talk.hub();
    const chat::Entity* entity = word.starts_with('#')
                                     ? hub.find(chat::EntityKind::place, word.substr(1))
                                     : hub.find_uniform(word, chat::EntityKind::place);
    said.rest = std::string(base::trim(rest.substr(word.size())));
    return entity;
}

void WordsState::rules(const Said& asked) {
    Said said = asked;
    const chat::Entity* entity = entity_of(said);
    const chat::Entity* person = person_of(said);
    const chat::Hub& hub = parts_.talk.hub();
    const bool may_see =
        entity != nullptr && (entity == person || (entity->kind == chat::EntityKind::place &&
                                                   hub.is_in(entity->id, hub.uniform_of(*person))));
    if (!may_see) {
        answer(said, "you are in no such place");
        return;
    }
    std::vector<std::string> lines = parts_.reading.rules(entity->id);
    if (lines.empty()) {
        lines.emplace_back("no rules: every mail is let in; help set tells which there are");
    }
    answer(said, lines);
}

void WordsState::set(const Said& asked) {
    Said said = asked;
    const chat::Entity* entity = entity_of(said);
    const chat::Entity* person = person_of(said);
    const std::size_t equals = said.rest.find('=');
    if (entity == nullptr) {
        answer(said, "there is no such place");
        return;
    }
    if (equals == std::string::npos) {
        answer(said, "set [#PLACE] KEY=VALUE...; help set tells the keys");
        return;
    }
    if (!ask(said)) {
        return;
    }
    const chat::Speaker speaker{.uniform = parts_.talk.hub().uniform_of(*person),
                                .nick = person->display,
                                .person = person->id};
    const std::string key(base::trim(std::string_view(said.rest).substr(0, equals)));
    const std::string value(base::trim(std::string_view(said.rest).substr(equals + 1)));
    const auto refused =
        parts_.talk.set_rule(*entity, speaker, key, value,
                             [weak = weak_from_this(), said, key, value](const std::string& wrong) {
                                 if (const auto self = weak.lock()) {
                                     self->answered();
                                     const std::string done =
                                         value.empty() ? key + " is the default again" : said.rest;
                                     answer(said, wrong.empty() ? done : wrong);
                                 }
                             });
    if (refused != chat::Refusal::none) {
        answered();
        answer(said, entity->kind == chat::EntityKind::place
                         ? "only an owner of the place may change its rules"
                         : "these are the rules of somebody else");
    }
}

// ---- held mail -----------------------------------------------------------------------------------

void WordsState::held(const Said& said) {
    if (parts_.held == nullptr) {
        answer(said, "no mail is held");
        return;
    }
    if (!ask(said)) {
        return;
    }
    const chat::EntityId person = said.person;
    parts_.held->list(person, [weak = weak_from_this(),
                               said](const std::optional<std::vector<chat::HeldMail>>& mails) {
        const auto self = weak.lock();
        if (self == nullptr) {
            return;
        }
        self->answered();
        if (!mails) {
            answer(said, std::string(unreadable));
            return;
        }
        std::vector<std::string> lines;
        for (const chat::HeldMail& mail : *mails) {
            if (lines.size() == most_held_listed) {
                lines.push_back("and " + std::to_string(mails->size() - most_held_listed) +
                                " more");
                break;
            }
            lines.push_back(line_of(mail));
        }
        lines.emplace_back(lines.empty() ? "no mail is held"
                                         : "say accept, always or never, and the number");
        answer(said, lines);
    });
}

void WordsState::judge(const Said& said, chat::HeldVerdict verdict) {
    if (parts_.held == nullptr) {
        answer(said, "no mail is held");
        return;
    }
    if (!ask(said)) {
        return;
    }
    const auto judge_one = [verdict](WordsState& self, const Said& asked, std::int64_t number) {
        if (!self.ask(asked)) {
            return;
        }
        self.parts_.held->judge(
            asked.person, number, verdict,
            [weak = self.weak_from_this(), asked](bool /*good*/, const std::string& line) {
                if (const auto state = weak.lock()) {
                    state->answered();
                    answer(asked, line);
                }
            });
    };
    if (const auto number = number_of(said.rest)) {
        answered();
        judge_one(*this, said, *number);
        return;
    }
    // Without a number: the only one.
    parts_.held->list(said.person, [weak = weak_from_this(), said, judge_one](
                                       const std::optional<std::vector<chat::HeldMail>>& mails) {
        const auto self = weak.lock();
        if (self == nullptr) {
            return;
        }
        self->answered();
        if (!mails) {
            answer(said, std::string(unreadable));
        } else if (mails->size() == 1) {
            judge_one(*self, said, mails->front().number);
        } else {
            answer(said, mails->empty() ? "no mail is held"
                                        : "several mails are held: held lists them, then say " +
                                              said.word + " and the number");
        }
    });
}

void WordsState::accept(const Said& said) {
    judge(said, chat::HeldVerdict::release);
}

void WordsState::always(const Said& said) {
    judge_who(said, chat::HeldVerdict::always);
}

void WordsState::never(const Said& said) {
    judge_who(said, chat::HeldVerdict::never);
}

// A held mail by its number, or a sender by his address.
void WordsState::judge_who(const Said& said, chat::HeldVerdict verdict) {
    if (!said.rest.contains('@') && !said.rest.contains('.')) {
        judge(said, verdict);
        return;
    }
    if (parts_.held == nullptr) {
        change_senders(said, said.rest, verdict == chat::HeldVerdict::always);
        return;
    }
    if (!ask(said)) {
        return;
    }
    parts_.held->judge_sender(
        said.person, said.rest, verdict,
        [weak = weak_from_this(), said](bool /*good*/, const std::string& line) {
            if (const auto self = weak.lock()) {
                self->answered();
                answer(said, line);
            }
        });
}

// The rule `senders` with one address or domain more or less.
void WordsState::change_senders(const Said& said, const std::string& address, bool add) {
    std::vector<std::string> senders = senders_of(parts_.reading.rules(said.person));
    const auto found = std::ranges::find_if(
        senders, [&](const std::string& one) { return base::iequals(one, address); });
    const bool listed = found != senders.end();
    const std::string shown = base::safe_line(base::utf8_prefix(address, 200));
    if (senders.empty() || senders.front() == "any") {
        answer(said,
               add ? "everybody may write to you already (senders=any)"
                   : "everybody may write to you (senders=any), and that cannot leave out one; "
                     "set senders=known and otherwise=hold, and strangers wait for your word");
        return;
    }
    if (add == listed) {
        answer(said, shown + (add ? " is among those who may write to you already"
                                  : " is not among those who may write to you by name"));
        return;
    }
    if (add && (senders.front() == "none" || senders.front() == "internal")) {
        answer(said, "your rule is senders=" + senders.front() +
                         ", which knows no exceptions; set senders=known," + shown +
                         " lets in whom you know, and this one");
        return;
    }
    if (add) {
        senders.push_back(address);
    } else {
        senders.erase(found);
    }
    std::string value;
    for (const std::string& one : senders) {
        value += (value.empty() ? "" : ",") + one;
    }
    Said change = said;
    change.rest = "senders=" + (value.empty() ? std::string("none") : value);
    set(change);
}

} // namespace mailcast::front
