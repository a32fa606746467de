// What an IRC client says: in channels, to persons, about a mail, to the senders of mail, to the service.
// RFC 2812 3.3, IRCv3 echo-message, draft/multiline, message-tags.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/elsewhere.h"
#include "front/irc/front.h"
#include "front/irc/name.h"
#include "irc/name.h"
#include "irc/numeric.h"
#include "irc/split.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailcast::front {

namespace numeric = irc::numeric;
using irc::Capability;

namespace {

constexpr std::size_t most_targets = 4;
constexpr std::size_t service_octets = 400; // of one line of an answer

// What is left of a text when its CTCP is taken off.
struct Spoken {
    std::string_view text;
    bool action = false;
    bool refused = false; // a CTCP that nobody here answers
};

Spoken read_spoken(std::string_view text) {
    if (!text.starts_with('\x01')) {
        return {.text = text};
    }
    text.remove_prefix(1);
    if (text.ends_with('\x01')) {
        text.remove_suffix(1);
    }
    constexpr std::string_view action = "ACTION ";
    if (!base::istarts_with(text, action)) {
        return {.text = {}, .refused = true};
    }
    return {.text = text.substr(action.size()), .action = true};
}

} // namespace

void IrcFront::do_privmsg(const Request& request) {
    if (multiline_ != nullptr && request.tag("batch") == multiline_->reference) {
        Multiline& batch = *multiline_;
        const bool concat = request.has_tag("draft/multiline-concat");
        const std::string_view text = request.param(1);
        batch.command = base::lowered(request.command());
        if (!base::iequals(request.param(0), batch.target) ||
            batch.text.size() + text.size() + 1 > multiline_octets ||
            ++batch.lines > multiline_lines) {
            batch.failed = true;
        } else {
            batch.text += batch.lines == 1 || concat ? "" : "\n";
            batch.text += text;
        }
        static_cast<void>(take_label());
        return;
    }
    const bool is_notice = base::iequals(request.command(), "NOTICE");
    if (request.param(0).empty()) {
        if (!is_notice) {
            reply(numeric::no_recipient, {}, "No recipient given");
        }
        return;
    }
    if (request.param(1).empty()) {
        if (!is_notice) {
            reply(numeric::no_text, {}, "No text to send");
        }
        return;
    }
    std::string_view targets = request.param(0);
    for (std::size_t i = 0; i < most_targets && !targets.empty(); ++i) {
        const auto end = targets.find(',');
        const std::string_view target = targets.substr(0, end);
        targets.remove_prefix(end == std::string_view::npos ? targets.size() : end + 1);
        say(target, request.param(1), is_notice, request.tag("+draft/reply"));
    }
}

void IrcFront::do_notice(const Request& request) {
    do_privmsg(request);
}

// Client tags alone: typing and the like are not passed on.
void IrcFront::do_tagmsg(const Request& request) {
    static_cast<void>(request);
}

void IrcFront::say(std::string_view target, std::string_view text, bool notice,
                   const std::string& answers) {
    const Spoken spoken = read_spoken(text);
    if (spoken.refused) {
        return;
    }
    const chat::Manner manner = notice          ? chat::Manner::notice
                                : spoken.action ? chat::Manner::action
                                                : chat::Manner::plain;
    const std::string words(spoken.text);
    if (target.starts_with('#')) {
        const chat::Entity* place = clients_.place_of_channel(target);
        if (place != nullptr && !is_in(place->id)) {
            // A NOTICE is answered by nobody, a server included (RFC 2812 3.3.2).
            static_cast<void>(!notice && refuse(chat::Refusal::no_member, "PRIVMSG", target));
        } else if (place != nullptr) {
            say_in_place(*place, words, manner);
        } else if (const auto mail = irc_mail_of_channel(target)) {
            say_about_mail(*mail, target, words, manner);
        } else if (!notice) {
            reply(numeric::no_such_channel, {target}, "No such channel");
        }
        return;
    }
    if (base::iequals(target, clients_.service_nick())) {
        say_to_service(words, notice);
    } else if (const chat::Entity* person = clients_.person_of_nick(target)) {
        say_to_person(*person, words, manner);
    } else if (notice && clients_.parts().mail_out != nullptr &&
               !address_of_sender_nick(target).empty()) {
        // It may be a program that answers by itself: mail that answers mail by itself goes in circles.
        this->notice("A NOTICE does not go out by mail; say it with PRIVMSG.");
    } else if (!notice) {
        say_to_sender(target, words, spoken.action, answers);
    }
}

