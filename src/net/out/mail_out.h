// Turns what a person says into mail in the outbox: composes it, keeps a copy in her own log, and ties the answer to
// what it answers, so that the thread goes on here (DESIGN 3).  Hub thread; lives as long as the server.
#pragma once

#include "base/id.h"
#include "chat/hub.h"
#include "chat/mail_out.h"
#include "delivery/directory.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <string>

namespace mailcast::net {

class MailOut : public chat::MailOut {
  public:
    static constexpr std::size_t longest_text = 1U << 20; // octets of one letter

    struct Parts {
        store::Store& store;
        chat::Hub& hub;
        std::function<void(std::function<void()>)> post; // runs a function on the hub thread
        std::function<base::MessageId(base::Time)> next_id;
        std::function<std::shared_ptr<const delivery::Directory>()> directory;
        std::function<std::string()> domain;  // of our persons' addresses
        std::function<std::string()> refuses; // why nothing can be taken now; "" when it can
        std::function<void()> outbox_changed;
    };

    explicit MailOut(Parts parts) : parts_(std::move(parts)) {}

    void write(Letter letter, std::function<void(std::string)> done) override;

  private:
    void compose(const Letter& letter, const store::StoredMail* answered,
                 const std::function<void(std::string)>& done);

    void get_to_know(chat::EntityId person, const std::string& address);

    Parts parts_;
};

} // namespace mailcast::net
