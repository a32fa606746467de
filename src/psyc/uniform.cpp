#include "psyc/uniform.h"

#include "base/ascii.h"

#include <algorithm>
#include <charconv>

namespace mailcast::psyc {

namespace {

constexpr std::string_view psyc_scheme = "psyc";

constexpr bool is_host_octet(char c) {
    return base::is_alnum(c) || c == '.' || c == '-';
}

constexpr bool is_resource_octet(char c) {
    return base::is_alpha(c) || c == '_' || c == '!' || c == '?' || c == '=' || c == '@' ||
           c == '~' || (c >= 0x24 && c <= 0x3B);
}

constexpr bool is_scheme_octet(char c) {
    return base::is_alnum(c) || c == '+' || c == '-' || c == '.';
}

std::string_view without_slashes_at_end(std::string_view text) {
    while (text.ends_with('/')) {
        text.remove_suffix(1);
    }
    return text;
}

UniformKind kind_of(const Uniform& uniform) {
    if (uniform.port < 0) {
        return UniformKind::location;
    }
    if (uniform.resource.empty()) {
        return UniformKind::root;
    }
    switch (uniform.resource.front()) {
    case '~':
        return UniformKind::person;
    case '@':
        return UniformKind::place;
    case '$':
        return UniformKind::service;
    default:
        return UniformKind::object;
    }
}

// What stands behind the ":" of the host.
bool read_port(std::string_view text, Uniform& uniform) {
    if (!text.empty() && base::is_alpha(text.back())) {
        uniform.transport = base::to_lower(text.back());
        text.remove_suffix(1);
        if (std::string_view("cdgs").find(uniform.transport) == std::string_view::npos) {
            return false;
        }
    }
    if (text.empty()) {
        return uniform.transport == 's' || uniform.transport == 'g';
    }
    constexpr int highest = 65535;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uniform.port);
    return error == std::errc{} && end == text.data() + text.size() && uniform.port != 0 &&
           uniform.port >= -highest && uniform.port <= highest && uniform.transport != 'g';
}

bool read_resource(std::string_view text, Uniform& uniform) {
    const std::size_t hash = text.find('#');
    std::string_view resource = text.substr(0, hash);
    while (resource.starts_with('/')) {
        resource.remove_prefix(1);
    }
    uniform.resource = without_slashes_at_end(resource);
    if (hash != std::string_view::npos) {
        uniform.channel = without_slashes_at_end(text.substr(hash + 1));
        if (uniform.channel.empty() || uniform.resource.empty()) {
            return false;
        }
    }
    return std::ranges::all_of(resource, is_resource_octet) &&
           std::ranges::all_of(uniform.channel, is_resource_octet);
}

std::optional<Uniform> parse_psyc(std::string_view rest, Uniform uniform) {
    if (!rest.starts_with("//")) {
        return std::nullopt;
    }
    rest.remove_prefix(2);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view authority = rest.substr(0, slash);
    const std::size_t colon = authority.find(':');
    uniform.host = authority.substr(0, colon);
    if (uniform.host.empty() || !std::ranges::all_of(uniform.host, is_host_octet)) {
        return std::nullopt;
    }
    if (colon != std::string_view::npos && !read_port(authority.substr(colon + 1), uniform)) {
        return std::nullopt;
    }
    if (slash < rest.size() && !read_resource(rest.substr(slash + 1), uniform)) {
        return std::nullopt;
    }
    uniform.kind = kind_of(uniform);
    return uniform;
}

std::optional<Uniform> parse_foreign(std::string_view rest, Uniform uniform) {
    const auto is_visible = [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
    };
    if (rest.empty() || !std::ranges::all_of(rest, is_visible)) {
        return std::nullopt;
    }
    uniform.kind = UniformKind::foreign;
    uniform.resource = rest;
    const bool has_authority = rest.starts_with("//");
    std::string_view host = has_authority ? rest.substr(2) : rest;
    host = host.substr(0, host.find_first_of("/?;#"));
    const std::size_t at = host.rfind('@');
    if (at != std::string_view::npos) {
        host.remove_prefix(at + 1);
    } else if (!has_authority) {
        host = {};
    }
    host = host.substr(0, host.find(':'));
    uniform.host = std::ranges::all_of(host, is_host_octet) ? host : std::string_view{};
    return uniform;
}

std::string entity_uniform(std::string_view authority, std::string_view mark,
                           std::string_view name) {
    std::string out;
    out.reserve(9 + authority.size() + name.size());
    out += "psyc://";
    out += authority;
    out += '/';
    out += mark;
    out += name;
    std::ranges::transform(out, out.begin(), base::to_lower);
    return out;
}

} // namespace

