#include "psyc/parser.h"

#include "psyc/scan.h"

#include <algorithm>
#include <string>
#include <vector>

namespace mailcast::psyc {

namespace {

// How much is added to the buffer at a time while the end of the packet is not known.
constexpr std::size_t piece_octets = 4096;

// What most packets have at most.
constexpr std::size_t usual_modifiers = 16;

// Joins the lines of a folded value.  Empty lines in between are no part of it: they are only the
// ornament between the headers.
void append_unfolded(std::string& out, std::string_view folded) {
    bool first = true;
    while (true) {
        const std::size_t line_feed = std::min(folded.find('\n'), folded.size());
        std::string_view line = folded.substr(0, line_feed);
        if (first) {
            out += line;
        } else if (!line.empty()) {
            out += '\n';
            out += line.substr(1);
        }
        first = false;
        if (line_feed == folded.size()) {
            return;
        }
        folded.remove_prefix(line_feed + 1);
    }
}

// Names of old clients for what is _message.
std::string_view modern(std::string_view method) {
    const bool old = method == "_talk" || method == "_converse" || method == "_conversation";
    return old ? "_message" : method;
}

} // namespace

void Scan::restart() {
    modifiers.clear();
    static_cast<ScanProgress&>(*this) = {};
}

struct Parser::Work {
    Scan scan;
    std::string buffer;              // the beginning of a packet that is not whole yet
    std::string joined;              // values that were folded
    std::vector<Modifier> modifiers; // of the packet that was given out
    bool given_out = false;
};

Parser::Parser(Generation generation, const Limits& limits)
    : limits_(&limits), generation_(generation) {}

Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

const Limits& Parser::default_limits() {
    static const Limits limits;
    return limits;
}

bool Parser::is_inside_packet() const {
    return work_ && !work_->given_out && !work_->buffer.empty();
}

Packet Parser::finish(std::string_view octets) {
    Work& work = *work_;
    const Scan& scan = work.scan;
    if (scan.folded_octets != 0) {
        // Never grows below, so the views into it stay good.
        work.joined.reserve(scan.folded_octets);
    }
    work.modifiers.resize(scan.modifiers.size());
    auto out = work.modifiers.begin();
    for (const ScannedModifier& modifier : scan.modifiers) {
        out->operation = modifier.operation;
        out->layer = modifier.layer;
        out->name = modifier.name.of(octets);
        out->value = modifier.value.of(octets);
        if (modifier.folded) {
            const std::size_t begin = work.joined.size();
            append_unfolded(work.joined, out->value);
            out->value = std::string_view(work.joined).substr(begin);
        }
        ++out;
    }
    Packet packet;
    packet.generation = generation_;
    packet.has_content = scan.has_content;
    packet.resets_state = scan.resets_state;
    packet.asks_for_state = scan.asks_for_state;
    packet.modifiers = work.modifiers;
    packet.method = scan.method.of(octets);
    if (generation_ == Generation::classic) {
        packet.method = modern(packet.method);
    }
    packet.body = scan.body.of(octets);
    packet.octets = octets;
    return packet;
}

std::expected<std::optional<Packet>, Error> Parser::next(std::string_view& input) {
    if (failed_) {
        return std::unexpected(*failed_);
    }
    if (!work_) {
        if (input.empty()) {
            return std::nullopt;
        }
        work_ = std::make_unique<Work>();
        work_->scan.modifiers.reserve(usual_modifiers);
        work_->modifiers.reserve(usual_modifiers);
    }
    Work& work = *work_;
    if (work.given_out) {
        work.scan.restart();
        work.buffer.clear();
        work.joined.clear();
        work.given_out = false;
    }
    const auto scan = generation_ == Generation::classic ? scan_classic : scan_v1;
    const auto fail = [this](Error error) {
        failed_ = error;
        work_.reset();
        return std::unexpected(error);
    };
    const auto give_out =
        [this, &work](std::string_view octets) -> std::expected<std::optional<Packet>, Error> {
        work.given_out = true;
        if (work.scan.spoiled) {
            return std::unexpected(*work.scan.spoiled);
        }
        return finish(octets);
    };

    if (work.buffer.empty()) {
        if (input.empty()) {
            work_.reset();
            return std::nullopt;
        }
        const ScanResult complete = scan(work.scan, input, *limits_);
        if (!complete) {
            return fail(complete.error());
        }
        if (*complete) {
            const std::string_view octets = input.substr(0, work.scan.end);
            input.remove_prefix(octets.size());
            return give_out(octets);
        }
        // Most buffers of the packets before were of no use to this one: start with a small one.
        work.buffer = std::string(input);
        input = {};
        return std::nullopt;
    }

    while (!input.empty()) {
        const std::size_t had = work.buffer.size();
        const std::size_t wanted =
            work.scan.needed > had ? work.scan.needed - had : std::size_t{piece_octets};
        work.buffer.append(input.substr(0, wanted));
        const ScanResult complete = scan(work.scan, work.buffer, *limits_);
        if (!complete) {
            return fail(complete.error());
        }
        if (*complete) {
            input.remove_prefix(work.scan.end - had);
            return give_out(std::string_view(work.buffer).substr(0, work.scan.end));
        }
        input.remove_prefix(work.buffer.size() - had);
    }
    return std::nullopt;
}

} // namespace mailcast::psyc
