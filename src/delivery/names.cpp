#include "delivery/names.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailcast::delivery {

namespace {

bool is_name_octet(char c) {
    return base::is_alnum(c) || c == '_' || c == '-' || c == '=' || c == '+';
}

std::optional<EntityName> parse_uniform(std::string_view text) {
    constexpr std::string_view scheme = "psyc://";
    if (!base::istarts_with(text, scheme)) {
        return std::nullopt;
    }
    text.remove_prefix(scheme.size());
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view authority = text.substr(0, slash);
    const auto resource = parse_entity_name(text.substr(slash + 1));
    if (!resource || !resource->kind || !resource->host.empty()) {
        return std::nullopt;
    }
    EntityName name = *resource;
    const std::size_t colon =
        authority.starts_with('[') ? authority.find("]:") + 1 : authority.find(':');
    const bool has_port = colon != 0 && colon < authority.size() && authority[colon] == ':';
    name.host = has_port ? authority.substr(0, colon) : authority;
    name.port = has_port ? authority.substr(colon + 1) : std::string_view{};
    if (name.host.empty()) {
        return std::nullopt;
    }
    return name;
}

} // namespace

std::string folded(chat::EntityKind kind, std::string_view name) {
    std::string out;
    out.reserve(name.size());
    for (const char c : name) {
        if (c != '.' || kind != chat::EntityKind::person) {
            out.push_back(base::to_lower(c));
        }
    }
    return out;
}

std::optional<std::string> name_fault(chat::EntityKind kind, std::string_view name) {
    const std::string compared = folded(kind, name);
    if (compared.empty()) {
        return "a name needs at least one letter";
    }
    if (compared.size() > max_name || name.size() > 2 * max_name) {
        return fmt::format("a name has at most {} letters", max_name);
    }
    if (!std::ranges::all_of(compared, is_name_octet)) {
        return fmt::format("'{}' cannot be a name: only A-Z a-z 0-9 _ - = + may stand in it; any "
                           "other address can be given by 'mailcast alias add'",
                           name);
    }
    if (!base::is_alpha(compared.front()) && compared.front() != '_' && compared.front() != '+') {
        return fmt::format("'{}' cannot be a name: it must begin with a letter, not with a digit, "
                           "'-' or '='",
                           name);
    }
    return std::nullopt;
}

std::optional<EntityName> parse_entity_name(std::string_view text) {
    if (text.find(':') != std::string_view::npos) {
        return parse_uniform(text);
    }
    EntityName name;
    if (text.starts_with('~')) {
        name.kind = chat::EntityKind::person;
        text.remove_prefix(1);
    } else if (text.starts_with('*') || text.starts_with('@')) {
        name.kind = chat::EntityKind::place;
        text.remove_prefix(1);
    }
    if (text.empty() || text.find_first_of("@/~* ") != std::string_view::npos) {
        return std::nullopt;
    }
    name.name = text;
    return name;
}

} // namespace mailcast::delivery
