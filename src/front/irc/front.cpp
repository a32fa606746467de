#include "front/irc/front.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/commands.h"
#include "front/irc/name.h"
#include "irc/name.h"
#include "irc/numeric.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailcast::front {

namespace numeric = irc::numeric;
using irc::Capability;

namespace {

constexpr std::size_t longest_label = 64;

} // namespace

IrcFront::IrcFront(IrcClients& clients, IrcOutput& output, Options options)
    : clients_(clients), talk_(clients.talk()), output_(&output), options_(std::move(options)),
      bucket_(options_.burst, options_.pace), registration_(std::make_unique<Registration>()),
      attempts_left_(options_.password_attempts) {}

IrcFront::~IrcFront() {
    disconnected();
}

// ---- input ---------------------------------------------------------------------------------------

void IrcFront::receive(std::string_view input, Moment now) {
    now_ = now;
    last_heard_ = now;
    ++depth_;
    if (!held_.empty()) {
        held_ += input;
    } else {
        take_input(input);
    }
    --depth_;
    flush();
}

void IrcFront::take_input(std::string_view input) {
    while (!gone() && !ending_) {
        if (is_busy() && !input.empty()) {
            held_ = input;
            return;
        }
        if (input.find('\n') != std::string_view::npos && !bucket_.take(now_)) {
            held_ = input;
            return;
        }
        const auto found = reader_.next(input);
        switch (found.outcome) {
        case irc::LineReader::Outcome::need_input:
            return;
        case irc::LineReader::Outcome::too_long:
            reply(numeric::too_long, {}, "Input line was too long");
            break;
        case irc::LineReader::Outcome::line:
            take_line(found.line);
            break;
        }
    }
}

// What comes behind a JOIN or a password is said by who has joined or is known.  And a client walks through the past
// by one question at a time (history.cpp counts them as joins): all share one reader.
bool IrcFront::is_busy() const {
    return joining_ > 0 || (registration_ != nullptr && registration_->checking);
}

void IrcFront::resume_input() {
    if (held_.empty() || is_busy() || gone() || ending_) {
        return;
    }
    ++depth_;
    const std::string input = std::exchange(held_, {});
    take_input(input);
    --depth_;
    if (depth_ == 0) {
        flush();
    }
    if (held_.empty() && !gone()) {
        output_->resume();
    }
}

void IrcFront::take_line(std::string_view line) {
    const auto request = irc::Message::parse(line);
    if (!request) {
        if (request.error() == irc::MessageFault::encoding) {
            fail("*", "INVALID_UTF8", {}, "Lines must be UTF-8; this one was not taken.");
        } else if (request.error() == irc::MessageFault::syntax) {
            reply(numeric::unknown_command, {"*"}, "This is no command");
        }
        return;
    }
    label_.clear();
    if (has(Capability::labeled_response)) {
        label_ = request->tag("label");
        label_.resize(base::utf8_prefix(label_, longest_label).size());
    }
    const bool labelled = !label_.empty();
    collecting_ = labelled;
    const IrcCommandRow* row = find_irc_command(request->command());
    if (row == nullptr) {
        unknown_command(*request);
    } else if (!registered() && !row->early) {
        reply(numeric::not_registered, {}, "You have not registered");
    } else if (request->size() < row->params) {
        reply(numeric::need_more_params, {row->name}, "Not enough parameters");
    } else {
        (this->*row->handler)(*request);
    }
    if (labelled) {
        finish_label();
    }
}

void IrcFront::unknown_command(const Request& request) {
    if (!registered()) {
        reply(numeric::not_registered, {}, "You have not registered");
        return;
    }
    std::string text = base::lowered(request.command());
    if (clients_.parts().reading != nullptr && Words::knows(text)) {
        for (std::size_t i = 0; i < request.size(); ++i) {
            text += ' ';
            text += request.param(i);
        }
        say_to_service(text, true);
        return;
    }
    reply(numeric::unknown_command, {request.command()}, "Unknown command");
}

// ---- who she is ----------------------------------------------------------------------------------

const chat::Entity* IrcFront::self() const {
    return person_ ? &*person_ : nullptr;
}

std::string IrcFront::shown_nick() const {
    if (person_) {
        return irc_person_nick(*person_);
    }
    return registration_ == nullptr || registration_->nick.empty() ? "*" : registration_->nick;
}

