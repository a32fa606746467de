#include "psyc/error.h"

#include <array>
#include <cstddef>

namespace mailcast::psyc {

namespace {

struct Entry {
    Error error;
    std::string_view name;
    std::string_view classic;
    std::string_view v1;
    std::string_view description;
    bool closes;
};

constexpr std::string_view syntax = "_error_invalid_syntax";
constexpr std::string_view dispatch = "_error_dispatch";

// In the order of the enumeration.  Where a generation cannot raise an error its nearest name
// stands.
constexpr std::array entries{
    Entry{Error::end, "end", "_error_syntax", syntax,
          "A line begins with an octet that may not stand there.", true},
    Entry{Error::modifier_tab, "modifier_tab", "_error_syntax_set", syntax,
          "A variable's value must follow a tab.", true},
    Entry{Error::modifier_name, "modifier_name", "_error_illegal_protocol_variable", syntax,
          "An operator lacks the name of its variable.", true},
    Entry{Error::modifier_length, "modifier_length", "_error_syntax_set", syntax,
          "The length of a binary value is not valid.", true},
    Entry{Error::modifier_newline, "modifier_newline", "_error_syntax_set", syntax,
          "A binary value must be followed by a line feed.", true},
    Entry{Error::length, "length", "_error_syntax", syntax,
          "The length of the content is not valid.", true},
    Entry{Error::method, "method", "_error_illegal_method", syntax,
          "The method is not a legal name.", true},
    Entry{Error::syntax_initialization, "syntax_initialization", "_error_syntax_initialization",
          syntax, "A circuit begins with an empty packet.", true},
    Entry{Error::syntax_set, "syntax_set", "_error_syntax_set", syntax,
          "A variable that is set needs white space and a value.", true},
    Entry{Error::syntax_assign, "syntax_assign", "_error_syntax_assign", syntax,
          "A variable that is assigned needs white space and a value.", true},
    Entry{Error::syntax_augment, "syntax_augment", "_error_syntax_augment", syntax,
          "A variable that is augmented needs white space and a value.", true},
    Entry{Error::syntax_list_append, "syntax_list_append", "_error_syntax_list_append", syntax,
          "A line continues a variable, but none stands before it.", true},
    Entry{Error::illegal_variable, "illegal_variable", "_error_illegal_protocol_variable", syntax,
          "The name of a variable has characters that are not allowed.", true},
    Entry{Error::illegal_method, "illegal_method", "_error_illegal_method", syntax,
          "The method has characters that are not allowed.", true},
    Entry{Error::method_compact, "method_compact", "_error_invalid_method_compact",
          "_error_invalid_method_compact", "Compact names are not supported.", true},
    Entry{Error::unsupported_length, "unsupported_length", "_failure_unsupported_module_length",
          "_failure_unsupported_module_length", "The module _length is not supported.", true},
    Entry{Error::unsupported_data, "unsupported_data", "_failure_unsupported_method_data",
          "_failure_unsupported_method_data", "The method _data is not supported.", true},
    Entry{Error::packet_too_large, "packet_too_large", "_error_syntax_size",
          "_error_invalid_syntax_size", "The packet is larger than this node accepts.", true},
    Entry{Error::unfinished, "unfinished", "_error_syntax", syntax,
          "The rest of a packet did not come in time.", true},
    Entry{Error::content_needs_length, "content_needs_length", "_error_syntax_size",
          "_error_invalid_syntax_size", "Content of this size must come with its length.", true},
    Entry{Error::line_too_long, "line_too_long", "_error_syntax_size", "_error_invalid_syntax_size",
          "A line is longer than this node accepts.", true},
    Entry{Error::value_too_long, "value_too_long", "_error_syntax_size",
          "_error_invalid_syntax_size", "A value is longer than this node accepts.", true},
    Entry{Error::too_many_modifiers, "too_many_modifiers", "_error_syntax_size",
          "_error_invalid_syntax_size", "The packet has more variables than this node accepts.",
          true},
    Entry{Error::list_too_large, "list_too_large", "_error_list_too_large", "_error_list_too_large",
          "A list has more elements than this node accepts.", true},
    Entry{Error::state_too_large, "state_too_large", "_error_state_too_large",
          "_error_state_too_large", "More state was assigned than this node keeps.", true},
    Entry{Error::list, "list", "_error_type_list", "_error_invalid_list", "A list is malformed.",
          false},
    Entry{Error::amount, "amount", "_error_type_amount", "_error_invalid_amount",
          "An amount must be a decimal number.", false},
    Entry{Error::date, "date", "_error_type_date", "_error_invalid_date",
          "A date must be a decimal number of seconds.", false},
    Entry{Error::degree, "degree", "_error_type_degree", "_error_invalid_degree",
          "A degree must begin with a digit.", false},
    Entry{Error::time, "time", "_error_type_time", "_error_invalid_time",
          "A time must be a decimal number of seconds.", false},
    Entry{Error::uniform, "uniform", "_error_invalid_uniform", "_error_illegal_uniform",
          "A variable that holds a uniform does not hold one.", false},
    Entry{Error::routing_name_in_entity, "routing_name_in_entity", dispatch, dispatch,
          "A routing variable stands in the entity header.", true},
    Entry{Error::entity_name_in_routing, "entity_name_in_routing", dispatch, dispatch,
          "The routing header holds a variable that is none of routing.", true},
    Entry{Error::context_with_source, "context_with_source", dispatch, dispatch,
          "A packet with _context must not have _source.", true},
    Entry{Error::state_without_context, "state_without_context", dispatch, dispatch,
          "Persistent variables are possible in a context only.", true},
    Entry{Error::operator_unsupported, "operator_unsupported", dispatch, dispatch,
          "An operator is not supported where it stands.", true},
    Entry{Error::private_name, "private_name", "_error_illegal_protocol_variable", dispatch,
          "Names that begin with _INTERNAL are private.", true},
    Entry{Error::source_uniform, "source_uniform", "_error_invalid_uniform",
          "_error_illegal_uniform", "The source is not a valid uniform.", true},
    Entry{Error::target_uniform, "target_uniform", "_error_invalid_uniform",
          "_error_illegal_uniform", "The target is not a valid uniform.", false},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (static_cast<std::size_t>(entries[i].error) != i) {
            return false;
        }
    }
    return entries.size() == static_cast<std::size_t>(Error::target_uniform) + 1;
}

static_assert(in_order());

const Entry& entry_of(Error error) {
    return entries[static_cast<std::size_t>(error)];
}

} // namespace

std::string_view method_name(Error error, Generation generation) {
    const Entry& entry = entry_of(error);
    return generation == Generation::classic ? entry.classic : entry.v1;
}

std::string_view to_string(Error error) {
    return entry_of(error).name;
}

std::string_view description(Error error) {
    return entry_of(error).description;
}

bool closes_circuit(Error error) {
    return entry_of(error).closes;
}

} // namespace mailcast::psyc