// ---- to places and persons -----------------------------------------------------------------------

void IrcFront::say_in_place(const chat::Entity& place, const std::string& text,
                            chat::Manner manner) {
    if (pending_.size() >= most_pending) {
        pending_.erase(pending_.begin());
    }
    std::string label = take_label();
    pending_.push_back({.place = place.id, .text = base::safe_text(text), .label = label});
    talk_.say(place, speaker(), text, manner,
              [weak = weak_from_this(), id = place.id, label,
               said = base::safe_text(text)](chat::Refusal refusal) {
                  const auto self = weak.lock();
                  if (!self || self->gone() || refusal == chat::Refusal::none) {
                      return; // what comes out of the log is the answer
                  }
                  const auto found = std::ranges::find_if(self->pending_, [&](const Pending& one) {
                      return one.place == id && one.text == said;
                  });
                  if (found != self->pending_.end()) {
                      self->pending_.erase(found);
                  }
                  const chat::Entity* entity = self->clients_.hub().find(id);
                  const std::string channel = entity == nullptr ? "*" : irc_channel(*entity);
                  const auto complain = [&] {
                      static_cast<void>(self->refuse(refusal, "PRIVMSG", channel));
                  };
                  if (self->collecting_) {
                      self->label_ = label; // refused at once
                      complain();
                  } else {
                      self->answer_under(label, complain);
                  }
              });
}

// True when this client has said it; the label of its command.
bool IrcFront::take_pending(const chat::Note& note, chat::EntityId place, std::string& label) {
    const auto found = std::ranges::find_if(
        pending_, [&](const Pending& one) { return one.place == place && one.text == note.text; });
    if (found == pending_.end()) {
        return false;
    }
    label = std::move(found->label);
    pending_.erase(found);
    return true;
}

void IrcFront::say_to_person(const chat::Entity& person, const std::string& text,
                             chat::Manner manner) {
    const bool notice = manner == chat::Manner::notice;
    const std::string label = take_label();
    chat::Event receipt{.kind = chat::EventKind::receipt,
                        .about = this->person(),
                        .who = clients_.hub().uniform_of(person),
                        .nick = person.display,
                        .text = base::safe_text(text),
                        .action = manner == chat::Manner::action,
                        .notice = notice};
    talk_.tell(person, speaker(), text, manner,
               [weak = weak_from_this(), label, id = person.id, notice,
                receipt = std::move(receipt)](chat::Refusal refusal) {
                   const auto self = weak.lock();
                   if (!self || self->gone()) {
                       return;
                   }
                   const chat::Entity* other = self->clients_.hub().find(id);
                   const std::string nick = other == nullptr ? "*" : irc_person_nick(*other);
                   const auto answer = [&] {
                       if (self->refuse(refusal, "PRIVMSG", nick)) {
                           return;
                       }
                       if (self->has(Capability::echo_message) && id != self->person()) {
                           const std::string prefix = self->own_prefix();
                           const std::string account = self->own_account();
                           const chat::Note* note = self->talk_.said();
                           const std::string said = note == nullptr ? "" : note->id.text();
                           // The same time as with whom it was said to.
                           const base::Time when = note == nullptr ? self->talk_.now() : note->time;
                           IrcView view = self->view();
                           view.target = nick;
                           self->emit(irc_said({.prefix = prefix,
                                                .account = account,
                                                .text = receipt.text,
                                                .action = receipt.action,
                                                .notice = notice,
                                                .id = said,
                                                .time = when},
                                               view));
                       }
                       const chat::Presence presence = self->talk_.presence_of(id);
                       if (is_away(presence) && !notice) {
                           self->reply(numeric::away, {nick},
                                       presence.description.empty() ? "away"
                                                                    : presence.description);
                       }
                   };
                   if (self->collecting_) {
                       self->label_ = label;
                       answer();
                   } else {
                       self->answer_under(label, answer);
                   }
                   if (refusal == chat::Refusal::none && id != self->person()) {
                       self->talk_.hub().announce(receipt, self.get());
                   }
               });
}

