// One LMTP or SMTP connection: moves octets between its channel and smtp::Session, and does what the
// Session asks for.  Everything that is decided is decided in the Session or in Intake.
// Hub thread; keeps itself alive while run() runs.
#pragma once

#include "net/channel.h"
#include "net/circuits.h"
#include "net/intake/content_sink.h"
#include "net/intake/intake.h"
#include "net/intake/mail_door.h"
#include "smtp/session.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::net {

class MailCircuit : public Circuit, public std::enable_shared_from_this<MailCircuit> {
  public:
    // `intake` and `circuits` outlive every circuit.
    MailCircuit(StreamSocket socket, Peer peer, std::shared_ptr<const MailDoor> door,
                Intake& intake, Circuits& circuits);
    ~MailCircuit() override;

    // The whole conversation.  `refusal` is said instead of the greeting (a limit is reached).
    asio::awaitable<void> run(std::optional<mail::Status> refusal);

    Clock::time_point deadline() const override { return deadline_; }

    void expire() override;
    void drain() override;
    void abort() override;

    std::string_view protocol() const override;

  private:
    enum class Step { go_on, read, commit, start_tls, authenticate, close };

    asio::awaitable<bool>
    converse(std::string_view input); // outlives: used up or copied before the first wait
    asio::awaitable<bool> flush();
    asio::awaitable<bool> send(std::string output);
    asio::awaitable<bool> start_tls();
    asio::awaitable<void> commit();
    asio::awaitable<void> authenticate();

    Step handle(const smtp::Event& event);
    void begin_content();
    void append_content(std::string_view bytes);
    void wait_for_peer();
    void say_and_close(const mail::Status& status);

    Channel channel_;
    Peer peer_;
    std::shared_ptr<const MailDoor> door_;
    Intake& intake_;
    Circuits& circuits_;
    smtp::Options options_; // of this peer; the session refers to it
    std::optional<smtp::Session> session_;
    Intake::Transaction transaction_;
    std::unique_ptr<ContentSink> sink_;
    std::optional<smtp::AuthenticationAsked> credentials_;
    Clock::time_point deadline_ = Clock::time_point::max();
    bool draining_ = false;
};

} // namespace mailcast::net
