// The mail server that takes what our persons write: one connection for each mail, with STARTTLS and AUTH PLAIN as
// configured.  RFC 5321, 3207, 4954; the session is smtp::Client.  Hub thread; outlives what it carries.
#pragma once

#include "mail/status.h"
#include "net/dial.h"
#include "smtp/client.h"
#include "store/store.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mailcast::net {

class Smarthost {
  public:
    struct Settings {
        std::string host; // name or address; "" when none is configured
        std::string port = "25";
        smtp::Client::Options session;
        std::shared_ptr<boost::asio::ssl::context> certificates; // to verify by; null without TLS
    };

    using Done = std::function<void(std::vector<mail::Status>)>;

    explicit Smarthost(boost::asio::io_context& io) : io_(io) {}

    // What is under way goes on with the old ones.
    void use(Settings settings);

    bool configured() const { return settings_ != nullptr && !settings_->host.empty(); }

    // One mail of the outbox; one status for each of its targets.
    void carry(const store::OutboxItem& item, Done done);

    // The program ends: what is under way is left, and who waits for it hears nothing.
    void abort() { talks_.end_all(); }

  private:
    boost::asio::awaitable<void> talk(std::shared_ptr<const Settings> settings,
                                      std::shared_ptr<smtp::Client> client, Done done);

    boost::asio::io_context& io_;
    std::shared_ptr<const Settings> settings_;
    Conversations talks_;
};

} // namespace mailcast::net