void IrcFront::say_about_mail(const base::MessageId& id, std::string_view target,
                              const std::string& text, chat::Manner manner) {
    const std::string label = take_label();
    const std::string context =
        "psyc://" + clients_.hub().hostname() + "/@mail-" + base::lowered(id.text());
    if (pending_.size() >= most_pending) {
        pending_.erase(pending_.begin());
    }
    pending_.push_back({.place = person(), .text = base::safe_text(text), .label = label});
    talk_.say_about_mail(context, speaker(), text, manner,
                         [weak = weak_from_this(), label, channel = std::string(target),
                          said = base::safe_text(text)](chat::Refusal refusal) {
                             const auto self = weak.lock();
                             if (!self || self->gone() || refusal == chat::Refusal::none) {
                                 return;
                             }
                             const auto found =
                                 std::ranges::find(self->pending_, said, &Pending::text);
                             if (found != self->pending_.end()) {
                                 self->pending_.erase(found);
                             }
                             const auto complain = [&] {
                                 static_cast<void>(self->refuse(refusal, "PRIVMSG", channel));
                             };
                             if (self->collecting_) {
                                 self->label_ = label;
                                 complain();
                             } else {
                                 self->answer_under(label, complain);
                             }
                         });
}

// ---- to the service and to senders of mail -------------------------------------------------------

void IrcFront::say_to_service(const std::string& text, bool as_notice) {
    const IrcClients::Parts& parts = clients_.parts();
    if (parts.reading == nullptr) {
        service_says({"There is nothing to ask for here."}, as_notice, {});
        return;
    }
    if (words_ == nullptr) {
        words_ = std::make_unique<Words>(Words::Parts{.talk = talk_,
                                                      .reading = *parts.reading,
                                                      .mail_out = parts.mail_out,
                                                      .link = parts.link,
                                                      .held = parts.held});
    }
    const Words::Where where{.place = 0,
                             .last = last_mail_,
                             .line_octets = service_octets,
                             .blank_lines = has(Capability::multiline) && has(Capability::batch)};
    words_->say(*person_, text, where,
                [weak = weak_from_this(), as_notice](const std::vector<std::string>& lines) {
                    if (const auto self = weak.lock(); self && !self->gone()) {
                        self->service_says(lines, as_notice, {});
                    }
                });
}

void IrcFront::service_says(const std::vector<std::string>& lines, bool as_notice,
                            std::string_view prefix) {
    const std::string source = prefix.empty() ? clients_.service_prefix() : std::string(prefix);
    const std::string nick = shown_nick();
    const std::array<std::string_view, 1> words = {nick};
    ++depth_;
    irc::Line line{.source = source,
                   .command = as_notice ? "NOTICE" : "PRIVMSG",
                   .words = words,
                   .saying = irc::Saying::text};
    const std::size_t room = irc::room_for_text(line);
    for (const std::string& text : lines) {
        const std::string safe = base::safe_line(text);
        for (const std::string_view piece : irc::split_line(safe, room)) {
            line.text = piece.empty() ? std::string_view(" ") : piece;
            this->line({}, line);
        }
    }
    --depth_;
    if (depth_ == 0) {
        flush();
    }
}

