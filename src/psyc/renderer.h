// Octets out of packets, both generations.  Pure functions; any thread.
//
// A packet for many receivers is the head of each and one tail for all: append_head() per receiver
// (with its _target), render_tail() once, shared.  Both may be given all variables: each writes
// those of its own layer, by name, so a variable can never stand in the wrong header.
//
// Nothing in names, values or bodies can break the framing:
//  - a variable or element whose name is not legal, or is private, is left out; so is _length, and
//  a
//    _degree that does not begin with a digit, in the classic generation, where they would be
//    refused;
//  - a line feed in a value is folded (classic) or makes the value binary (1.0); in a routing value
//  of
//    1.0 and in a list element of the classic generation it becomes a space;
//  - a body line "." of the classic generation, which would end the packet, becomes ". ";
//  - content of 1.0 always comes with its length.
// All other octets, CR and NUL too, are written as they are.  What the classic generation cannot
// carry: blanks in front of a value (its reader takes them for the separator), and blanks within a
// list element (its reader takes what follows for data about the element).
#pragma once

#include "psyc/error.h"
#include "psyc/packet.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mailcast::psyc {

// A variable to be sent; only ":" is ever sent for what we say ourselves (FOLLOW of the
// reference, 2.6).
struct Variable {
    std::string_view name;
    std::string_view value;
    std::span<const std::string_view> elements{}; // a list, instead of `value`
    bool is_list = false;                         // also when there are no elements

    static Variable list(std::string_view name, std::span<const std::string_view> elements) {
        return {name, {}, elements, true};
    }
};

// The routing variables among `variables`.  The views must not be into `out`.
void append_head(std::string& out, Generation generation, std::span<const Variable> variables);

// The rest of the packet: the other variables, the method, the body, the end.  A method that is not
// legal in this generation counts as none, and then there is no body.
void append_tail(std::string& out, Generation generation, std::span<const Variable> variables,
                 std::string_view method, std::string_view body);

std::shared_ptr<const std::string> render_tail(Generation generation,
                                               std::span<const Variable> variables,
                                               std::string_view method, std::string_view body);

// Head and tail.
void append_packet(std::string& out, Generation generation, std::span<const Variable> variables,
                   std::string_view method, std::string_view body);

// A packet that was read, in the generation it came in: to pass on what was changed on the way.
void append_packet(std::string& out, const Packet& packet);

// The whole packet that tells the peer of `error`.
std::string render_error(Generation generation, Error error);

// A method that can be sent in this generation.
bool is_sendable_method(Generation generation, std::string_view method);

} // namespace mailcast::psyc
