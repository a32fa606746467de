#include "net/out/smarthost.h"

#include "net/channel.h"
#include "net/dial.h"

#include <algorithm>
#include <utility>

namespace mailcast::net {

namespace {

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
    talks_.begin(io_, [this, settings = settings_, client, done = std::move(done)] {
        return talk(settings, client, done);
    });
}

boost::asio::awaitable<void> Smarthost::talk(std::shared_ptr<const Settings> settings,
                                             std::shared_ptr<smtp::Client> client, Done done) {
    const std::string host = settings->host;
    const std::string port = settings->port;
    const boost::asio::any_io_executor executor = io_.get_executor();
    const Dialled dialled = co_await dial(executor, host, port);
    const std::shared_ptr<Channel> channel = dialled.channel;
    const auto watch = std::make_shared<Alarm>(io_.get_executor());
    if (channel == nullptr) {
        client->closed(dialled.why);
    }
    bool told = false;
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
        // Who waits hears at once, and not when the server has said goodbye: until then it would be sent again after a crash.
        if (!told && !client->statuses().empty()) {
            told = true;
            done(client->statuses());
        }
    }
    watch->disarm();
    if (channel != nullptr) {
        channel->send_now(client->take_output());
        channel->close();
    }
    if (!told) {
        done(client->statuses());
    }
}

} // namespace mailcast::net
