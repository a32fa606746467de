#include "psyc/check.h"

#include "base/ascii.h"
#include "psyc/keyword.h"
#include "psyc/list.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <string_view>

namespace mailcast::psyc {

namespace {

bool is_persistent(Operator operation) {
    return operation == Operator::assign || operation == Operator::augment ||
           operation == Operator::diminish;
}

std::optional<Error> check_name(const Modifier& modifier) {
    if (is_private(modifier.name)) {
        return Error::private_name;
    }
    if (is_compact(modifier.name)) {
        return Error::method_compact;
    }
    return std::nullopt;
}

// 1.0 alone: what may stand in which header.
std::optional<Error> check_place(const Modifier& modifier, bool has_context) {
    const bool routing = is_routing_name(modifier.name, Generation::v1);
    const bool in_routing = modifier.layer == Layer::routing;
    if (routing && !in_routing) {
        return Error::routing_name_in_entity;
    }
    // What a circuit can is told in either header: nobody but the circuit itself is meant.
    const bool of_circuit =
        modifier.name.ends_with("_understand_modules") || modifier.name.ends_with("_using_modules");
    if (!routing && in_routing && !of_circuit) {
        return Error::entity_name_in_routing;
    }
    const Operator operation = modifier.operation;
    if (operation == Operator::set || (in_routing && operation == Operator::assign)) {
        return std::nullopt;
    }
    if (in_routing || !is_persistent(operation)) {
        return Error::operator_unsupported;
    }
    return has_context ? std::nullopt : std::optional{Error::state_without_context};
}

std::optional<Error> check_addresses(const Packet& packet) {
    const std::string_view source = packet.text_of("_source");
    const std::string_view context = packet.text_of("_context");
    const std::string_view target = packet.text_of("_target");
    if (!source.empty() && !context.empty()) {
        return Error::context_with_source;
    }
    if ((!source.empty() && !parse_uniform(source)) ||
        (!context.empty() && !parse_uniform(context))) {
        return Error::source_uniform;
    }
    if (!target.empty() && !parse_uniform(target)) {
        return Error::target_uniform;
    }
    return std::nullopt;
}

bool is_number(std::string_view text) {
    if (text.starts_with('-')) {
        text.remove_prefix(1);
    }
    return !text.empty() && std::ranges::all_of(text, base::is_digit);
}

} // namespace

std::optional<Error> check(const Packet& packet) {
    const bool has_context = !packet.text_of("_context").empty();
    for (const Modifier& modifier : packet.modifiers) {
        if (modifier.continues_list()) {
            continue;
        }
        if (const auto error = check_name(modifier)) {
            return error;
        }
        if (packet.generation == Generation::v1) {
            if (const auto error = check_place(modifier, has_context)) {
                return error;
            }
        }
    }
    if (!packet.method.empty()) {
        if (is_private(packet.method)) {
            return Error::private_name;
        }
        if (is_compact(packet.method)) {
            return Error::method_compact;
        }
    }
    return check_addresses(packet);
}

std::optional<Error> check_types(const Packet& packet) {
    for (const auto& [operation, layer, name, value] : packet.modifiers) {
        if (value.empty() || name.empty()) {
            continue;
        }
        if (is_a(name, "_amount") && !is_number(value)) {
            return Error::amount;
        }
        if (is_a(name, "_counter") && !std::ranges::all_of(value, base::is_digit)) {
            return Error::amount;
        }
        if (is_a(name, "_time") && !is_number(value)) {
            return Error::time;
        }
        if (is_a(name, "_date") && !is_number(value)) {
            return Error::date;
        }
        if (is_a(name, "_degree") && !base::is_digit(value.front())) {
            return Error::degree;
        }
        if ((is_a(name, "_uniform") || is_a(name, "_entity") || is_a(name, "_page")) &&
            !parse_uniform(value)) {
            return Error::uniform;
        }
        if (packet.generation == Generation::v1) {
            if (is_a(name, "_list")) {
                if (const auto list = parse_list(value); !list) {
                    return list.error();
                }
            } else if (is_a(name, "_dict")) {
                if (const auto dict = parse_dict(value); !dict) {
                    return dict.error();
                }
            }
        }
    }
    return std::nullopt;
}

} // namespace mailcast::psyc