std::string IrcFront::own_prefix() const {
    return person_ ? irc_person_prefix(*person_, clients_.hub()) : std::string();
}

std::string IrcFront::own_account() const {
    return person_ ? irc_person_nick(*person_) : std::string();
}

chat::Speaker IrcFront::speaker() const {
    chat::Speaker speaker;
    if (person_) {
        speaker.uniform = clients_.hub().uniform_of(*person_);
        speaker.nick = person_->display;
        speaker.person = person_->id;
    }
    return speaker;
}

// ---- what is followed ----------------------------------------------------------------------------

IrcFront::Following* IrcFront::following(chat::EntityId entity) {
    const auto found = std::ranges::find(following_, entity, &Following::entity);
    return found == following_.end() ? nullptr : &*found;
}

IrcFront::Following* IrcFront::following_channel(std::string_view channel) {
    const auto found = std::ranges::find_if(following_, [channel](const Following& one) {
        return !one.channel.empty() && base::iequals(one.channel, channel);
    });
    return found == following_.end() ? nullptr : &*found;
}

bool IrcFront::is_in(chat::EntityId place) const {
    return std::ranges::find(following_, place, &Following::entity) != following_.end();
}

void IrcFront::unfollow(chat::EntityId entity, const std::string& detail) {
    const auto found = std::ranges::find(following_, entity, &Following::entity);
    if (found == following_.end()) {
        return;
    }
    const auto feed = found->feed;
    following_.erase(found);
    feed->detach();
    talk_.part(feed, detail);
}

// Channels first: who leaves them is still there as a person.
void IrcFront::leave_all(const std::string& detail) {
    while (!following_.empty()) {
        unfollow(following_.back().entity, detail);
    }
}

void IrcFront::take(Following& following, chat::Sequence to) {
    if (to <= following.taken || !following.moves) {
        return;
    }
    following.taken = to;
    talk_.backing().move_cursor(following.entity, following.cursor, to);
}

void IrcFront::take_all() {
    // What still waits here the client cannot have seen.
    if (gone() || output_->queued() > 0) {
        return;
    }
    for (Following& following : following_) {
        take(following, following.feed->position());
    }
}

IrcView IrcFront::view() const {
    return {.capabilities = caps_.active()};
}

void IrcFront::show(const chat::Feed& feed, const chat::Cast& cast, bool replayed) {
    const Following* found = following(feed.entity());
    if (found == nullptr || gone() || is_shown_already(cast)) {
        return;
    }
    const chat::Note& note = cast.note();
    IrcView view = this->view();
    view.replayed = replayed;
    std::string target = found->channel.empty() ? shown_nick() : found->channel;
    if (found->channel.empty() && note.kind == chat::NoteKind::message) {
        const auto mail = irc_mail_of_context(note.context);
        if (mail && in_mail_channel(*mail)) {
            target = irc_mail_channel(*mail);
        }
    }
    view.target = target;
    std::string label;
    if (note.kind == chat::NoteKind::message && note.source == speaker().uniform &&
        take_pending(note, feed.entity(), label)) {
        if (!has(Capability::echo_message)) {
            answer_under(std::move(label), [] {});
            return;
        }
        view.label = label;
    }
    if (note.kind == chat::NoteKind::mail) {
        remember_mail(note);
    }
    last_shown_ = now_;
    if (view.label.empty()) {
        send(irc_cast(clients_.rendering(), cast, irc_mail_of_channel(target) ? 0 : feed.entity(),
                      view));
    } else {
        emit(irc_note(clients_.rendering(), note, view));
    }
}

// One showing for all of its recipients that this client follows; the Hub offers it by the person first.
bool IrcFront::is_shown_already(const chat::Cast& cast) {
    if (cast.note().recipients.size() < 2) {
        return false;
    }
    if (std::ranges::find(shown_, cast.sequence()) != shown_.end()) {
        return true;
    }
    if (shown_.size() < remembered_casts) {
        shown_.push_back(cast.sequence());
    } else {
        shown_[shown_next_] = cast.sequence();
        shown_next_ = (shown_next_ + 1) % remembered_casts;
    }
    return false;
}

void IrcFront::remember_mail(const chat::Note& note) {
    last_mail_ = note.id;
    std::string nick = irc::folded(irc_sender_nick(note, clients_.hub()));
    std::erase_if(senders_, [&nick](const auto& known) { return known.first == nick; });
    if (senders_.size() >= remembered_senders) {
        senders_.erase(senders_.begin());
    }
    senders_.emplace_back(std::move(nick), note.id);
}

