#include "front/irc/clients.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "front/irc/front.h"
#include "front/irc/name.h"

#include <utility>

namespace mailcast::front {

namespace {

constexpr std::size_t longest_real_name = 120; // octets

// "x^3dy" is "x=y": irc_person_nick writes what no nick may have so.
std::string without_escapes(std::string_view nick) {
    std::string name;
    for (std::size_t at = 0; at < nick.size(); ++at) {
        const std::string_view rest = nick.substr(at);
        if (base::istarts_with(rest, "^3d")) {
            name += '=';
            at += 2;
        } else if (base::istarts_with(rest, "^2b")) {
            name += '+';
            at += 2;
        } else {
            name += nick[at];
        }
    }
    return name;
}

} // namespace

IrcClients::IrcClients(Parts parts)
    : parts_(std::move(parts)),
      rendering_{.hub = parts_.talk.hub(), .reading = parts_.reading, .link = parts_.link},
      started_(parts_.talk.now()) {
    parts_.talk.set_watcher([this](const chat::Entity& person, const chat::Presence& presence) {
        presence_changed(person, presence);
    });
}

IrcClients::~IrcClients() {
    parts_.talk.set_watcher(nullptr);
}

std::string IrcClients::service_nick() const {
    constexpr std::string_view usual = "mailcast";
    // No person has a '|' in her name.
    return hub().find(chat::EntityKind::person, usual) == nullptr ? std::string(usual)
                                                                  : "mailcast|words";
}

std::string IrcClients::service_prefix() const {
    return service_nick() + "!mailcast@" + hub().hostname();
}

const chat::Entity* IrcClients::person_of_nick(std::string_view nick) const {
    const chat::Entity* person = hub().find(chat::EntityKind::person, without_escapes(nick));
    return person != nullptr && nick.find('.') == std::string_view::npos ? person : nullptr;
}

const chat::Entity* IrcClients::place_of_channel(std::string_view channel) const {
    return channel.starts_with('#') ? hub().find(chat::EntityKind::place, channel.substr(1))
                                    : nullptr;
}

std::string IrcClients::real_name(const chat::Entity& person) const {
    const auto found = real_names_.find(person.id);
    return found == real_names_.end() || found->second.empty() ? person.display : found->second;
}

void IrcClients::set_real_name(chat::EntityId person, std::string name) {
    name = base::safe_line(name);
    name.resize(base::utf8_prefix(name, longest_real_name).size());
    real_names_[person] = std::move(name);
}

void IrcClients::add(IrcFront& client) {
    all_.insert(&client);
    by_person_[client.person()].push_back(&client);
}

void IrcClients::remove(IrcFront& client) {
    if (all_.erase(&client) == 0) {
        return;
    }
    const auto found = by_person_.find(client.person());
    std::erase(found->second, &client);
    if (found->second.empty()) {
        real_names_.erase(found->first);
        by_person_.erase(found);
    }
}

const std::vector<IrcFront*>& IrcClients::clients_of(chat::EntityId person) const {
    static const std::vector<IrcFront*> nobody;
    const auto found = by_person_.find(person);
    return found == by_person_.end() ? nobody : found->second;
}

// IRC tells of presence in three ways: who watches by MONITOR, who shares a channel and asked for away-notify.
void IrcClients::presence_changed(const chat::Entity& person, const chat::Presence& presence) {
    const chat::Presence before = std::exchange(known_[person.id], presence);
    if (presence.availability <= chat::availability_offline) {
        known_.erase(person.id);
    }
    const bool was_here = before.availability > chat::availability_offline;
    const bool is_here = presence.availability > chat::availability_offline;
    for (IrcFront* client : all_) {
        if (was_here != is_here) {
            client->tell_monitored(person, is_here);
        }
        if (is_here && (was_here || is_away(presence))) {
            client->tell_away(person, presence);
        }
    }
}

} // namespace mailcast::front
