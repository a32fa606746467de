// The link of a client to its person: password, what comes first, commands to oneself, unlink.
// reference: psyc-protocol 6.1 to 6.3.
#include "front/psyc/event.h"
#include "front/psyc/front.h"
#include "front/psyc/front_request.h"
#include "psyc/keyword.h"

#include <utility>

namespace mailcast::front {

void PsycFront::request_link(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (person_ && person_->id != person.id) {
        reply(uniform, request.tag(), {{"_nick", person.display}}, "_error_status_person_connected",
              "This circuit is linked to another person; unlink first.");
        return;
    }
    if (person_) {
        reply(uniform, request.tag(),
              {{"_nick", person.display}, {"_location", location()}, {"_identification", uniform}},
              "_notice_link", "You are linked as [_nick] already.");
        return;
    }
    Asked asked{.person = person.id,
                .client = std::string(request.text_of("_identification_client")),
                .tag = request.tag()};
    if (const auto password = request.packet.value_of("_password")) {
        check_password(person, std::string(*password), std::move(asked));
        return;
    }
    asked_ = std::move(asked);
    reply(uniform, request.tag(), {{"_nick", person.display}}, "_info_nickname", "");
    reply(uniform, request.tag(), {{"_nick", person.display}}, "_query_password",
          "Do you know [_nick]'s password?");
}

void PsycFront::set_password(const Request& request, const chat::Entity& person) {
    if (!asked_ || asked_->person != person.id) {
        reply(hub_.uniform_of(person), request.tag(), {{"_nick", person.display}},
              "_error_unexpected_password", "Ask for a link first: _request_link.");
        return;
    }
    Asked asked = *asked_; // stays: after a wrong one another may be tried
    if (auto tag = request.tag(); !tag.empty()) {
        asked.tag = std::move(tag);
    }
    check_password(person, std::string(request.text_of("_password")), std::move(asked));
}

void PsycFront::check_password(const chat::Entity& person, std::string password, Asked asked) {
    const std::string uniform = hub_.uniform_of(person);
    if (!options_.passwords) {
        reply(uniform, asked.tag, {{"_nick", person.display}}, "_error_necessary_encryption",
              "A password is taken over TLS only; use port 9404 or TLS on this one.");
        return;
    }
    if (attempts_left_ <= 0) {
        session_->close();
        return;
    }
    --attempts_left_;
    // What is said behind the password is the person's: it waits for the answer.
    session_->hold();
    backing_.check_password(
        person.id, std::move(password), options_.peer,
        [weak = weak_from_this(), asked = std::move(asked)](chat::PasswordAnswer answer) {
            const auto self = weak.lock();
            if (!self || self->gone()) {
                return;
            }
            self->password_checked(asked, answer);
            if (!self->gone()) {
                self->session_->go_on();
            }
            if (self->options_.resume) {
                self->options_.resume();
            }
        });
}

void PsycFront::password_checked(const Asked& asked, chat::PasswordAnswer answer) {
    if (answer == chat::PasswordAnswer::right) {
        link(asked);
        return;
    }
    const chat::Entity* entity = hub_.find(asked.person);
    const std::string nick = entity == nullptr ? "" : entity->display;
    const std::string source = entity == nullptr ? "" : hub_.uniform_of(*entity);
    if (answer == chat::PasswordAnswer::later) {
        ++attempts_left_; // it was none
        reply(source, asked.tag, {{"_nick", nick}}, "_failure_unavailable_temporary",
              "Too many link at the moment; try again later.");
        return;
    }
    reply(source, asked.tag, {{"_nick", nick}}, "_error_invalid_password",
          "Invalid password for [_nick].");
    if (attempts_left_ <= 0 && !gone()) {
        session_->close();
    }
}

void PsycFront::link(const Asked& asked) {
    const chat::Entity* person = hub_.find(asked.person);
    if (person == nullptr || person_) {
        return;
    }
    person_ = *person;
    asked_.reset();
    client_ = asked.client;
    attempts_left_ = options_.password_attempts;
    const std::string uniform = hub_.uniform_of(*person);
    reply(uniform, asked.tag,
          {{"_location", location()}, {"_identification", uniform}, {"_nick", person->display}},
          "_notice_link", "[_location] linked to [_identification].");
    backing_.read_cursor(
        person->id, client_,
        [weak = weak_from_this(), id = person->id](std::optional<chat::Sequence> position) {
            const auto self = weak.lock();
            if (!self || self->gone() || !self->person_ || self->person_->id != id) {
                return;
            }
            const std::string own = self->hub_.uniform_of(*self->person_);
            auto feed =
                std::make_shared<chat::Feed>(self->backing_, *self, id, position.value_or(0));
            self->follow({.entity = *self->person_,
                          .uniform = own,
                          .cursor = self->client_,
                          .feed = feed,
                          .taken = position.value_or(0)},
                         self->person_->display, own);
            self->show_friends();
            feed->catch_up();
        });
}

// Who of her friends is here, and who would like to be one.
void PsycFront::show_friends() {
    constexpr std::size_t most = 200; // packets; /friends shows all
    const std::string uniform = hub_.uniform_of(*person_);
    const auto answer = answering();
    std::size_t shown = 0;
    for (const chat::Event& event : talk_.friends_here(*person_)) {
        if (++shown > most) {
            return;
        }
        answer(psyc_letter(event, uniform, person_->display));
    }
    for (const chat::Event& event : talk_.friendships_offered(*person_)) {
        if (++shown > most) {
            return;
        }
        answer(psyc_letter(event, uniform, person_->display));
    }
}

void PsycFront::unlink(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (!person_ || person_->id != person.id) {
        reply(uniform, request.tag(), {{"_nick", person.display}}, "_error_rejected_unlink",
              "This circuit is not linked to [_nick].");
        return;
    }
    take_all();
    leave_all({});
    person_.reset();
    client_.clear();
    reply(uniform, request.tag(), {{"_location", location()}, {"_identification", uniform}},
          "_notice_unlink", "[_location] unlinked from [_identification].");
    if (psyc::is_a(request.method, "_request_exit") ||
        psyc::is_a(request.method, "_request_unlink_disconnect")) {
        session_->close();
    }
}

void PsycFront::command(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub_.uniform_of(person);
    if (!person_ || person_->id != person.id) {
        const bool input = psyc::is_a(request.method, "_request_input");
        reply(uniform, request.tag(), {{"_nick", person.display}},
              input ? "_error_rejected_input_person" : "_failure_unsupported_execute_person",
              "[_nick] takes no commands from you.");
        return;
    }
    const PsycDeed deed = entities_.command(sender(), request.packet, answering());
    switch (deed.kind) {
    case PsycDeed::Kind::none:
        break;
    case PsycDeed::Kind::enter:
        enter(request, *deed.place);
        break;
    case PsycDeed::Kind::leave:
        leave(request, *deed.place);
        break;
    case PsycDeed::Kind::unlink:
        unlink(request, person);
        break;
    case PsycDeed::Kind::quit:
        unlink(request, person);
        session_->close();
        break;
    }
}

} // namespace mailcast::front
