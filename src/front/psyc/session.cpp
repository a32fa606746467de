#include "front/psyc/session.h"

#include "psyc/check.h"
#include "psyc/error.h"
#include "psyc/keyword.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailcast::front {

PsycSession::PsycSession(PsycOutput& output, Options options)
    : output_(&output), options_(std::move(options)) {}

void PsycSession::begin(psyc::Generation generation) {
    generation_ = generation;
    parser_.emplace(generation);
    state_.emplace(generation == psyc::Generation::classic ? psyc::Scope::all
                                                           : psyc::Scope::routing);
    if (output_ != nullptr) {
        output_->send(std::make_shared<const std::string>(psyc::empty_packet(generation)));
    }
}

void PsycSession::open(psyc::Generation generation, Moment now) {
    now_ = now;
    begin(generation);
}

void PsycSession::tick(Moment now) {
    now_ = now;
    if (last_octet_ == Moment{}) {
        last_octet_ = now;
    }
    if (output_ != nullptr && parser_ && parser_->is_inside_packet() &&
        now - last_octet_ > packet_time) {
        refuse(psyc::Error::unfinished);
    }
}

std::string_view PsycSession::with_line_feeds(std::string_view input) {
    if (line_ends_ == LineEnds::unknown && !input.empty()) {
        // Behind the "." of the greeting, which may have come alone.
        const std::string_view rest = greeted_ ? input : input.substr(1);
        if (generation_ != psyc::Generation::classic || input.front() == '\n') {
            line_ends_ = LineEnds::line_feed;
        } else if (!rest.empty()) {
            line_ends_ = rest.front() == '\r' ? LineEnds::crlf : LineEnds::line_feed;
        }
    }
    if (line_ends_ != LineEnds::crlf) {
        return input;
    }
    converted_.clear();
    for (const char c : input) {
        if (carriage_return_ && c != '\n') {
            converted_ += '\r';
        }
        carriage_return_ = c == '\r';
        if (!carriage_return_) {
            converted_ += c;
        }
    }
    return converted_;
}

void PsycSession::receive(std::string_view input, Moment now) {
    now_ = now;
    if (input.empty()) {
        return;
    }
    last_octet_ = now;
    if (!generation_) {
        switch (psyc::detect(input.front())) {
        case psyc::FirstOctet::classic:
        case psyc::FirstOctet::line_feed:
            begin(psyc::Generation::classic);
            introduce();
            break;
        case psyc::FirstOctet::v1:
            begin(psyc::Generation::v1);
            break;
        default:
            refuse(psyc::Error::syntax_initialization);
            return;
        }
    }
    input = with_line_feeds(input);
    greeted_ = greeted_ || generation_.has_value();
    if (held_) {
        kept_ += input;
        return;
    }
    read(input);
}

void PsycSession::go_on() {
    held_ = false;
    const std::string kept = std::exchange(kept_, {});
    read(kept);
}

void PsycSession::read(std::string_view input) {
    while (output_ != nullptr) {
        if (held_) {
            kept_ = input;
            return;
        }
        const auto packet = parser_->next(input);
        if (!packet) {
            if (!keep(packet.error())) {
                return;
            }
            continue;
        }
        if (!*packet) {
            return;
        }
        greeted_ = true;
        const auto whole = state_->apply(**packet);
        if (!whole) {
            if (!keep(whole.error())) {
                return;
            }
            continue;
        }
        if (const auto error = psyc::check(*whole)) {
            if (!keep(*error)) {
                return;
            }
            continue;
        }
        // Who asks for authorization with something else than a uniform is told so by that name.
        const bool typed = whole->generation == psyc::Generation::v1 &&
                           !psyc::is_a(whole->method, "_request_authorization");
        if (const auto error = typed ? psyc::check_types(*whole) : std::nullopt) {
            if (!keep(*error)) {
                return;
            }
            continue;
        }
        dispatch_by_name(*whole);
    }
}

bool PsycSession::keep(psyc::Error error) {
    refuse(error);
    return !psyc::closes_circuit(error);
}

