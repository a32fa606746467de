#include "net/mail_circuit.h"

#include "base/address_set.h"
#include "base/log.h"
#include "net/answer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mailcast::net {

namespace {

// While the server ends, whoever is silent within a mail is not waited for as long as else: the mail is with its
// sender still, who brings it again.
constexpr std::chrono::seconds patience_while_ending{5};

mail::Status shutting_down() {
    return mail::make_status(421, 3, 2, "shutting down, try again later");
}

template <typename... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};

template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

} // namespace

MailCircuit::MailCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const MailDoor> door,
                         Intake& intake, Circuits& circuits)
    : channel_(std::move(socket)), peer_(std::move(peer)), door_(std::move(door)), intake_(intake),
      circuits_(circuits), options_(door_->options) {
    options_.xforward = door_->trusted.contains(peer_.address);
    options_.starttls = door_->tls == TlsMode::starttls;
    options_.authentication = options_.dialect == smtp::Dialect::smtp &&
                              (door_->tls == TlsMode::implicit || base::is_loopback(peer_.address));
    // Programs inside write bare line feeds in good faith; from outside they are a smuggler's tool.
    options_.reject_bare_lf = options_.origin == mail::Origin::external;
    session_.emplace(options_);
    circuits_.add(*this, peer_.address);
}

MailCircuit::~MailCircuit() {
    circuits_.remove(*this, peer_.address);
}

std::string_view MailCircuit::protocol() const {
    return options_.dialect == smtp::Dialect::lmtp ? "lmtp" : "smtp";
}

asio::awaitable<void> MailCircuit::run(std::optional<mail::Status> refusal) {
    const auto self = shared_from_this();
    if (door_->tls == TlsMode::implicit) {
        deadline_ = Clock::now() + options_.timeouts.command;
        const bool shaken = co_await channel_.start_tls(door_->certificate);
        if (!shaken) {
            base::log::info("{}: {}: {}", door_->name, peer_.text(), channel_.last_error());
            channel_.close();
            co_return;
        }
    }
    if (refusal) {
        session_->shut_down(*refusal);
    } else {
        session_->greet();
    }
    bool open = co_await flush();
    open = open && !refusal;
    while (open) {
        wait_for_peer();
        const std::string_view input = co_await channel_.receive();
        deadline_ = Clock::time_point::max();
        if (input.empty()) {
            break;
        }
        open = co_await converse(input);
    }
    channel_.close();
}

asio::awaitable<bool> MailCircuit::converse(std::string_view input) { // outlives: as in the header
    // What the peer pipelined behind a content must wait for the commit, and the octets it was read
    // into serve other circuits meanwhile: then it is kept here.
    std::string kept;
    for (;;) {
        const smtp::Event event = session_->next(input);
        const Step step = handle(event);
        if (step == Step::go_on) {
            continue;
        }
        if (step == Step::commit || step == Step::authenticate) {
            std::string rest(input);
            kept.swap(rest);
            input = kept;
        }
        switch (step) {
        case Step::commit:
            co_await commit();
            break;
        case Step::authenticate:
            co_await authenticate();
            break;
        case Step::start_tls: {
            // RFC 3207 4.2: nothing that came before the handshake may be used.
            const bool shaken = co_await start_tls();
            co_return shaken;
        }
        case Step::close: {
            co_await flush();
            co_return false;
        }
        default: {
            const bool leave = draining_ && session_->idle();
            if (leave) {
                session_->shut_down(shutting_down());
            }
            std::string output = session_->take_output();
            bool written = channel_.send_some(output);
            if (written && !output.empty()) {
                written = co_await send(std::move(output));
            }
            co_return written && !leave;
        }
        }
    }
}

MailCircuit::Step MailCircuit::handle(const smtp::Event& event) {
    const Intake::Source source{.peer_name = peer_.address,
                                .dialect = options_.dialect,
                                .origin = options_.origin,
                                .tls = channel_.is_tls(),
                                .trusted = options_.xforward};
    return std::visit(
        Overloaded{[](const smtp::NeedInput&) { return Step::read; },
                   [&](const smtp::RecipientAsked& asked) {
                       if (asked.envelope.recipients.empty()) {
                           transaction_.clear();
                       }
                       session_->answer_recipient(intake_.recipient(transaction_, asked.envelope,
                                                                    asked.recipient, source));
                       return Step::go_on;
                   },
                   [&](const smtp::ContentBegins&) {
                       begin_content();
                       return Step::go_on;
                   },
                   [&](const smtp::ContentChunk& chunk) {
                       append_content(chunk.bytes);
                       return Step::go_on;
                   },
                   [](const smtp::ContentEnds&) { return Step::commit; },
                   [&](const smtp::ContentDropped&) {
                       sink_.reset();
                       transaction_.clear();
                       return Step::go_on;
                   },
                   [&](const smtp::ContentRefused& refused) {
                       sink_.reset();
                       transaction_.clear();
                       session_->finish(intake_.refused(refused.envelope, source, refused.status));
                       return Step::go_on;
                   },
                   [](const smtp::TlsRequested&) { return Step::start_tls; },
                   [&](const smtp::AuthenticationAsked& asked) {
                       credentials_ = asked;
                       return Step::authenticate;
                   },
                   [](const smtp::Close&) { return Step::close; }},
        event);
}