std::string_view Uniform::name() const {
    const bool marked = !resource.empty() && (resource.front() == '~' || resource.front() == '@' ||
                                              resource.front() == '$');
    return marked && kind != UniformKind::foreign ? resource.substr(1) : resource;
}

std::optional<std::uint16_t> Uniform::connect_port() const {
    if (kind == UniformKind::foreign || port < 0) {
        return std::nullopt;
    }
    if (port != 0) {
        return static_cast<std::uint16_t>(port);
    }
    return static_cast<std::uint16_t>(transport == 's' ? default_tls_port : default_port);
}

std::string Uniform::normalised() const {
    std::string out = base::lowered(scheme);
    out += ':';
    if (kind == UniformKind::foreign) {
        out += resource;
        return out;
    }
    out += "//";
    out += host;
    if (transport == 'g') {
        out += ":g";
    } else if (transport != '\0' || (port != 0 && port != default_port)) {
        // A transport never stands without a port: libpsyc would not read it.
        out += ':';
        out += std::to_string(port != 0 ? port : static_cast<int>(*connect_port()));
        if (transport != '\0') {
            out += transport;
        }
    }
    out += '/';
    out += resource;
    if (!channel.empty()) {
        out += '#';
        out += channel;
    }
    std::ranges::transform(out, out.begin(), base::to_lower);
    return out;
}

std::optional<Uniform> parse_uniform(std::string_view text) {
    if (text.size() > longest_uniform) {
        return std::nullopt;
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return std::nullopt;
    }
    Uniform uniform;
    uniform.scheme = text.substr(0, colon);
    if (!base::is_alpha(uniform.scheme.front()) ||
        !std::ranges::all_of(uniform.scheme, is_scheme_octet)) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr(colon + 1);
    return base::iequals(uniform.scheme, psyc_scheme) ? parse_psyc(rest, uniform)
                                                      : parse_foreign(rest, uniform);
}

std::optional<std::string> normalised_uniform(std::string_view text) {
    const auto uniform = parse_uniform(text);
    return uniform ? std::optional{uniform->normalised()} : std::nullopt;
}

std::string root_uniform(std::string_view authority) {
    return entity_uniform(authority, {}, {});
}

std::string person_uniform(std::string_view authority, std::string_view nick) {
    return entity_uniform(authority, "~", nick);
}

std::string place_uniform(std::string_view authority, std::string_view name) {
    return entity_uniform(authority, "@", name);
}

std::string location_uniform(std::string_view host, std::uint16_t peer_port) {
    std::string authority(host);
    authority += ":-";
    authority += std::to_string(peer_port);
    return root_uniform(authority);
}

std::optional<std::string> uniform_of_address(std::string_view address) {
    const std::size_t at = address.rfind('@');
    if (at == std::string_view::npos || at < 2) {
        return std::nullopt;
    }
    const std::string_view name = address.substr(1, at - 1);
    const std::string_view host = address.substr(at + 1);
    if (!is_legal_name(name) || host.empty() || !std::ranges::all_of(host, is_host_octet)) {
        return std::nullopt;
    }
    switch (address.front()) {
    case '*':
    case '#':
        return place_uniform(host, name);
    case '~':
        return person_uniform(host, name);
    case '$':
        return entity_uniform(host, "$", name);
    default:
        return std::nullopt;
    }
}

bool is_legal_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name) {
        return false;
    }
    const auto is_legal_octet = [](char c) {
        return base::is_alnum(c) || c == '_' || c == '-' || c == '=' || c == '+';
    };
    const char first = name.front();
    return first != '=' && first != '-' && !base::is_digit(first) &&
           std::ranges::all_of(name, is_legal_octet);
}

HostNames::HostNames(const std::vector<std::string>& names) {
    names_.reserve(names.size());
    for (const std::string& name : names) {
        names_.push_back(base::lowered(name));
    }
}

bool HostNames::contains(std::string_view host) const {
    return std::ranges::any_of(names_,
                               [&](std::string_view name) { return base::iequals(name, host); });
}

bool HostNames::owns(const Uniform& uniform) const {
    return uniform.kind != UniformKind::foreign && uniform.kind != UniformKind::location &&
           contains(uniform.host);
}

} // namespace mailcast::psyc