// What is said in the query of a mail's sender goes to him by mail: as the answer to his last mail that was shown, or
// to the one that the client names.
void IrcFront::say_to_sender(std::string_view target, const std::string& text, bool action,
                             const std::string& answers) {
    const std::string nick = irc::folded(target);
    std::optional<base::MessageId> mail =
        base::MessageId::parse(std::string_view(answers).substr(0, base::MessageId::text_length));
    const auto known =
        std::ranges::find(senders_, nick, &std::pair<std::string, base::MessageId>::first);
    if (known != senders_.end() && !mail) {
        mail = known->second;
    }
    const std::string address = address_of_sender_nick(target);
    if (address.starts_with("psyc://") && clients_.parts().elsewhere != nullptr) {
        say_elsewhere(target, address, text, action);
        return;
    }
    const bool is_mail = known != senders_.end() || address.find('@') != std::string::npos;
    if (!is_mail || clients_.parts().mail_out == nullptr) {
        reply(numeric::no_such_nick, {target},
              is_mail ? "Mail does not go out from here" : "No such nick");
        return;
    }
    chat::MailOut::Letter letter{.person = person(),
                                 .address = mail ? std::string() : address,
                                 .subject = {},
                                 .text = base::safe_text(text),
                                 .answers = mail};
    clients_.parts().mail_out->write(
        std::move(letter), [weak = weak_from_this(), label = take_label(),
                            target = std::string(target)](const std::string& wrong) {
            const auto self = weak.lock();
            if (!self || self->gone()) {
                return;
            }
            self->answer_under(label, [&] {
                if (!wrong.empty()) {
                    self->reply(numeric::no_such_nick, {target}, wrong);
                } else {
                    self->notice("Your answer to " + target + " goes out by mail.");
                }
            });
        });
}

// To a person of another node; her node says that it has arrived.
void IrcFront::say_elsewhere(std::string_view target, const std::string& uniform,
                             const std::string& text, bool action) {
    clients_.parts().elsewhere->tell(*person_, uniform, base::safe_text(text), action,
                                     [weak = weak_from_this(), nick = std::string(target),
                                      said = base::safe_text(text),
                                      action](const std::string& wrong) {
                                         const auto self = weak.lock();
                                         if (!self || self->gone()) {
                                             return;
                                         }
                                         if (!wrong.empty()) {
                                             self->notice(nick + ": " + wrong);
                                         } else if (self->has(Capability::echo_message)) {
                                             const std::string prefix = self->own_prefix();
                                             const std::string account = self->own_account();
                                             IrcView view = self->view();
                                             view.target = nick;
                                             self->emit(irc_said({.prefix = prefix,
                                                                  .account = account,
                                                                  .text = said,
                                                                  .action = action,
                                                                  .time = self->talk_.now()},
                                                                 view));
                                         }
                                     });
}

// ---- draft/multiline -----------------------------------------------------------------------------

void IrcFront::do_batch(const Request& request) {
    const std::string_view reference = request.param(0);
    if (reference.starts_with('+')) {
        if (!base::iequals(request.param(1), "draft/multiline") || multiline_ != nullptr) {
            fail("BATCH", "INVALID_TYPE", {}, "One batch at a time, of type draft/multiline.");
            return;
        }
        multiline_ = std::make_unique<Multiline>();
        multiline_->reference = reference.substr(1);
        multiline_->target = request.param(2);
        multiline_->label = take_label();
        return;
    }
    if (multiline_ == nullptr || !reference.starts_with('-') ||
        reference.substr(1) != multiline_->reference) {
        fail("BATCH", "INVALID_REFTAG", {}, "There is no such batch.");
        return;
    }
    const std::unique_ptr<Multiline> batch = std::move(multiline_);
    label_ = batch->label;
    const bool labelled = !label_.empty();
    collecting_ = collecting_ || labelled;
    if (batch->failed) {
        fail("BATCH", "MULTILINE_INVALID", {}, "That was too long, or had several targets.");
    } else if (batch->text.empty()) {
        fail("BATCH", "MULTILINE_INVALID", {}, "There was no text.");
    } else {
        say(batch->target, batch->text, batch->command == "notice", {});
    }
    if (labelled) {
        finish_label();
    }
}

} // namespace mailcast::front