void MailCircuit::begin_content() {
    sink_ = std::make_unique<ContentSink>(intake_.content_dir(), intake_.budget(),
                                          store::inline_content_max);
}

void MailCircuit::append_content(std::string_view bytes) {
    if (sink_ != nullptr && !transaction_.disk_failed && !sink_->append(bytes)) {
        transaction_.disk_failed = true;
        transaction_.disk_full = sink_->disk_full();
    }
}

asio::awaitable<void> MailCircuit::commit() {
    const Intake::Source source{.peer_name = peer_.address,
                                .dialect = options_.dialect,
                                .origin = options_.origin,
                                .tls = channel_.is_tls(),
                                .trusted = options_.xforward};
    using Statuses = std::vector<mail::Status>;
    const auto start = [this, &source](Intake::Done done) {
        intake_.submit(transaction_, session_->take_envelope(), *sink_, source, std::move(done));
    };
    const Statuses statuses = co_await answer_of<Statuses>(start);
    sink_.reset();
    transaction_.clear();
    session_->finish(statuses);
}

asio::awaitable<void> MailCircuit::authenticate() {
    const auto start = [this](std::move_only_function<void(chat::PasswordAnswer)> done) {
        intake_.authenticate(credentials_->name, std::move(credentials_->password), peer_.address,
                             copyable(std::move(done)));
    };
    const chat::PasswordAnswer answer = co_await answer_of<chat::PasswordAnswer>(start);
    credentials_.reset();
    if (answer == chat::PasswordAnswer::later) {
        session_->authentication_unavailable();
    } else {
        session_->answer_authentication(answer == chat::PasswordAnswer::right);
    }
}

asio::awaitable<bool> MailCircuit::start_tls() {
    const bool written = co_await flush();
    if (!written) {
        co_return false;
    }
    wait_for_peer();
    const bool shaken = co_await channel_.start_tls(door_->certificate);
    deadline_ = Clock::time_point::max();
    if (!shaken) {
        base::log::info("{}: {}: {}", door_->name, peer_.text(), channel_.last_error());
        co_return false;
    }
    options_.starttls = false;
    options_.authentication = options_.dialect == smtp::Dialect::smtp;
    session_->tls_started();
    co_return true;
}

asio::awaitable<bool> MailCircuit::flush() {
    std::string output = session_->take_output();
    if (output.empty()) {
        co_return true;
    }
    const bool written = co_await send(std::move(output));
    co_return written;
}

asio::awaitable<bool> MailCircuit::send(std::string output) {
    // A peer that does not read its replies is as slow as one that does not send.
    wait_for_peer();
    const bool written = co_await channel_.send(std::move(output));
    deadline_ = Clock::time_point::max();
    co_return written;
}

void MailCircuit::wait_for_peer() {
    const std::chrono::seconds usual = session_->timeout();
    deadline_ = Clock::now() + (draining_ ? std::min(usual, patience_while_ending) : usual);
}

void MailCircuit::say_and_close(const mail::Status& status) {
    session_->shut_down(status);
    channel_.send_now(session_->take_output());
    channel_.close();
    deadline_ = Clock::time_point::max();
}

void MailCircuit::expire() {
    base::log::info("{}: {}: waited too long, closed", door_->name, peer_.text());
    say_and_close(draining_ ? shutting_down()
                            : mail::make_status(421, 4, 2, "waited too long for you"));
}

void MailCircuit::drain() {
    draining_ = true;
    // With a deadline set it waits for its peer; without one a commit is under way.
    if (deadline_ == Clock::time_point::max()) {
        return;
    }
    if (session_->idle()) {
        say_and_close(shutting_down());
    } else {
        wait_for_peer();
    }
}

void MailCircuit::abort() {
    channel_.close();
    deadline_ = Clock::time_point::max();
}

} // namespace mailcast::net
