#include "app/server/reload.h"

#include <algorithm>
#include <utility>

namespace mailcast::app {

namespace {

bool same_socket(const Listener& a, const Listener& b) {
    return a.protocol == b.protocol && a.address == b.address;
}

bool has(const std::vector<Listener>& listeners, const Listener& wanted) {
    return std::ranges::any_of(
        listeners, [&wanted](const Listener& each) { return same_socket(each, wanted); });
}

bool same_sockets(const std::vector<Listener>& a, const std::vector<Listener>& b) {
    return a.size() == b.size() &&
           std::ranges::all_of(a, [&b](const Listener& each) { return has(b, each); });
}

} // namespace

std::vector<std::string> needs_restart(const Configuration& running, const Configuration& wanted) {
    std::vector<std::string> keys;
    if (running.hostname != wanted.hostname) {
        keys.emplace_back("hostname");
    }
    if (running.data_dir != wanted.data_dir) {
        keys.emplace_back("data_dir");
    }
    if (running.store_url != wanted.store_url) {
        keys.emplace_back("store.url");
    }
    if (running.journal_age != wanted.journal_age) {
        keys.emplace_back("store.journal_age");
    }
    if (!same_sockets(running.listeners, wanted.listeners)) {
        keys.emplace_back("listener.address");
    }
    return keys;
}

Configuration reloaded(const Configuration& running, Configuration wanted) {
    wanted.hostname = running.hostname;
    wanted.data_dir = running.data_dir;
    wanted.store_url = running.store_url;
    wanted.journal_age = running.journal_age;
    std::vector<Listener> listeners = running.listeners;
    for (Listener& listener : listeners) {
        const auto found = std::ranges::find_if(
            wanted.listeners, [&](const Listener& each) { return same_socket(each, listener); });
        if (found != wanted.listeners.end()) {
            listener = *found;
        }
    }
    wanted.listeners = std::move(listeners);
    return wanted;
}

} // namespace mailcast::app
