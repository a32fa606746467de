#include "smtp/session.h"

#include "smtp/session_state.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace mailcast::smtp {

using Phase = Session::State::Phase;

namespace {

// Room for the replies to MAIL, RCPT and DATA at once, and for one behind a content; octets.
constexpr std::size_t usual_output = 160;
constexpr std::size_t usual_reply = 96;

constexpr Reply no_status{451, 3, 0, "no outcome is known, try again later"};

} // namespace

// --- the loop -----------------------------------------------------------------------------------

Event Session::State::next(std::string_view& input) {
    if (envelope_is_stale) {
        forget_transaction();
    }
    for (;;) {
        if (MaybeEvent event = step(input)) {
            return *std::move(event);
        }
    }
}

MaybeEvent Session::State::step(std::string_view& input) {
    switch (phase) {
    case Phase::command:
    case Phase::credentials:
        return read_line(input);
    case Phase::content:
        return read_content(input);
    case Phase::chunk:
        return read_chunk(input);
    case Phase::recipient_asked:
    case Phase::committing:
    case Phase::authentication_asked:
        return NeedInput{}; // the shell owes an answer first
    case Phase::handshake:
        input = {}; // RFC 3207 4.2: nothing that came in the clear may count
        return NeedInput{};
    case Phase::closed:
        break;
    }
    input = {};
    return Close{};
}

MaybeEvent Session::State::read_line(std::string_view& input) {
    const LineReader::Found found = lines.next(input, options.command_line);
    switch (found.outcome) {
    case LineReader::Outcome::need_input:
        return NeedInput{};
    case LineReader::Outcome::too_long:
        phase = Phase::command;
        refuse({500, 5, 6, "Line too long"});
        return std::nullopt;
    case LineReader::Outcome::bare_lf:
        phase = Phase::command;
        refuse({500, 5, 2, "Lines end with CR LF; what follows a bare LF is ignored"});
        return std::nullopt;
    case LineReader::Outcome::line:
        break;
    }
    return phase == Phase::command ? execute(found.line) : take_credentials(found.line);
}

// --- content ------------------------------------------------------------------------------------

MaybeEvent Session::State::read_content(std::string_view& input) {
    const DotReader::Step step = dots.next(input);
    switch (step.outcome) {
    case DotReader::Outcome::need_input:
        return NeedInput{};
    case DotReader::Outcome::bytes:
        return take_bytes(step.bytes);
    case DotReader::Outcome::end:
        return end_of_content();
    }
    return std::nullopt;
}

MaybeEvent Session::State::read_chunk(std::string_view& input) {
    if (chunk_left == 0) {
        return end_of_chunk();
    }
    if (input.empty()) {
        return NeedInput{};
    }
    const std::size_t size = std::min<std::uint64_t>(chunk_left, input.size());
    const std::string_view bytes = input.substr(0, size);
    input.remove_prefix(size);
    chunk_left -= size;
    return take_bytes(bytes);
}

MaybeEvent Session::State::take_bytes(std::string_view bytes) {
    if (refusal || chunk_error) {
        return std::nullopt;
    }
    const std::uint64_t room = limits().message_size - content_size;
    content_size += bytes.size();
    // Whichever fault comes first, however the octets were cut.
    if (refuses_bare_line_ends() && !line_ends.feed(bytes.substr(0, room))) {
        return drop_content(
            {554, 6, 0, "Message has a bare LF or a bare CR; lines end with CR LF"});
    }
    if (bytes.size() > room) {
        return drop_content({552, 3, 4, "Message is larger than the limit"});
    }
    return ContentChunk{bytes};
}

// The rest is read to its end without being kept; that is when the replies are written.
MaybeEvent Session::State::drop_content(const Reply& why) {
    refusal = why;
    if (!std::exchange(shell_has_content, false)) {
        return std::nullopt;
    }
    return ContentDropped{};
}

MaybeEvent Session::State::end_of_content() {
    if (!refusal && refuses_bare_line_ends() && !line_ends.good()) {
        refusal = {554, 6, 0, "Message ends with a bare CR"};
    }
    shell_has_content = false;
    accepted = envelope.recipients.size();
    phase = Phase::committing;
    if (refusal) {
        return ContentRefused{envelope,
                              mail::make_status(refusal->code, refusal->subject, refusal->detail,
                                                std::string(refusal->text))};
    }
    return ContentEnds{envelope};
}

MaybeEvent Session::State::end_of_chunk() {
    phase = Phase::command;
    if (chunk_error) {
        refuse(*std::exchange(chunk_error, std::nullopt));
        return std::nullopt;
    }
    if (last_chunk) {
        return end_of_content();
    }
    if (refusal) {
        append_reply(output, *refusal);
    } else {
        say("250 2.0.0 chunk taken\r\n");
    }
    return std::nullopt;
}

void Session::State::end_transaction() {
    phase = Phase::command;
    errors = 0;
    in_transaction = false;
    envelope_is_stale = true;
}

MaybeEvent Session::State::reset() {
    forget_transaction();
    if (!std::exchange(shell_has_content, false)) {
        return std::nullopt;
    }
    return ContentDropped{};
}

void Session::State::forget_transaction() {
    envelope = {};
    content_size = 0;
    accepted = 0;
    refusal.reset();
    chunk_error.reset();
    dots = {};
    line_ends = {};
    in_transaction = false;
    chunking = false;
    last_chunk = false;
    envelope_is_stale = false;
}

