#include "net/smarthost.h"

#include "base/log.h"
#include "net/channel.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace mailcast::net {

namespace {

using Tcp = boost::asio::ip::tcp;

constexpr std::chrono::seconds connect_timeout{30};

// Whether the content needs the extension is known by its octets: what we compose is seven-bit otherwise.
bool is_international(const store::OutboxItem& item) {
    const auto beyond = [](std::string_view text) {
        return std::ranges::any_of(text,
                                   [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    };
    return beyond(item.content) ||
           std::ranges::any_of(item.targets, [&](const store::OutboxTarget& target) {
               return beyond(target.address);
           });
}

// Closes a socket when its time is over; armed anew for each wait.
class Watch {
  public:
    explicit Watch(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    void arm(std::chrono::seconds time, std::function<void()> expired) {
        timer_.expires_after(time);
        timer_.async_wait(
            [expired = std::move(expired)](const boost::system::error_code& cancelled) {
                if (!cancelled) {
                    expired();
                }
            });
    }

    void disarm() { timer_.cancel(); }

  private:
    boost::asio::steady_timer timer_;
};

} // namespace

void Smarthost::use(Settings settings) {
    settings_ = std::make_shared<const Settings>(std::move(settings));
}

void Smarthost::carry(const store::OutboxItem& item, Done done) {
    if (!configured()) {
        done({item.targets.size(),
              mail::make_status(451, 4, 1, "no smarthost is configured: [smarthost] address")});
        return;
    }
    smtp::OutgoingMail mail{.from = item.reverse_path,
                            .recipients = {},
                            .content = item.content,
                            .utf8 = is_international(item)};
    for (const store::OutboxTarget& target : item.targets) {
        mail.recipients.push_back(target.address);
    }
    auto client = std::make_shared<smtp::Client>(settings_->session, std::move(mail));
    boost::asio::co_spawn(
        io_,
        [this, settings = settings_, client, done = std::move(done)] {
            return talk(settings, client, done);
        },
        boost::asio::detached);
}

boost::asio::awaitable<void> Smarthost::talk(std::shared_ptr<const Settings> settings,
                                             std::shared_ptr<smtp::Client> client, Done done) {
    boost::system::error_code error;
    Tcp::resolver resolver(io_);
    const auto found = co_await resolver.async_resolve(
        settings->host, settings->port,
        boost::asio::redirect_error(boost::asio::use_awaitable, error));
    std::shared_ptr<Channel> channel;
    const auto watch = std::make_shared<Watch>(io_.get_executor());
    for (const auto& entry : found) {
        const auto socket = std::make_shared<StreamSocket>(io_);
        error.clear();
        watch->arm(connect_timeout, [socket] {
            boost::system::error_code ignored;
            socket->close(ignored);
        });
        const boost::asio::generic::stream_protocol::endpoint to(entry.endpoint());
        co_await socket->async_connect(
            to, boost::asio::redirect_error(boost::asio::use_awaitable, error));
        watch->disarm();
        if (!error) {
            channel = std::make_shared<Channel>(std::move(*socket));
            break;
        }
    }
    if (channel == nullptr) {
        client->closed(fmt::format("the mail server at {}:{} cannot be reached: {}", settings->host,
                                   settings->port, error ? error.message() : "no address"));
    }
    while (!client->finished()) {
        watch->arm(client->timeout(), [channel] { channel->close(); });
        std::string output = client->take_output();
        if (!output.empty()) {
            const bool written = co_await channel->send(std::move(output));
            if (!written) {
                client->closed("the connection to the mail server broke");
                break;
            }
        }
        if (client->wants_tls()) {
            bool shaken = false;
            if (settings->certificates != nullptr) {
                shaken = co_await channel->connect_tls(settings->certificates, settings->host);
            }
            if (!shaken) {
                client->closed("no TLS with the mail server: " + channel->last_error());
                break;
            }
            client->tls_started();
            continue;
        }
        const std::string_view input = co_await channel->receive();
        if (input.empty()) {
            client->closed("the mail server ended the connection");
            break;
        }
        client->feed(input);
    }
    watch->disarm();
    if (channel != nullptr) {
        channel->send_now(client->take_output());
        channel->close();
    }
    done(client->statuses());
}

} // namespace mailcast::net