bool IrcFront::in_mail_channel(const base::MessageId& id) const {
    return std::ranges::find(mail_channels_, id) != mail_channels_.end();
}

bool IrcFront::has_room() const {
    return !gone() && !ending_ && output_->queued() + out_.size() < options_.send_queue;
}

void IrcFront::caught_up(const chat::Feed& feed, std::size_t count) {
    static_cast<void>(feed);
    if (count > 0) {
        confirm();
    }
}

void IrcFront::hear(const chat::Feed& feed, const chat::Announcement& announcement) {
    const Following* found = following(feed.entity());
    if (found == nullptr || gone()) {
        return;
    }
    const chat::Event& event = announcement.event();
    IrcView view = this->view();
    view.target = found->channel;
    if (!found->channel.empty()) {
        send(irc_announcement(clients_.rendering(), announcement, view, talk_.now()));
        return;
    }
    if (event.kind == chat::EventKind::receipt) {
        // Her own words, said from another client of hers.
        const std::string prefix = own_prefix();
        const std::string account = own_account();
        const std::string target = irc_nick_of(event.who, event.nick, clients_.hub());
        view.target = target;
        emit(irc_said({.prefix = prefix,
                       .account = account,
                       .text = event.text,
                       .action = event.action,
                       .notice = event.notice,
                       .time = talk_.now()},
                      view));
    } else if (event.kind == chat::EventKind::friendship) {
        const std::string other = irc_nick_of(event.who, event.nick, clients_.hub());
        notice(event.detail == "established" ? other + " is your friend now."
               : event.detail == "removed"   ? other + " is no friend of yours any more."
                                             : other + " would like to be your friend.");
    } else if (event.kind == chat::EventKind::foreign) {
        notice(event.nick + ": " + event.text);
    }
}

// ---- time ----------------------------------------------------------------------------------------

void IrcFront::drained() {
    if (!has_room() || !registered()) {
        return;
    }
    // Walk over a copy: what is shown now may change the list.
    std::vector<std::shared_ptr<chat::Feed>> feeds;
    feeds.reserve(following_.size());
    for (const Following& following : following_) {
        // What a quiet entity holds back comes when it is quiet no longer, or at the next login.
        const chat::Entity* entity = clients_.hub().find(following.entity);
        if (entity == nullptr || !entity->quiet) {
            feeds.push_back(following.feed);
        }
    }
    for (const auto& feed : feeds) {
        feed->catch_up();
    }
}

// The answer to this PING can only come from somebody who has read all that was sent before it.
void IrcFront::confirm() {
    if (pinging_ || gone()) {
        return;
    }
    for (Following& following : following_) {
        following.pinged = following.feed->position();
    }
    pinging_ = true;
    last_ping_ = now_;
    ping_token_ = "mailcast-" + std::to_string(++references_);
    line({}, {.source = clients_.hub().hostname(),
              .command = "PING",
              .saying = irc::Saying::text,
              .text = ping_token_});
}

void IrcFront::tick(Moment now, bool all_acknowledged) {
    now_ = now;
    if (gone() || ending_) {
        return;
    }
    const auto keep = shared_from_this();
    resume_input();
    if (!registered() || gone() || ending_) {
        return;
    }
    if (clients_.hub().find(person()) == nullptr) {
        end_circuit("This person is gone.");
        return;
    }
    drained();
    if (pinging_) {
        if (now - std::max(last_ping_, last_heard_) > options_.ping_timeout) {
            end_circuit("Ping timeout");
        }
        return;
    }
    const bool open = std::ranges::any_of(following_, [](const Following& one) {
        return one.moves && one.feed->position() > one.taken;
    });
    if (open && all_acknowledged && now - last_shown_ > options_.acknowledged_age) {
        take_all();
    } else if ((open && now - last_ping_ > options_.confirm_every) ||
               now - std::max(last_heard_, last_ping_) > options_.ping_after) {
        confirm();
    }
}

void IrcFront::disconnected() {
    output_ = nullptr;
    clients_.remove(*this);
    leave_all("disconnect");
}

void IrcFront::shut_down() {
    end_circuit("The server is going; it will be back.");
}

} // namespace mailcast::front