// Who knows no name for us says the address that it came to (reference: psyc-protocol 3), and is understood as if it
// had said the name.  A port that is not the one it came to is another node on this machine.
void PsycSession::dispatch_by_name(psyc::Packet packet) {
    const psyc::Modifier* const target = packet.find("_target");
    if (target == nullptr || options_.address.empty() ||
        !target->value.contains(options_.address)) {
        dispatch(packet);
        return;
    }
    const auto uniform = psyc::parse_uniform(target->value);
    if (!uniform || uniform->kind == psyc::UniformKind::foreign ||
        uniform->kind == psyc::UniformKind::location || uniform->host != options_.address ||
        (uniform->port != 0 && std::to_string(uniform->port) != options_.port)) {
        dispatch(packet);
        return;
    }
    std::string name = options_.root;
    name += uniform->resource;
    if (!uniform->channel.empty()) {
        name += '#';
        name += uniform->channel;
    }
    std::vector<psyc::Modifier> modifiers(packet.modifiers.begin(), packet.modifiers.end());
    modifiers[static_cast<std::size_t>(target - packet.modifiers.data())].value = name;
    packet.modifiers = modifiers;
    dispatch(packet);
}

void PsycSession::dispatch(const psyc::Packet& packet) {
    if (!packet.is_empty()) {
        if (conversation_ != nullptr) {
            conversation_->take(packet);
        }
        return;
    }
    if (std::exchange(greeting_due_, false)) {
        return;
    }
    if (ping_sent_) {
        ping_sent_.reset();
        if (conversation_ != nullptr) {
            conversation_->pong();
        }
    } else if (!last_pong_ || now_ - *last_pong_ > pong_pause) {
        last_pong_ = now_;
        output_->send(std::make_shared<const std::string>(psyc::empty_packet(*generation_)));
    }
}

void PsycSession::introduce() {
    // In the first packet already: what waits is sent as soon as it has come.
    const std::array modules = {std::string_view("_context"), std::string_view("_mail")};
    const std::array established = {psyc::Variable{"_source", options_.root},
                                    psyc::Variable{"_target_peer", options_.location},
                                    psyc::Variable{"_implementation", options_.implementation},
                                    psyc::Variable::list("_list_understand_modules", modules)};
    send(established, "_notice_circuit_established",
         "Hello [_target_peer].\n"
         "Circuit to [_source] running [_implementation] established.");
    const std::array status = {psyc::Variable{"_source", options_.root},
                               psyc::Variable{"_available_characters", "UTF-8"},
                               psyc::Variable{"_available_protocols", "PSYC/0.9 TCP IP/4;PSYC/1.0"},
                               psyc::Variable{"_understand_modules", "_context"},
                               psyc::Variable{"_using_characters", "UTF-8"},
                               psyc::Variable{"_using_protocols", "PSYC/0.9 TCP IP/4"},
                               psyc::Variable{"_using_modules", "_context"}};
    send(status, "_status_circuit", "Available protocols: [_available_protocols].");
}

void PsycSession::ping() {
    if (output_ == nullptr || ping_sent_) {
        return;
    }
    ping_sent_ = now_;
    output_->send(std::make_shared<const std::string>(psyc::empty_packet(generation())));
}

void PsycSession::send(std::span<const psyc::Variable> variables, std::string_view method,
                       std::string_view body) {
    if (output_ == nullptr) {
        return;
    }
    std::vector<psyc::Variable> filled;
    filled.reserve(variables.size());
    std::ranges::copy_if(variables, std::back_inserter(filled), [](const psyc::Variable& variable) {
        return variable.is_list || !variable.value.empty() || !psyc::is_a(variable.name, "_tag");
    });
    std::string out;
    psyc::append_packet(out, generation(), filled, method, body);
    output_->send(std::make_shared<const std::string>(std::move(out)));
}

void PsycSession::send(chat::SharedBytes bytes) {
    if (output_ != nullptr) {
        output_->send(std::move(bytes));
    }
}

void PsycSession::refuse(psyc::Error error) {
    if (output_ == nullptr) {
        return;
    }
    output_->send(std::make_shared<const std::string>(psyc::render_error(generation(), error)));
    if (psyc::closes_circuit(error)) {
        output_->close();
    }
}

void PsycSession::close() {
    if (output_ != nullptr) {
        output_->close();
    }
}

void PsycSession::shut_down() {
    if (generation_) {
        send(std::array{psyc::Variable{"_source", options_.root},
                        psyc::Variable{"_reason", "restart or stop by its operator"}},
             "_warning_server_shutdown_temporary", "The server is going: [_reason].");
        send(std::array{psyc::Variable{"_source", options_.root}}, "_request_circuit_shutdown", "");
    }
    close();
}

} // namespace mailcast::front
