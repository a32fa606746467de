#include "net/name_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <array>
#include <cstddef>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>
#include <utility>

namespace mailcast::net {

namespace {

constexpr std::size_t most_addresses = 16;
constexpr std::size_t most_services = 16;

std::optional<std::string> text_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* octets = nullptr;
    if (address->sa_family == AF_INET) {
        octets = &static_cast<const sockaddr_in*>(static_cast<const void*>(address))->sin_addr;
    } else if (address->sa_family == AF_INET6) {
        octets = &static_cast<const sockaddr_in6*>(static_cast<const void*>(address))->sin6_addr;
    }
    if (octets == nullptr ||
        ::inet_ntop(address->sa_family, octets, text.data(), text.size()) == nullptr) {
        return std::nullopt;
    }
    return std::string(text.data());
}

} // namespace

std::optional<std::vector<std::string>> SystemNameServer::addresses(const std::string& host) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int failed = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
    if (failed != 0) {
        const bool none = failed == EAI_NONAME || failed == EAI_NODATA;
        return none ? std::optional{std::vector<std::string>{}} : std::nullopt;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    std::vector<std::string> found;
    for (const addrinfo* each = list; each != nullptr && found.size() < most_addresses;
         each = each->ai_next) {
        if (auto text = text_of(each->ai_addr);
            text && std::ranges::find(found, *text) == found.end()) {
            found.push_back(*std::move(text));
        }
    }
    return found;
}

std::optional<std::vector<NameServer::Service>>
SystemNameServer::services(const std::string& name) {
    struct __res_state state{}; // NOLINT(bugprone-reserved-identifier): the system's name
    if (::res_ninit(&state) != 0) {
        return std::nullopt;
    }
    state.retrans = 2; // seconds
    state.retry = 2;
    std::array<unsigned char, 4096> answer{};
    // A whole name: what the system's search list would make of it is somebody else's.
    const int length =
        ::res_nquery(&state, name.c_str(), ns_c_in, ns_t_srv, answer.data(), answer.size());
    const int problem = state.res_h_errno;
    ::res_nclose(&state);
    if (length < 0) {
        const bool none = problem == HOST_NOT_FOUND || problem == NO_DATA;
        return none ? std::optional{std::vector<Service>{}} : std::nullopt;
    }
    ns_msg message{};
    const auto size = std::min<int>(length, answer.size());
    if (::ns_initparse(answer.data(), size, &message) != 0) {
        return std::nullopt;
    }
    std::vector<Service> found;
    for (int i = 0; i < ns_msg_count(message, ns_s_an) && found.size() < most_services; ++i) {
        ns_rr record{};
        constexpr std::size_t fixed = 6; // priority, weight, port
        if (::ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_srv ||
            ns_rr_rdlen(record) <= fixed) {
            continue;
        }
        const unsigned char* data = ns_rr_rdata(record);
        std::array<char, NS_MAXDNAME> host{};
        if (::dn_expand(ns_msg_base(message), ns_msg_end(message), data + fixed, host.data(),
                        host.size()) < 0) {
            continue;
        }
        const auto number = [data](std::size_t at) {
            return static_cast<std::uint16_t>(data[at] * 256U + data[at + 1]);
        };
        found.push_back({.priority = number(0),
                         .weight = number(2),
                         .port = number(4),
                         .host = std::string(host.data())});
    }
    return found;
}

} // namespace mailcast::net
