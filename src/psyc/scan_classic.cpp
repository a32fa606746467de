// The line oriented generation 0.99.
#include "psyc/keyword.h"
#include "psyc/scan.h"

#include <algorithm>

namespace mailcast::psyc {

namespace {

constexpr bool is_operator(char c) {
    return c == ':' || c == '=' || c == '+' || c == '-' || c == '?';
}

constexpr bool may_begin_line(char c) {
    return is_operator(c) || c == '_' || c == '.' || c == '\n' || base::is_blank(c);
}

Error without_value(Operator operation) {
    switch (operation) {
    case Operator::assign:
        return Error::syntax_assign;
    case Operator::augment:
        return Error::syntax_augment;
    default:
        return Error::syntax_set;
    }
}

// An element of a list, "" for a name: it belongs to the variable before it.
ScanResult count_element(Scan& scan, Operator operation, const Limits& limits) {
    if (scan.modifiers.empty() || operation == Operator::query) {
        return std::unexpected(Error::syntax_list_append);
    }
    if (++scan.list_elements > limits.list_elements) {
        return std::unexpected(Error::list_too_large);
    }
    return true;
}

ScanResult check_variable(Scan& scan, std::string_view name, std::string_view value,
                          Operator operation) {
    if (name == "_length") {
        return std::unexpected(Error::unsupported_length);
    }
    if (name.size() < 2 || name[1] != 'd') {
        return true;
    }
    const bool gives_value = operation != Operator::diminish && operation != Operator::query;
    if (gives_value && is_a(name, "_degree") && (value.empty() || !base::is_digit(value.front()))) {
        scan.spoiled = Error::degree;
    }
    return true;
}

ScanResult read_modifier(Scan& scan, std::string_view octets, std::size_t line_feed,
                         const Limits& limits) {
    if (scan.modifiers.size() == limits.modifiers) {
        return std::unexpected(Error::too_many_modifiers);
    }
    const auto operation = static_cast<Operator>(octets[scan.line]);
    const std::size_t name_begin = scan.line + 1;
    const std::size_t name_end = keyword_end(octets, name_begin);
    std::size_t at = name_end;
    if (at != line_feed && !base::is_blank(octets[at])) {
        return std::unexpected(Error::illegal_variable);
    }
    const bool may_stand_alone = operation == Operator::diminish || operation == Operator::query;
    if (at == line_feed && (!may_stand_alone || name_end == name_begin)) {
        return std::unexpected(without_value(operation));
    }
    while (base::is_blank(octets[at])) {
        ++at;
    }
    if (line_feed - at > limits.value_octets) {
        return std::unexpected(Error::value_too_long);
    }
    ScannedModifier modifier{make_span(name_begin, name_end), make_span(at, line_feed), operation,
                             Layer::entity, false};
    if (name_end == name_begin) {
        if (const auto counted = count_element(scan, operation, limits); !counted) {
            return counted;
        }
        modifier.layer = scan.modifiers.back().layer;
    } else {
        scan.list_elements = 1;
        const std::string_view name = modifier.name.of(octets);
        if (const auto good = check_variable(scan, name, modifier.value.of(octets), operation);
            !good) {
            return good;
        }
        modifier.layer =
            is_routing_name(name, Generation::classic) ? Layer::routing : Layer::entity;
    }
    scan.has_content |= modifier.layer == Layer::entity;
    scan.modifiers.push_back(modifier);
    return true;
}

ScanResult read_continuation(Scan& scan, std::size_t line_feed, const Limits& limits) {
    if (scan.modifiers.empty()) {
        return std::unexpected(Error::syntax_list_append);
    }
    ScannedModifier& modifier = scan.modifiers.back();
    scan.folded_octets -= modifier.folded ? modifier.value.size : 0;
    modifier.value = make_span(modifier.value.begin, line_feed);
    modifier.folded = true;
    scan.folded_octets += modifier.value.size;
    if (modifier.value.size > limits.value_octets) {
        return std::unexpected(Error::value_too_long);
    }
    return true;
}

ScanResult read_method(Scan& scan, std::string_view octets, std::size_t line_feed) {
    scan.method = make_span(scan.line, line_feed);
    const std::string_view method = scan.method.of(octets);
    if (!is_keyword(method)) {
        return std::unexpected(Error::illegal_method);
    }
    if (is_a(method, "_data")) {
        return std::unexpected(Error::unsupported_data);
    }
    scan.has_content = true;
    scan.state = ScanState::body;
    scan.content = line_feed + 1;
    scan.seen = line_feed; // a "." right behind the method line ends an empty body
    return true;
}

ScanResult read_body(Scan& scan, std::string_view octets, const Limits& limits) {
    const std::size_t found = octets.find("\n.\n", scan.seen);
    const bool complete = found != std::string_view::npos;
    if ((complete ? found + 3 : octets.size()) > limits.packet_octets) {
        return std::unexpected(Error::packet_too_large);
    }
    if (!complete) {
        scan.seen = std::max(scan.seen, octets.size() - 2);
        return false;
    }
    scan.body = make_span(scan.content, std::max(found, scan.content));
    scan.end = found + 3;
    return true;
}

Error nearest_limit(const Scan& scan, const Limits& limits) {
    Bound bound{limits.packet_octets, Error::packet_too_large};
    bound.narrow(scan.line + limits.line_octets, Error::line_too_long);
    return bound.error;
}

} // namespace

ScanResult scan_classic(Scan& scan, std::string_view octets, const Limits& limits) {
    while (scan.state != ScanState::body) {
        if (scan.line == octets.size()) {
            return false;
        }
        const char first = octets[scan.line];
        if (!may_begin_line(first)) {
            return std::unexpected(Error::method_compact);
        }
        const std::size_t line_feed = octets.find('\n', std::max(scan.seen, scan.line));
        const bool whole = line_feed != std::string_view::npos;
        const std::size_t line_end = whole ? line_feed + 1 : octets.size();
        if (line_end > limits.packet_octets || line_end - scan.line > limits.line_octets) {
            return std::unexpected(nearest_limit(scan, limits));
        }
        if (!whole) {
            scan.seen = octets.size();
            return false;
        }
        if (first == '.') {
            scan.end = line_feed + 1;
            return true;
        }
        ScanResult good = true;
        if (first == '_') {
            good = read_method(scan, octets, line_feed);
        } else if (is_operator(first)) {
            good = read_modifier(scan, octets, line_feed, limits);
        } else if (first != '\n') {
            good = read_continuation(scan, line_feed, limits);
        }
        if (!good) {
            return good;
        }
        scan.line = line_feed + 1;
    }
    return read_body(scan, octets, limits);
}

} // namespace mailcast::psyc
