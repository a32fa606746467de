// How an IRC client becomes a person: CAP, PASS, NICK, USER, the welcome; SASL is in irc_sasl.
// RFC 2812 3.1, IRCv3 capability-negotiation.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/front.h"
#include "front/irc/name.h"
#include "irc/name.h"
#include "irc/numeric.h"

#include <fmt/core.h>

#include <array>
#include <utility>

namespace mailcast::front {

namespace numeric = irc::numeric;
using irc::Capability;

namespace {

constexpr std::size_t longest_client = 40; // octets of "phone" in "ada@phone"

} // namespace

irc::Login IrcFront::login_of(std::string_view text) {
    irc::Login login = irc::split_login(text);
    login.client = irc::safe_word(login.client);
    if (login.client == "*") {
        login.client.clear();
    }
    login.client.resize(base::utf8_prefix(login.client, longest_client).size());
    return login;
}

// ---- capabilities --------------------------------------------------------------------------------

irc::CapabilityOffer IrcFront::offer() const {
    irc::CapabilityOffer offer;
    for (std::size_t i = 0; i < irc::capability_amount; ++i) {
        offer.offered.add(static_cast<Capability>(i));
    }
    offer.sasl = irc::sasl_mechanisms;
    if (!options_.passwords) {
        offer.offered.remove(Capability::sasl);
    }
    offer.multiline = fmt::format("max-bytes={},max-lines={}", multiline_octets, multiline_lines);
    return offer;
}

void IrcFront::do_cap(const Request& request) {
    // REQ has all in one parameter, but some clients forget the colon.
    std::string argument(request.param(1));
    for (std::size_t i = 2; i < request.size(); ++i) {
        argument += ' ';
        argument += request.param(i);
    }
    const auto answers = caps_.take(request.param(0), argument, offer(), registered());
    if (!answers) {
        reply(numeric::invalid_cap_command, {request.param(0)}, "Invalid CAP command");
        return;
    }
    const std::string nick = shown_nick();
    for (const irc::CapabilityAnswer& answer : *answers) {
        std::vector<std::string_view> words = {nick, answer.subcommand};
        if (answer.more) {
            words.emplace_back("*");
        }
        line({}, {.source = clients_.hub().hostname(),
                  .command = "CAP",
                  .words = words,
                  .saying = irc::Saying::text,
                  .text = answer.text});
    }
    try_to_register();
}

// ---- passwords -----------------------------------------------------------------------------------

void IrcFront::check_password(const irc::Login& login, std::string password, bool sasl) {
    if (attempts_left_ <= 0) {
        end_circuit("Too many wrong passwords");
        return;
    }
    --attempts_left_;
    const chat::Entity* person = clients_.hub().find(chat::EntityKind::person, login.account);
    registration_->checking = true;
    // Somebody unknown is answered as late as others.
    const chat::EntityId id = person == nullptr ? 0 : person->id;
    talk_.backing().check_password(id, std::move(password), options_.peer,
                                   [weak = weak_from_this(), id, client = login.client, sasl,
                                    label = take_label()](chat::PasswordAnswer answer) {
                                       const auto self = weak.lock();
                                       if (!self) {
                                           return;
                                       }
                                       if (answer == chat::PasswordAnswer::later) {
                                           self->password_unchecked(sasl, label);
                                       } else {
                                           self->password_checked(
                                               id, client, answer == chat::PasswordAnswer::right,
                                               sasl, label);
                                       }
                                       self->resume_input();
                                   });
}

void IrcFront::password_unchecked(bool sasl, std::string label) {
    if (gone() || registration_ == nullptr) {
        return;
    }
    ++attempts_left_; // it was none
    answer_under(std::move(label), [&] {
        registration_->checking = false;
        if (sasl) {
            reply(numeric::sasl_fail, {}, "Too many log in at the moment, try again later");
        } else {
            end_circuit("Too many log in at the moment, try again later");
        }
    });
}

void IrcFront::password_checked(chat::EntityId person, const std::string& client, bool good,
                                bool sasl, std::string label) {
    if (gone() || registration_ == nullptr) {
        return;
    }
    answer_under(std::move(label), [&] {
        Registration& state = *registration_;
        state.checking = false;
        const chat::Entity* entity = clients_.hub().find(person);
        if (!good || entity == nullptr) {
            if (sasl) {
                reply(numeric::sasl_fail, {}, "SASL authentication failed");
            } else {
                reply(numeric::password_mismatch, {}, "Password incorrect");
            }
            if (!sasl || attempts_left_ <= 0) {
                end_circuit("Access denied: wrong nick or password");
            }
            return;
        }
        state.person = person;
        if (!client.empty()) {
            state.client = client;
        }
        if (sasl) {
            const std::string account = irc_person_nick(*entity);
            const std::string prefix = irc_person_prefix(*entity, clients_.hub());
            reply(numeric::logged_in, {prefix, account}, "You are now logged in as " + account);
            reply(numeric::sasl_success, {}, "SASL authentication successful");
        }
        try_to_register();
    });
}

// ---- PASS, NICK, USER ----------------------------------------------------------------------------

void IrcFront::do_pass(const Request& request) {
    if (registration_ == nullptr) {
        reply(numeric::already_registered, {}, "You may not reregister");
        return;
    }
    if (!options_.passwords) {
        reply(numeric::password_mismatch, {}, "A password is taken over TLS only");
        end_circuit("A password is taken over TLS only");
        return;
    }
    registration_->pass = request.param(0);
}

void IrcFront::do_nick(const Request& request) {
    const std::string_view nick = request.param(0);
    if (nick.empty()) {
        reply(numeric::no_nick_given, {}, "No nickname given");
        return;
    }
    if (registration_ == nullptr) {
        if (base::iequals(nick, shown_nick())) {
            return;
        }
        reply(clients_.person_of_nick(nick) != nullptr ? numeric::nick_in_use
                                                       : numeric::erroneous_nick,
              {nick}, "Your nick is the name of your account here");
        return;
    }
    const irc::Login login = login_of(nick);
    if (!irc::is_nick(login.account)) {
        reply(numeric::erroneous_nick, {nick}, "Erroneous nickname");
        return;
    }
    registration_->nick = login.account;
    if (!login.client.empty()) {
        registration_->client = login.client;
    }
    try_to_register();
}

void IrcFront::do_user(const Request& request) {
    if (registration_ == nullptr) {
        reply(numeric::already_registered, {}, "You may not reregister");
        return;
    }
    registration_->user = request.param(0);
    registration_->real_name = request.param(3);
    try_to_register();
}

void IrcFront::try_to_register() {
    if (registration_ == nullptr || caps_.is_open() || registration_->checking || ending_ ||
        registration_->nick.empty() || registration_->user.empty()) {
        return;
    }
    Registration& state = *registration_;
    if (state.person != 0) {
        const chat::Entity* person = clients_.hub().find(state.person);
        if (person == nullptr) {
            end_circuit("This person is gone.");
            return;
        }
        irc::Login user = login_of(state.user);
        const bool names_client = state.user.find('@') != std::string::npos &&
                                  clients_.person_of_nick(user.account) == person;
        if (state.client.empty() && names_client) {
            state.client = user.client;
        }
        register_as(*person);
        return;
    }
    if (state.pass.empty()) {
        reply(numeric::password_mismatch, {},
              "A password is needed: log in with SASL PLAIN, or send PASS before NICK");
        end_circuit("Access denied: no password");
        return;
    }
    const irc::Login login = login_by_pass(); // takes a name off the password
    check_password(login, std::exchange(state.pass, {}), false);
}

// Whose password PASS has: the nick's; or the one's that the user name or the password itself names.
irc::Login IrcFront::login_by_pass() {
    Registration& state = *registration_;
    const chat::Entity* by_nick = clients_.person_of_nick(state.nick);
    irc::Login user = login_of(state.user);
    if (state.user.find('@') != std::string::npos) {
        return user;
    }
    // "ada@phone:password", the way of bouncers; a colon in a password alone is none.
    if (const auto colon = state.pass.find(':'); colon != std::string::npos) {
        irc::Login login = login_of(std::string_view(state.pass).substr(0, colon));
        const chat::Entity* by_pass = clients_.person_of_nick(login.account);
        if (by_pass != nullptr && (by_nick == nullptr || by_nick == by_pass)) {
            state.pass.erase(0, colon + 1);
            return login;
        }
    }
    if (by_nick == nullptr && clients_.person_of_nick(user.account) != nullptr) {
        return {.account = std::move(user.account), .client = state.client};
    }
    return {.account = state.nick, .client = state.client};
}

// ---- the welcome ---------------------------------------------------------------------------------

void IrcFront::register_as(const chat::Entity& person) {
    person_ = person;
    client_ = registration_->client;
    const std::string real_name = registration_->real_name;
    registration_.reset();
    attempts_left_ = options_.password_attempts;
    if (clients_.clients_of(person.id).empty()) {
        clients_.set_real_name(person.id, real_name);
    }
    clients_.add(*this);
    last_ping_ = now_;
    welcome();
    ++joining_; // what she says next is said by who is here
    // Who asks for history by himself gets what comes from now on.
    if (has(Capability::chathistory)) {
        talk_.backing().read_end([weak = weak_from_this()](chat::Sequence end) {
            if (const auto self = weak.lock()) {
                self->follow_own_log(end);
            }
        });
        return;
    }
    talk_.backing().read_cursor(person.id, client_,
                                [weak = weak_from_this()](std::optional<chat::Sequence> position) {
                                    if (const auto self = weak.lock()) {
                                        self->follow_own_log(position.value_or(0));
                                    }
                                });
}

void IrcFront::follow_own_log(chat::Sequence from) {
    --joining_;
    if (gone() || !person_ || following(person_->id) != nullptr) {
        resume_input();
        return;
    }
    ++depth_;
    auto feed = std::make_shared<chat::Feed>(talk_.backing(), *this, person_->id, from);
    following_.insert(following_.begin(), {.entity = person_->id,
                                           .channel = {},
                                           .cursor = client_,
                                           .moves = !has(Capability::chathistory),
                                           .feed = feed,
                                           .taken = from});
    talk_.join(
        {.uniform = clients_.hub().uniform_of(*person_), .nick = person_->display, .feed = feed});
    feed->catch_up();
    --depth_;
    flush();
    resume_input();
}

void IrcFront::welcome() {
    const std::string& host = clients_.hub().hostname();
    const std::string& version = clients_.parts().version;
    reply(numeric::welcome, {}, "Welcome to " + host + ", " + own_prefix());
    reply(numeric::your_host, {}, "Your host is " + host + ", running " + version);
    reply(numeric::created, {},
          "This server was started " + base::format_rfc3339(clients_.started()));
    reply(numeric::my_info, {host, version, "i", "nto"});
    send_isupport();
    send_lusers();
    send_motd();
}

void IrcFront::send_isupport() {
    const std::string limits = fmt::format(
        "NICKLEN={0} CHANNELLEN={1} TOPICLEN={2} AWAYLEN={3} KICKLEN={3} NAMELEN=120 "
        "CHANLIMIT=#:{4} CHATHISTORY={5} MONITOR={6}",
        irc::longest_nick, irc::longest_channel, chat::longest_topic, chat::longest_description,
        options_.channels, most_history_lines, most_monitored);
    const std::string network = "NETWORK=" + clients_.hub().hostname();
    const std::string fixed = "CASEMAPPING=ascii CHANTYPES=# CHANMODES=b,,,nt PREFIX=(o)@ "
                              "MODES=1 " +
                              network;
    const std::string later = "UTF8ONLY WHOX MSGREFTYPES=timestamp,msgid "
                              "CLIENTTAGDENY=*,-draft/reply ELIST=M SAFELIST "
                              "TARGMAX=PRIVMSG:4,NOTICE:4,JOIN:,PART:,KICK:1,NAMES:1";
    const std::string nick = shown_nick();
    for (const std::string_view tokens :
         {std::string_view(fixed), std::string_view(limits), std::string_view(later)}) {
        std::vector<std::string_view> words = {nick};
        for (std::string_view rest = tokens; !rest.empty();) {
            const auto end = rest.find(' ');
            words.push_back(rest.substr(0, end));
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
        line({}, {.source = clients_.hub().hostname(),
                  .command = numeric::isupport,
                  .words = words,
                  .saying = irc::Saying::text,
                  .text = "are supported by this server"});
    }
}

// ---- PING, QUIT ----------------------------------------------------------------------------------

void IrcFront::do_ping(const Request& request) {
    const std::string& host = clients_.hub().hostname();
    const std::array<std::string_view, 1> words = {host};
    line({}, {.source = host,
              .command = "PONG",
              .words = words,
              .saying = irc::Saying::text,
              .text = request.param(0)});
}

void IrcFront::do_pong(const Request& request) {
    static_cast<void>(take_label()); // no answer is due to an answer
    if (!pinging_ || request.size() == 0) {
        return;
    }
    const std::string_view token = request.param(request.size() - 1);
    if (token != ping_token_) {
        return;
    }
    pinging_ = false;
    // All that was sent before our PING has been read by the client.
    for (Following& following : following_) {
        take(following, following.pinged);
    }
}

void IrcFront::do_quit(const Request& request) {
    static_cast<void>(request);
    take_all();
    end_circuit("Closing link: goodbye");
}

} // namespace mailcast::front
