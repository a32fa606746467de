// Lists and dicts inside packets: three forms of lists are read, one per generation is written
// (renderer.h).  Results are views into the value or packet they were read from.  Pure; any thread.
//
//   repeated lines, 0.99:    ":_list_x TAB a" and then ":" TAB "b"
//   old form, 1.0 as frozen: "|a|b" (text), "1 a|1 b" (binary)
//   typed form, libpsyc:     "_uniform| a| b", "|3 a|b", "=_type:3 a|b" in an element
//   dict, libpsyc:           "{key} value{key} value"
//
// The first octets decide between the forms of 1.0: "|" and then, empty elements passed over, a
// space,
// "=" or a digit is typed; any other octet behind the "|" is old text; a digit at the very
// beginning is old binary; all else is typed.
#pragma once

#include "psyc/error.h"
#include "psyc/packet.h"

#include <cstddef>
#include <expected>
#include <string_view>
#include <vector>

namespace mailcast::psyc {

struct ListElement {
    std::string_view type;  // typed form: its own or the list's; "" for none
    std::string_view value; // repeated lines: up to the first space
    std::string_view data;  // repeated lines: what follows the first space

    bool operator==(const ListElement&) const = default;
};

struct DictEntry {
    std::string_view key;
    ListElement element;

    bool operator==(const DictEntry&) const = default;
};

constexpr std::size_t default_list_elements = 404; // psyced's

// Errors: list for what is malformed, list_too_large.
std::expected<std::vector<ListElement>, Error> parse_list(std::string_view value,
                                                          std::size_t most = default_list_elements);

std::expected<std::vector<DictEntry>, Error> parse_dict(std::string_view value,
                                                        std::size_t most = default_list_elements);

// The list `name` of the packet in the form of its generation; none when the variable is not there
// or empty.
std::expected<std::vector<ListElement>, Error> list_of(const Packet& packet, std::string_view name,
                                                       std::size_t most = default_list_elements);

} // namespace mailcast::psyc