// --- replies ------------------------------------------------------------------------------------

void Session::State::say(std::string_view line) {
    if (output.empty()) {
        output.reserve(usual_output);
    }
    output += line;
    errors = 0;
}

void Session::State::refuse(const Reply& reply) {
    append_reply(output, reply);
    if (++errors >= options.errors_in_a_row) {
        close({421, 7, 0, "Too many errors, closing"});
    }
}

void Session::State::close(const Reply& last_words) {
    append_reply(output, last_words);
    phase = Phase::closed;
}

// --- what the shell calls -----------------------------------------------------------------------

Session::Session(const Options& options) : state_(std::make_unique<State>(options)) {}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::greet() {
    state_->output += fmt::format("220 {} {} Mailcast\r\n", state_->options.hostname,
                                  state_->is_lmtp() ? "LMTP" : "ESMTP");
}

Event Session::next(std::string_view& input) {
    return state_->next(input);
}

void Session::answer_recipient(const mail::Status& status) {
    State& state = *state_;
    if (state.phase != Phase::recipient_asked) {
        return;
    }
    state.phase = Phase::command;
    append_reply(state.output, status, state.reply_text());
    if (status.is_success()) {
        state.envelope.recipients.push_back(std::move(state.asked));
        state.errors = 0;
    } else if (status.code == 421) {
        state.phase = Phase::closed;
    }
    // A refused recipient is no error of the peer: a mail server may have a hundred of them in a row.
    state.asked = {};
}

mail::Envelope Session::take_envelope() {
    return state_->phase == Phase::committing ? std::move(state_->envelope) : mail::Envelope{};
}

void Session::finish(std::span<const mail::Status> statuses) {
    State& state = *state_;
    if (state.phase != Phase::committing) {
        return;
    }
    const auto closes = [](const mail::Status& status) { return status.code == 421; };
    // RFC 2033 4.2: one reply for each accepted recipient, in their order; RFC 5321: one for all.
    if (state.is_lmtp()) {
        state.output.reserve(state.accepted * usual_reply);
        // A missing reply would make the peer take the next one for this recipient's.
        for (std::size_t slot = 0; slot < state.accepted; ++slot) {
            if (slot < statuses.size()) {
                append_reply(state.output, statuses[slot], state.reply_text());
            } else {
                append_reply(state.output, state.refusal.value_or(no_status));
            }
        }
    } else {
        append_reply(state.output, combined(statuses), state.reply_text());
    }
    state.end_transaction();
    if (std::ranges::any_of(statuses, closes)) {
        state.phase = Phase::closed;
    }
}

void Session::tls_started() {
    State& state = *state_;
    // RFC 3207 4.2: the server must discard any knowledge obtained from the client.
    state.forget_transaction();
    state.lines.clear();
    state.helo_name.clear();
    state.authenticated.clear();
    state.errors = 0;
    state.tls = true;
    state.phase = Phase::command;
}

void Session::answer_authentication(bool good) {
    State& state = *state_;
    if (state.phase != Phase::authentication_asked) {
        return;
    }
    state.phase = Phase::command;
    if (good) {
        state.say("235 2.7.0 authenticated\r\n");
    } else {
        state.authenticated.clear();
        state.refuse({535, 7, 8, "Name or password is wrong"});
    }
}

void Session::authentication_unavailable() {
    State& state = *state_;
    if (state.phase != Phase::authentication_asked) {
        return;
    }
    state.phase = Phase::command;
    state.authenticated.clear();
    // RFC 4954 4.7; no error of the peer.
    append_reply(state.output, {454, 7, 0, "Too many ask at the moment, try again later"});
}

void Session::shut_down(const mail::Status& reason) {
    State& state = *state_;
    if (state.phase == Phase::closed) {
        return;
    }
    mail::Status last = reason;
    last.code = 421;
    // Whoever waits for replies to a content gets as many as are due.
    const std::size_t due =
        state.phase == Phase::committing && state.is_lmtp() ? state.accepted : 1;
    for (std::size_t i = 0; i < due; ++i) {
        append_reply(state.output, last, ReplyText::ascii);
    }
    state.forget_transaction();
    state.shell_has_content = false;
    state.lines.clear();
    state.phase = Phase::closed;
}

bool Session::idle() const {
    return (state_->phase == Phase::command && !state_->in_transaction) ||
           state_->phase == Phase::closed;
}

std::chrono::seconds Session::timeout() const {
    const bool content = state_->phase == Phase::content || state_->phase == Phase::chunk;
    return content ? state_->options.timeouts.content : state_->options.timeouts.command;
}

bool Session::has_output() const {
    return !state_->output.empty();
}

std::string Session::take_output() {
    return std::exchange(state_->output, {});
}

mail::Status combined(std::span<const mail::Status> statuses) {
    const auto success = std::ranges::find_if(statuses, &mail::Status::is_success);
    if (success != statuses.end()) {
        return *success;
    }
    const auto temporary = std::ranges::find_if(statuses, &mail::Status::is_temporary);
    if (temporary != statuses.end()) {
        return *temporary;
    }
    return statuses.empty() ? mail::make_status(no_status.code, no_status.subject, no_status.detail,
                                                std::string(no_status.text))
                            : statuses.front();
}

} // namespace mailcast::smtp
