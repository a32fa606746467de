// SASL of an IRC client: PLAIN and SCRAM-SHA-256.
// IRCv3 sasl-3.2, RFC 4616, RFC 5802 and 7677.
#include "base/ascii.h"
#include "base/base64.h"
#include "front/irc/front.h"
#include "irc/numeric.h"

#include <array>
#include <utility>

namespace mailcast::front {

namespace numeric = irc::numeric;
using irc::Capability;

void IrcFront::do_authenticate(const Request& request) {
    if (registration_ == nullptr || registration_->person != 0) {
        reply(numeric::sasl_already, {}, "You have already authenticated");
        return;
    }
    Registration& state = *registration_;
    if (!has(Capability::sasl) || state.checking) {
        reply(numeric::sasl_fail, {}, "SASL authentication failed: ask for the capability first");
        return;
    }
    const std::string_view word = request.param(0);
    if (state.sasl == nullptr) {
        begin_sasl(word);
        return;
    }
    switch (state.sasl->pieces.take(word)) {
    case irc::SaslPieces::Outcome::more:
        return;
    case irc::SaslPieces::Outcome::whole:
        take_response(state.sasl->pieces.take_response());
        return;
    case irc::SaslPieces::Outcome::aborted:
        state.sasl.reset();
        reply(numeric::sasl_aborted, {}, "SASL authentication aborted");
        return;
    case irc::SaslPieces::Outcome::too_long:
        state.sasl.reset();
        reply(numeric::sasl_too_long, {}, "SASL message too long");
        return;
    case irc::SaslPieces::Outcome::broken:
        refuse_sasl();
        return;
    }
}

void IrcFront::begin_sasl(std::string_view mechanism) {
    if (mechanism == "*") {
        reply(numeric::sasl_aborted, {}, "SASL authentication aborted");
        return;
    }
    const bool scram = base::iequals(mechanism, "SCRAM-SHA-256");
    if (!scram && !base::iequals(mechanism, "PLAIN")) {
        reply(numeric::sasl_mechanisms, {irc::sasl_mechanisms}, "are available SASL mechanisms");
        reply(numeric::sasl_fail, {}, "SASL authentication failed");
        return;
    }
    registration_->sasl = std::make_unique<SaslState>();
    registration_->sasl->step = scram ? SaslState::Step::scram_first : SaslState::Step::plain;
    send_sasl({});
}

void IrcFront::take_response(const std::string& response) {
    SaslState& sasl = *registration_->sasl;
    switch (sasl.step) {
    case SaslState::Step::plain:
        registration_->sasl.reset();
        sasl_plain(response);
        return;
    case SaslState::Step::scram_first:
        scram_first(response);
        return;
    case SaslState::Step::scram_final:
        scram_final(response);
        return;
    case SaslState::Step::scram_done: {
        // He has seen our signature and has nothing left to say.
        const chat::EntityId person = sasl.person;
        const std::string client = sasl.client;
        registration_->sasl.reset();
        password_checked(person, client, response.empty(), true, take_label());
        return;
    }
    }
}

void IrcFront::sasl_plain(const std::string& response) {
    auto plain = irc::read_plain(response);
    if (!plain || is_as_other(plain->authorize, plain->authenticate)) {
        refuse_sasl();
        return;
    }
    check_password(login_of(plain->authenticate), std::move(plain->password), true);
}

// To act as somebody else is nobody's right here.
bool IrcFront::is_as_other(std::string_view authorize, std::string_view authenticate) {
    return !authorize.empty() && !base::iequals(irc::split_login(authorize).account,
                                                irc::split_login(authenticate).account);
}

void IrcFront::scram_first(const std::string& message) {
    SaslState& sasl = *registration_->sasl;
    if (attempts_left_ <= 0) {
        end_circuit("Too many wrong passwords");
        return;
    }
    --attempts_left_;
    if (!sasl.scram.begin(message) || is_as_other(sasl.scram.authorize(), sasl.scram.name())) {
        refuse_sasl();
        return;
    }
    irc::Login login = login_of(sasl.scram.name());
    const chat::Entity* person = clients_.hub().find(chat::EntityKind::person, login.account);
    sasl.person = person == nullptr ? 0 : person->id;
    sasl.client = std::move(login.client);
    // Somebody unknown is challenged like others.
    const chat::ScramStart start = talk_.backing().begin_scram(
        sasl.person, chat::folded_name(chat::EntityKind::person, login.account));
    const auto verifier = irc::ScramVerifier::parse(start.verifier);
    if (!verifier) {
        refuse_sasl();
        return;
    }
    sasl.step = SaslState::Step::scram_final;
    send_sasl(sasl.scram.challenge(*verifier, start.nonce));
}

void IrcFront::scram_final(const std::string& message) {
    SaslState& sasl = *registration_->sasl;
    const auto answer = sasl.scram.finish(message);
    if (!answer || sasl.person == 0) {
        refuse_sasl();
        return;
    }
    sasl.step = SaslState::Step::scram_done;
    send_sasl(*answer);
}

void IrcFront::refuse_sasl() {
    registration_->sasl.reset();
    reply(numeric::sasl_fail, {}, "SASL authentication failed");
    if (attempts_left_ <= 0) {
        end_circuit("Access denied: wrong nick or password");
    }
}

// In pieces of 400; a last one of that length is followed by an empty one.
void IrcFront::send_sasl(std::string_view message) {
    const std::string text = base::encode_base64(message);
    std::string_view rest = text;
    for (bool more = true; more;) {
        const std::string_view piece = rest.substr(0, irc::sasl_piece);
        rest.remove_prefix(piece.size());
        more = piece.size() == irc::sasl_piece;
        const std::array<std::string_view, 1> words = {piece.empty() ? std::string_view("+")
                                                                     : piece};
        line({}, {.command = "AUTHENTICATE", .words = words});
    }
}

} // namespace mailcast::front
