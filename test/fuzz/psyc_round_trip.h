// What must hold of every input of a PSYC parser, whatever it is: cuts do not matter, and what was read
// and rendered again reads as the same.
#pragma once

#include "psyc/check.h"
#include "psyc/list.h"
#include "psyc/psyctext.h"
#include "psyc/renderer.h"
#include "psyc/state.h"
#include "psyc/test_reading.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {

inline void require(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::abort();
    }
}

// A line of "." alone cannot be in a body of the classic generation, nor a blank before a value.
inline Events one_packet(const Packet& packet) {
    return {describe(packet)};
}

// Small enough that inputs reach the limits.
inline Limits small_limits() {
    Limits limits;
    limits.packet_octets = 400;
    limits.content_without_length = 150;
    limits.line_octets = 60;
    limits.value_octets = 40;
    limits.modifiers = 12;
    limits.list_elements = 5;
    return limits;
}

inline void use(Packet packet, StateScope& scope) {
    (void)check(packet);
    (void)check_types(packet);
    require(shown_text(packet).size() <= (1U << 20), "a filled template is bounded");
    for (const Modifier& modifier : packet.modifiers) {
        (void)list_of(packet, modifier.name);
        (void)parse_dict(modifier.value);
    }
    const auto merged = scope.apply(packet);
    if (!merged) {
        scope.clear();
        return;
    }
    for (const Modifier& modifier : merged->modifiers) {
        (void)list_of(*merged, modifier.name);
    }
    require(scope.octets() <= StateLimits{}.octets, "state is bounded");
}

inline void check_generation(Generation generation, std::string_view octets) {
    const Limits small = small_limits();
    for (const Limits* limits : {&Parser::default_limits(), &small}) {
        const Events whole = read_whole(generation, octets, *limits);
        require(read_in_pieces(generation, octets, 1, *limits) == whole, "octet by octet");
        require(read_in_pieces(generation, octets, 13, *limits) == whole, "in pieces");
        require(read_cut_at(generation, octets, octets.size() / 2, *limits) == whole, "in halves");
    }

    Parser parser(generation);
    StateScope scope(generation == Generation::classic ? Scope::all : Scope::entity);
    std::string_view input = octets;
    for (;;) {
        const auto packet = parser.next(input);
        if (!packet) {
            if (closes_circuit(packet.error())) {
                break;
            }
            continue;
        }
        if (!*packet) {
            break;
        }
        use(**packet, scope);
        std::string again;
        append_packet(again, **packet);
        require(read_whole(generation, again) == one_packet(**packet), "rendered and read again");
    }
}

// Names, values and a body out of arbitrary octets: the framing must stand.
inline void check_rendering(Generation generation, std::string_view octets) {
    const auto take = [&octets] {
        const std::size_t size =
            octets.empty() ? 0
                           : std::min<std::size_t>(static_cast<unsigned char>(octets[0]) % 16,
                                                   octets.size() - 1);
        const std::string_view taken = octets.substr(octets.empty() ? 0 : 1, size);
        octets.remove_prefix(std::min(octets.size(), size + 1));
        return taken;
    };
    const std::string_view name = take();
    const std::string_view source = take();
    const std::string_view value = take();
    const std::vector<std::string_view> elements{take(), take(), take()};
    const std::string_view method = take();
    const std::string_view body = octets;
    const std::vector<Variable> variables{{"_source", source},
                                          {"_subject", value},
                                          {name, value},
                                          Variable::list("_list_x", elements),
                                          Variable::list(name, elements),
                                          {"_last", "end"}};
    std::string out;
    append_packet(out, generation, variables, method, body);
    out += empty_packet(generation);

    Parser parser(generation);
    std::string_view input = out;
    const auto packet = parser.next(input);
    require(packet && *packet, "what is rendered can be read");
    require((*packet)->text_of("_last") == "end", "no variable is lost behind a hostile one");
    if (name != "_list_x") {
        const auto list = list_of(**packet, "_list_x");
        require(list.has_value(), "a list is readable");
    }
    if (!is_sendable_method(generation, method)) {
        require((*packet)->method.empty() && (*packet)->body.empty(), "no method, no body");
    } else if (generation == Generation::v1) {
        require((*packet)->method == method && (*packet)->body == body, "the body is the same");
        if (name != "_subject") {
            require((*packet)->text_of("_subject") == value, "the value is the same");
        }
    }
    require(input == empty_packet(generation), "exactly one packet was made");
}

} // namespace mailcast::psyc
