// The inside of Parser: where in the octets of one packet everything stands.  A Scan remembers how
// far it has come, so that it can be continued when more octets are there.  All positions count
// from the beginning of the packet; they stay good when the octets move.
#pragma once

#include "psyc/parser.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

namespace mailcast::psyc {

struct Span {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;

    // Always within `octets`, so nothing is checked here.
    std::string_view of(std::string_view octets) const { return {octets.data() + begin, size}; }
};

inline Span make_span(std::size_t begin, std::size_t end) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}

struct ScannedModifier {
    Span name;
    Span value;
    Operator operation = Operator::set;
    Layer layer = Layer::entity;
    bool folded = false; // the value has continuation lines
};

enum class ScanState : unsigned char { routing, entity, content, body };

struct ScanProgress {
    ScanState state = ScanState::routing;
    bool has_content = false;
    bool resets_state = false;
    bool asks_for_state = false;
    std::optional<Error> spoiled; // the packet is to be dropped at its end for this
    std::size_t line = 0;         // where the line under way begins
    std::size_t seen = 0;         // how far that line, or the body, was searched
    std::size_t name_end = 0;     // of the line under way; 0 while it is not known
    std::size_t content = 0;      // where the content begins
    std::size_t needed = 0;       // octets that must be there to go on; 0 when not known
    std::size_t entity_modifiers = 0;
    std::size_t folded_octets = 0; // of all values that have continuation lines
    std::size_t list_elements = 0;
    std::size_t end = 0; // of the packet, once it is complete
    Span method;
    Span body;
};

struct Scan : ScanProgress {
    std::vector<ScannedModifier> modifiers;

    // For the next packet; keeps the memory.
    void restart();
};

// True when the packet is complete in `octets` (the end is scan.end), false when more is needed.
using ScanResult = std::expected<bool, Error>;

ScanResult scan_classic(Scan& scan, std::string_view octets, const Limits& limits);
ScanResult scan_v1(Scan& scan, std::string_view octets, const Limits& limits);

// The nearest of several limits, and what to say when something reaches beyond it.  The answer must
// not depend on how the input was cut, so it is always the nearest limit that speaks.
struct Bound {
    std::size_t end;
    Error error;

    void narrow(std::size_t other_end, Error other) {
        if (other_end < end) {
            end = other_end;
            error = other;
        }
    }

    bool is_passed_by(std::size_t position) const { return position > end; }
};

} // namespace mailcast::psyc
