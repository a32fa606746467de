#include "net/lookup_circuit.h"

#include "base/log.h"

#include <utility>

namespace mailcast::net {

LookupCircuit::LookupCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const LookupDoor> door,
                             Lookups& lookups, Circuits& circuits)
    : channel_(std::move(socket)), peer_(std::move(peer)), door_(std::move(door)),
      lookups_(lookups), circuits_(circuits) {
    if (door_->service == LookupDoor::Service::policy) {
        service_.emplace<smtp::PolicyService>();
    }
    circuits_.add(*this, peer_.address);
}

LookupCircuit::~LookupCircuit() {
    circuits_.remove(*this, peer_.address);
}

std::string_view LookupCircuit::protocol() const {
    return door_->service == LookupDoor::Service::policy ? "policy" : "socketmap";
}

asio::awaitable<void> LookupCircuit::run() {
    const auto self = shared_from_this();
    bool open = true;
    while (open) {
        deadline_ =
            Clock::now() + door_->timeout; // for what is asked, and for the answer to be read
        waiting_ = true;
        const std::string_view input = co_await channel_.receive();
        waiting_ = false;
        if (input.empty()) {
            break;
        }
        open = answer(input);
        std::string output =
            std::visit([](auto& service) { return service.take_output(); }, service_);
        const bool written = co_await channel_.send(std::move(output));
        open = open && written && !(draining_ && idle());
    }
    deadline_ = Clock::time_point::max();
    channel_.close();
}

bool LookupCircuit::answer(std::string_view input) {
    if (auto* map = std::get_if<smtp::Socketmap>(&service_)) {
        return answer_lookups(*map, input);
    }
    return answer_policies(std::get<smtp::PolicyService>(service_), input);
}

// Who is there is not told to everybody.
bool LookupCircuit::answer_lookups(smtp::Socketmap& service, std::string_view input) {
    const bool may_ask = door_->trusted.contains(peer_.address);
    while (const auto query = service.next(input)) {
        if (!may_ask) {
            base::log::warn("{}: {} asks, but is not in 'trusted' of this listener", door_->name,
                            peer_.text());
            service.answer({.result = smtp::SocketmapAnswer::Result::permanent,
                            .text = "you may not ask here"});
            return false;
        }
        service.answer(lookups_.exists(query->map, query->key));
    }
    if (service.broken()) {
        base::log::warn("{}: {}: this is no socketmap client, closed", door_->name, peer_.text());
    }
    return !service.broken();
}

bool LookupCircuit::answer_policies(smtp::PolicyService& service, std::string_view input) {
    while (const smtp::PolicyRequest* request = service.next(input)) {
        service.answer(lookups_.may(*request, *door_));
    }
    if (service.broken()) {
        base::log::warn("{}: {}: a request without end, closed", door_->name, peer_.text());
    }
    return !service.broken();
}

bool LookupCircuit::idle() const {
    return std::visit([](const auto& service) { return service.idle(); }, service_);
}

// Mail servers keep such connections for later; what is closed they open again.
void LookupCircuit::expire() {
    abort();
}

void LookupCircuit::drain() {
    draining_ = true;
    if (waiting_ && idle()) {
        abort();
    }
}

void LookupCircuit::abort() {
    channel_.close();
    deadline_ = Clock::time_point::max();
}

} // namespace mailcast::net
