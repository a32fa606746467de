// One packet as it was read: views of names, values and body.  The views belong to whoever made the
// packet (Parser, StateScope) and hold until that one is called again.  A value; not shared among
// threads because of what it points to.
#pragma once

#include "psyc/generation.h"

#include <optional>
#include <span>
#include <string_view>

namespace mailcast::psyc {

enum class Operator : char {
    set = ':',      // for this packet
    assign = '=',   // from now on
    augment = '+',  // add to the persistent value
    diminish = '-', // take from the persistent value; forget the variable when none is given
    query = '?',
    reserved = '!', // in the grammar, meaning unpublished
    update = '@',   // libpsyc's extension
};

enum class Layer : unsigned char { routing, entity };

struct Modifier {
    Operator operation = Operator::set;
    Layer layer = Layer::entity; // 1.0: the header it stood in; 0.99: by its name
    std::string_view
        name; // "" in 0.99: one more element of the list begun by the modifier before it
    std::string_view value;

    bool continues_list() const { return name.empty(); }
};

struct Packet {
    Generation generation = Generation::classic;
    bool has_content =
        false; // 1.0: something follows the routing header; 0.99: a method or entity variables
    bool resets_state = false;   // 1.0: "=" line, forget all state of the scope first
    bool asks_for_state = false; // 1.0: "?" line, please send the whole state
    std::span<const Modifier> modifiers;
    std::string_view method; // "" for none
    std::string_view body;
    std::string_view octets; // the whole packet as it came

    // Greeting or ping.
    bool is_empty() const {
        return modifiers.empty() && method.empty() && !resets_state && !asks_for_state;
    }

    // The modifier that gives `name` its value in this packet: the last one that sets or assigns.
    const Modifier* find(std::string_view name) const;

    std::optional<std::string_view> value_of(std::string_view name) const;

    // As value_of, with "" for a variable that is not there.
    std::string_view text_of(std::string_view name) const;
};

} // namespace mailcast::psyc
