// The half of the server that sends mail out: the outbox, the smarthost, and what persons write.  Hub thread; owned
// by the Server and ended before its io_context.
#pragma once

#include "app/configuration/configuration.h"
#include "base/id.h"
#include "chat/hub.h"
#include "delivery/directory.h"
#include "front/psyc/exchange.h"
#include "net/out/digests.h"
#include "net/out/mail_out.h"
#include "net/out/outbox.h"
#include "net/out/smarthost.h"
#include "store/store.h"

#include <boost/asio/io_context.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace mailcast::app {

class MailSide {
  public:
    // All outlive it.
    struct Parts {
        boost::asio::io_context& io;
        store::Store& store;
        chat::Hub& hub;
        chat::Backing& backing;
        front::PsycOutside& outside;
        std::function<std::shared_ptr<const delivery::Directory>()> directory;
        std::function<void(std::function<void()>)> post; // runs a function on the hub thread
        std::uint64_t seed = 0;                          // for ids of mails
    };

    MailSide(Parts parts, const Configuration& configuration);
    MailSide(const MailSide&) = delete;
    MailSide& operator=(const MailSide&) = delete;

    // At the start and at a reload; the error names what is wrong, and nothing has changed.
    std::expected<void, std::string> use(const Configuration& configuration);

    // Every second or so.
    void tick() {
        const base::Time now = base::now();
        outbox_.tick(now);
        digests_.tick(now);
    }

    // Nothing more is begun; what is under way may still end.
    void drain() { outbox_.pause(); }

    bool is_idle() const { return outbox_.under_way() == 0; }

    // What is still under way is left.
    void abort() { smarthost_.abort(); }

    net::Outbox& outbox() { return outbox_; }

    const net::Outbox& outbox() const { return outbox_; }

    chat::MailOut& mail_out() { return mail_out_; }

  private:
    net::MailOut::Parts mail_out_parts();
    net::Outbox::Parts outbox_parts();
    net::Digests::Parts digests_parts();
    std::string refuses() const;

    Parts parts_;
    base::MessageIdGenerator ids_;
    std::string domain_;
    net::Smarthost smarthost_;
    net::Outbox outbox_;
    net::MailOut mail_out_;
    net::Digests digests_;
};

} // namespace mailcast::app
