// Questions of an IRC client: who is there, who is it, what is this server; presence.
// RFC 2812 3.4, 3.6, 4; IRCv3 monitor, setname, away-notify; WHOX.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/front.h"
#include "front/irc/name.h"
#include "irc/name.h"
#include "irc/numeric.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mailcast::front {

namespace numeric = irc::numeric;
using irc::Capability;

namespace {

constexpr std::size_t most_in_who = 20'000;
constexpr std::size_t most_asked = 30; // nicks in one USERHOST or ISON
constexpr std::size_t most_whois_channels = 100;

// Nicks with blanks or commas between them.
std::vector<std::string_view> nicks_of(const irc::Message& request, std::size_t first,
                                       std::size_t most) {
    std::vector<std::string_view> nicks;
    for (std::size_t i = first; i < request.size(); ++i) {
        std::string_view rest = request.param(i);
        while (!rest.empty() && nicks.size() < most) {
            const auto end = rest.find_first_of(" ,");
            if (const auto nick = rest.substr(0, end); !nick.empty()) {
                nicks.push_back(nick);
            }
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
    }
    return nicks;
}

struct Mask {
    std::string_view nick;
    std::string_view user;
    std::string_view host;
};

Mask parts_of(std::string_view prefix) {
    const auto bang = prefix.find('!');
    const auto at = prefix.find('@', bang == std::string_view::npos ? 0 : bang);
    if (bang == std::string_view::npos || at == std::string_view::npos) {
        return {.nick = prefix, .user = "*", .host = "*"};
    }
    return {.nick = prefix.substr(0, bang),
            .user = prefix.substr(bang + 1, at - bang - 1),
            .host = prefix.substr(at + 1)};
}

} // namespace

// ---- WHO -----------------------------------------------------------------------------------------

void IrcFront::who_line(std::string_view channel, const chat::Occupant& one, bool owner,
                        std::string_view fields, std::string_view token) {
    const chat::Hub& hub = clients_.hub();
    const chat::Entity* person = hub.find_uniform(one.uniform, chat::EntityKind::person);
    const std::string prefix = irc_prefix_of(one.uniform, one.nick, hub);
    const Mask mask = parts_of(prefix);
    const bool away = person != nullptr && is_away(talk_.presence_of(person->id));
    std::string flags = away ? "G" : "H";
    flags += owner ? "@" : "";
    const std::string real_name = person == nullptr ? one.nick : clients_.real_name(*person);
    if (fields.empty()) {
        reply(numeric::who_reply, {channel, mask.user, mask.host, hub.hostname(), mask.nick, flags},
              "0 " + real_name);
        return;
    }
    const std::string account = person == nullptr ? "0" : irc_person_nick(*person);
    const std::string nick = shown_nick();
    std::vector<std::string_view> words = {nick};
    std::string_view text;
    // In the order of WHOX, whatever the order of the question.
    for (const char field : std::string_view("tcuihsnfdlaor")) {
        if (fields.find(field) == std::string_view::npos) {
            continue;
        }
        switch (field) {
        case 't':
            words.push_back(token.empty() ? "0" : token);
            break;
        case 'c':
            words.push_back(channel);
            break;
        case 'u':
            words.push_back(mask.user);
            break;
        case 'i':
            words.emplace_back("255.255.255.255");
            break;
        case 'h':
            words.push_back(mask.host);
            break;
        case 's':
            words.push_back(hub.hostname());
            break;
        case 'n':
            words.push_back(mask.nick);
            break;
        case 'f':
            words.push_back(flags);
            break;
        case 'a':
            words.push_back(account);
            break;
        case 'r':
            text = real_name;
            break;
        default: // hops, idle time, operator level
            words.emplace_back("0");
        }
    }
    line({}, {.source = hub.hostname(),
              .command = numeric::whox_reply,
              .words = words,
              .saying = fields.find('r') == std::string_view::npos ? irc::Saying::none
                                                                   : irc::Saying::text,
              .text = text});
}

void IrcFront::do_who(const Request& request) {
    const std::string_view mask = request.param(0);
    std::string_view fields = request.param(1);
    std::string_view token;
    if (fields.starts_with('%')) {
        fields.remove_prefix(1);
        if (const auto comma = fields.find(','); comma != std::string_view::npos) {
            token = fields.substr(comma + 1);
            fields = fields.substr(0, comma);
        }
    } else {
        fields = {};
    }
    const chat::Hub& hub = clients_.hub();
    if (const chat::Entity* place = clients_.place_of_channel(mask)) {
        const std::string channel = irc_channel(*place);
        for (const chat::Occupant& one : hub.occupants(place->id, most_in_who)) {
            const bool owner =
                hub.relations().find(place->id, chat::RelationKind::owner, one.uniform) != nullptr;
            who_line(channel, one, owner, fields, token);
        }
    } else if (const chat::Entity* person = clients_.person_of_nick(mask);
               person != nullptr && hub.is_here(person->id)) {
        who_line("*", {.uniform = hub.uniform_of(*person), .nick = person->display}, false, fields,
                 token);
    }
    reply(numeric::end_of_who, {mask.empty() ? "*" : mask}, "End of WHO list");
}

// ---- WHOIS ---------------------------------------------------------------------------------------

void IrcFront::do_whois(const Request& request) {
    // With two parameters the first one is a server.
    const std::string_view asked = request.param(request.size() > 1 ? 1 : 0);
    const chat::Hub& hub = clients_.hub();
    const std::string& host = hub.hostname();
    const chat::Entity* person = clients_.person_of_nick(asked);
    if (base::iequals(asked, clients_.service_nick())) {
        const std::string nick = clients_.service_nick();
        reply(numeric::whois_user, {nick, "mailcast", host, "*"}, "words about mail: say help");
        reply(numeric::whois_server, {nick, host}, clients_.parts().version);
    } else if (person != nullptr) {
        const std::string nick = irc_person_nick(*person);
        reply(numeric::whois_user, {nick, person->name, host, "*"}, clients_.real_name(*person));
        std::string channels;
        std::size_t shown = 0;
        for (const Following& one : following_) {
            // Only what she can see anyway: the places that both are in.
            if (!one.channel.empty() && hub.is_in(one.entity, hub.uniform_of(*person)) &&
                ++shown <= most_whois_channels && channels.size() < 380) {
                channels += channels.empty() ? "" : " ";
                channels += one.channel;
            }
        }
        if (!channels.empty()) {
            reply(numeric::whois_channels, {nick}, channels);
        }
        reply(numeric::whois_server, {nick, host}, hub.uniform_of(*person));
        const chat::Presence presence = talk_.presence_of(person->id);
        if (is_away(presence) || !hub.is_here(person->id)) {
            reply(numeric::away, {nick},
                  !hub.is_here(person->id)       ? std::string("not here; what you say is kept")
                  : presence.description.empty() ? std::string("away")
                                                 : presence.description);
        }
        reply(numeric::whois_account, {nick, nick}, "is logged in as");
    } else if (const std::string address = address_of_sender_nick(asked); !address.empty()) {
        reply(numeric::whois_user, {asked, "*", "*", "*"}, address);
    } else {
        reply(numeric::no_such_nick, {asked}, "No such nick");
    }
    reply(numeric::end_of_whois, {asked}, "End of /WHOIS list");
}

void IrcFront::do_whowas(const Request& request) {
    reply(numeric::was_no_such_nick, {request.param(0)}, "There was no such nickname");
    reply(numeric::end_of_whowas, {request.param(0)}, "End of WHOWAS");
}

void IrcFront::do_userhost(const Request& request) {
    std::string text;
    for (const std::string_view nick : nicks_of(request, 0, most_asked)) {
        const chat::Entity* person = clients_.person_of_nick(nick);
        if (person == nullptr || !clients_.hub().is_here(person->id)) {
            continue;
        }
        const bool away = is_away(talk_.presence_of(person->id));
        text += fmt::format("{}{}={}{}@{}", text.empty() ? "" : " ", irc_person_nick(*person),
                            away ? '-' : '+', person->name, clients_.hub().hostname());
    }
    reply(numeric::userhost, {}, text);
}

void IrcFront::do_ison(const Request& request) {
    std::string text;
    for (const std::string_view nick : nicks_of(request, 0, most_asked)) {
        const chat::Entity* person = clients_.person_of_nick(nick);
        const bool service = base::iequals(nick, clients_.service_nick());
        if (service || (person != nullptr && clients_.hub().is_here(person->id))) {
            text += text.empty() ? "" : " ";
            text += service ? clients_.service_nick() : irc_person_nick(*person);
        }
    }
    reply(numeric::ison, {}, text);
}

// ---- the server ----------------------------------------------------------------------------------

void IrcFront::send_lusers() {
    const std::size_t clients = clients_.all().size();
    const std::string amount = std::to_string(clients);
    const std::size_t places = clients_.hub().all(chat::EntityKind::place, 100'000).size();
    reply(numeric::luser_client, {},
          fmt::format("There are {} users and 0 invisible on 1 servers", clients));
    reply(numeric::luser_channels, {std::to_string(places)}, "channels formed");
    reply(numeric::luser_me, {}, fmt::format("I have {} clients and 0 servers", clients));
    reply(numeric::local_users, {amount, amount}, "Current local users " + amount);
    reply(numeric::global_users, {amount, amount}, "Current global users " + amount);
}

void IrcFront::do_lusers(const Request& request) {
    static_cast<void>(request);
    send_lusers();
}

void IrcFront::send_motd() {
    const std::string& host = clients_.hub().hostname();
    reply(numeric::motd_start, {}, "- " + host + " Message of the day -");
    for (const std::string& text :
         {"- Mail for " + person_->name + "@" + host + " comes here as a query from its sender.",
          "- Say help to " + clients_.service_nick() +
              " for the words that go with it: more, full, reply and others.",
          std::string("- Channels are the places of this node: LIST shows them.")}) {
        reply(numeric::motd, {}, text);
    }
    reply(numeric::end_of_motd, {}, "End of /MOTD command.");
}

void IrcFront::do_motd(const Request& request) {
    static_cast<void>(request);
    send_motd();
}

void IrcFront::do_version(const Request& request) {
    static_cast<void>(request);
    reply(numeric::version, {clients_.parts().version, clients_.hub().hostname()},
          "psyc://" + clients_.hub().hostname() + "/");
    send_isupport();
}

void IrcFront::do_time(const Request& request) {
    static_cast<void>(request);
    reply(numeric::time, {clients_.hub().hostname()}, base::format_rfc3339(talk_.now()));
}

void IrcFront::do_help(const Request& request) {
    std::string text = "help";
    for (std::size_t i = 0; i < request.size(); ++i) {
        text += ' ';
        text += request.param(i);
    }
    say_to_service(text, true);
}

// ---- presence ------------------------------------------------------------------------------------

void IrcFront::do_away(const Request& request) {
    const std::string_view reason = base::trim(request.param(0));
    constexpr int away_by_hand = 3;
    talk_.set_presence(*person_, reason.empty() ? chat::availability_here : away_by_hand, reason);
    if (reason.empty()) {
        reply(numeric::unaway, {}, "You are no longer marked as being away");
    } else {
        reply(numeric::now_away, {}, "You have been marked as being away");
    }
}

void IrcFront::tell_away(const chat::Entity& person, const chat::Presence& presence) {
    const chat::Hub& hub = clients_.hub();
    const std::string uniform = hub.uniform_of(person);
    const bool own = person.id == this->person();
    if (own || !has(Capability::away_notify) || !has_room() ||
        std::ranges::none_of(following_, [&](const Following& one) {
            return !one.channel.empty() && hub.is_in(one.entity, uniform);
        })) {
        return;
    }
    const bool away = is_away(presence);
    const std::string prefix = irc_person_prefix(person, hub);
    line({}, {.source = prefix,
              .command = "AWAY",
              .saying = away ? irc::Saying::text : irc::Saying::none,
              .text = presence.description.empty() ? std::string_view("away")
                                                   : std::string_view(presence.description)});
}

void IrcFront::do_setname(const Request& request) {
    clients_.set_real_name(person(), std::string(request.param(0)));
    const std::string name = clients_.real_name(*person_);
    for (IrcFront* client : clients_.all()) {
        client->tell_real_name(*person_, name);
    }
}

void IrcFront::tell_real_name(const chat::Entity& changed, const std::string& name) {
    const chat::Hub& hub = clients_.hub();
    const std::string uniform = hub.uniform_of(changed);
    const bool shares = std::ranges::any_of(following_, [&](const Following& one) {
        return !one.channel.empty() && hub.is_in(one.entity, uniform);
    });
    if (!has(Capability::setname) || !has_room() || (changed.id != person() && !shares)) {
        return;
    }
    const std::string prefix = irc_person_prefix(changed, hub);
    line({}, {.source = prefix, .command = "SETNAME", .saying = irc::Saying::text, .text = name});
}

// ---- MONITOR -------------------------------------------------------------------------------------

bool IrcFront::is_monitored(std::string_view nick) const {
    return std::ranges::find(monitored_, irc::folded(nick)) != monitored_.end();
}

void IrcFront::tell_monitored(const chat::Entity& person, bool here) {
    if (monitored_.empty() || !has_room() || !is_monitored(irc_person_nick(person))) {
        return;
    }
    if (here) {
        reply(numeric::monitor_online, {}, irc_person_prefix(person, clients_.hub()));
    } else {
        reply(numeric::monitor_offline, {}, irc_person_nick(person));
    }
}

void IrcFront::do_monitor(const Request& request) {
    const std::string_view deed = request.param(0);
    const auto tell = [this](std::string_view nick) {
        const chat::Entity* one = clients_.person_of_nick(nick);
        const bool here = one != nullptr && clients_.hub().is_here(one->id);
        reply(here ? numeric::monitor_online : numeric::monitor_offline, {},
              here ? irc_person_prefix(*one, clients_.hub()) : std::string(nick));
    };
    if (deed == "+") {
        for (const std::string_view nick : nicks_of(request, 1, most_monitored)) {
            if (!is_monitored(nick)) {
                if (monitored_.size() >= most_monitored) {
                    reply(numeric::monitor_list_full, {std::to_string(most_monitored), nick},
                          "Monitor list is full.");
                    return;
                }
                monitored_.push_back(irc::folded(nick));
            }
            tell(nick);
        }
    } else if (deed == "-") {
        for (const std::string_view nick : nicks_of(request, 1, most_monitored)) {
            std::erase(monitored_, irc::folded(nick));
        }
    } else if (base::iequals(deed, "C")) {
        monitored_.clear();
    } else if (base::iequals(deed, "L")) {
        for (const std::string& nick : monitored_) {
            reply(numeric::monitor_list, {}, nick);
        }
        reply(numeric::end_of_monitor_list, {}, "End of MONITOR list");
    } else if (base::iequals(deed, "S")) {
        for (const std::string& nick : monitored_) {
            tell(nick);
        }
    }
}

} // namespace mailcast::front
