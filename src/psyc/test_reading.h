// For tests and fuzz targets: everything a Parser makes of some octets, as text, with the input cut in
// various ways.
#pragma once

#include "psyc/parser.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {

// R{:_target=x} E{:_nick=bea} M=_message B="text"; "ping" for the empty packet.
inline std::string describe(const Packet& packet) {
    if (packet.is_empty()) {
        return "ping";
    }
    std::string routing;
    std::string entity;
    for (const Modifier& modifier : packet.modifiers) {
        std::string& out = modifier.layer == Layer::routing ? routing : entity;
        out += out.empty() ? "" : " ";
        out += static_cast<char>(modifier.operation);
        out += modifier.name;
        out += '=';
        out += modifier.value;
    }
    std::string out = "R{" + routing + "}";
    out += packet.resets_state ? " reset" : "";
    out += packet.asks_for_state ? " resync" : "";
    out += " E{" + entity + "}";
    if (!packet.method.empty()) {
        out += " M=" + std::string(packet.method) + " B=\"" + std::string(packet.body) + "\"";
    }
    return out;
}

class Reading {
  public:
    explicit Reading(Generation generation, const Limits& limits = Parser::default_limits())
        : parser_(generation, limits) {}

    // `piece` is one read from the network.  What is not used up at an error is dropped.
    void feed(std::string_view piece) {
        // A copy with nothing around it, so that a view that outlives it is found.
        const std::string own(piece);
        std::string_view input = own;
        for (;;) {
            const auto packet = parser_.next(input);
            if (!packet) {
                events_.push_back("error " + std::string(to_string(packet.error())));
                if (closes_circuit(packet.error())) {
                    closed_ = true;
                    return;
                }
            } else if (*packet) {
                events_.push_back(describe(**packet));
            } else {
                return;
            }
        }
    }

    bool closed() const { return closed_; }

    const Parser& parser() const { return parser_; }

    const std::vector<std::string>& events() const { return events_; }

  private:
    Parser parser_;
    std::vector<std::string> events_;
    bool closed_ = false;
};

using Events = std::vector<std::string>;

inline Events read_whole(Generation generation, std::string_view octets,
                         const Limits& limits = Parser::default_limits()) {
    Reading reading(generation, limits);
    reading.feed(octets);
    return reading.events();
}

inline Events read_in_pieces(Generation generation, std::string_view octets, std::size_t size,
                             const Limits& limits = Parser::default_limits()) {
    Reading reading(generation, limits);
    while (!octets.empty() && !reading.closed()) {
        const std::size_t taken = std::min(size, octets.size());
        reading.feed(octets.substr(0, taken));
        octets.remove_prefix(taken);
    }
    return reading.events();
}

inline Events read_cut_at(Generation generation, std::string_view octets, std::size_t cut,
                          const Limits& limits = Parser::default_limits()) {
    Reading reading(generation, limits);
    reading.feed(octets.substr(0, cut));
    if (!reading.closed()) {
        reading.feed(octets.substr(cut));
    }
    return reading.events();
}

} // namespace mailcast::psyc
