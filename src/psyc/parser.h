// Packets out of octets, both generations.  Incremental: input may be cut anywhere.  No socket, no
// clock, no log.  Owned and called by one thread (that of its circuit).
//
// The shell's loop, with `input` the octets that were read:
//     for (;;) { auto packet = parser.next(input); error -> tell and close; none -> read more; }
//
// A packet that is whole in `input` is given as views into it; otherwise the parser keeps the
// octets that came and gives views into its own buffer.  Views hold until the next call, and those
// into `input` no longer than its octets.  Every octet is looked at once, however the input is cut;
// content that comes with its length is skipped over.  An idle parser owns no buffer.
//
// The classic generation folds values over lines; such values are joined in the parser's own
// memory.
#pragma once

#include "psyc/error.h"
#include "psyc/packet.h"

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

namespace mailcast::psyc {

// All in octets or pieces, checked while reading.
struct Limits {
    std::size_t packet_octets = 1U << 20;           // below 4 GiB
    std::size_t content_without_length = 64U << 10; // 1.0
    std::size_t line_octets = 256U << 10;           // of headers, with the line feed
    std::size_t value_octets = 256U << 10;
    std::size_t modifiers = 1000;
    std::size_t list_elements = 404; // psyced's
};

class Parser {
  public:
    // `limits` must outlive the parser; one object serves all circuits of a listener.
    explicit Parser(Generation generation, const Limits& limits = default_limits());
    Parser(Generation, const Limits&&) = delete;
    ~Parser();
    Parser(Parser&&) noexcept;
    Parser& operator=(Parser&&) noexcept;

    // Uses up `input` from its front to the end of one packet, or all of it when none ends there.
    // After an error that closes the circuit every further call gives it again; after one that does
    // not, the packet is used up and the next one follows.
    std::expected<std::optional<Packet>, Error> next(std::string_view& input);

    Generation generation() const { return generation_; }

    // True when a packet has begun and not ended: the moment to hold a waiting time against the
    // peer.
    bool is_inside_packet() const;

    static const Limits& default_limits();

  private:
    struct Work;

    Packet finish(std::string_view octets);

    std::unique_ptr<Work> work_; // none while idle
    const Limits* limits_;
    Generation generation_;
    std::optional<Error> failed_;
};

} // namespace mailcast::psyc
