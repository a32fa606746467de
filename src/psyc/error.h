// What can be wrong with a packet, the name under which the peer is told, and whether the circuit
// can go on.  Values; any thread.
//
// A syntax error is answered with a packet that has neither _source nor _target: method_name() is
// its method, description() its body.  The classic names are psyced's, those of 1.0 are its newer
// ones.
#pragma once

#include "psyc/generation.h"

#include <string_view>

namespace mailcast::psyc {

enum class Error : unsigned char {
    // 1.0 syntax; libpsyc's return codes.
    end,              // ERROR_END: none of the octets that may stand at the start of a line
    modifier_tab,     // ERROR_MOD_TAB: no tab where the value begins
    modifier_name,    // ERROR_MOD_NAME: no name behind the operator
    modifier_length,  // ERROR_MOD_LEN: the length of a binary value
    modifier_newline, // ERROR_MOD_NL: no line feed behind a binary value
    length,           // ERROR_LENGTH: the length of the content
    method,           // ERROR_METHOD
    // 0.99 syntax.
    syntax_initialization, // the first octet of the circuit
    syntax_set,            // ":" without a value
    syntax_assign,
    syntax_augment,
    syntax_list_append, // an element or a continuation line with nothing before it
    illegal_variable,
    illegal_method,
    method_compact,     // names of the compact form, in both generations
    unsupported_length, // the module _length
    unsupported_data,   // methods _data*
    // Limits.
    packet_too_large,
    unfinished,           // the rest of a packet did not come in time
    content_needs_length, // length-less content beyond its limit
    line_too_long,
    value_too_long,
    too_many_modifiers,
    list_too_large,
    state_too_large,
    // Values.
    list, // malformed list or dict
    amount,
    date,
    degree,
    time,
    uniform,
    // Dispatch.
    routing_name_in_entity,
    entity_name_in_routing,
    context_with_source,
    state_without_context,
    operator_unsupported,
    private_name,   // _INTERNAL*
    source_uniform, // _source or _context is no uniform
    target_uniform, // _target is no uniform
};

// "syntax_assign", for logs.
std::string_view to_string(Error error);

// "_error_syntax_assign"
std::string_view method_name(Error error, Generation generation);

// One sentence for the body of the packet.
std::string_view description(Error error);

// False for errors that cost only the packet they stand in.
bool closes_circuit(Error error);

} // namespace mailcast::psyc
