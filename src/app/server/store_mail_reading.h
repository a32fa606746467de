// chat::MailReading over the store: a mail is read and parsed on the store's reader thread, where nothing but other
// readings waits for it, and the answer is brought back to the hub thread.  Hub thread; outlives the fronts.
#pragma once

#include "chat/mail_reading.h"
#include "delivery/directory.h"
#include "delivery/policy.h"
#include "store/store.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::app {

class StoreMailReading : public chat::MailReading {
  public:
    struct Parts {
        store::Store& store;
        std::function<void(std::function<void()>)> post; // runs a function on the hub thread
        std::function<std::shared_ptr<const delivery::Directory>()> directory;
        // True when the entity has written to this sender before.
        delivery::IsKnown is_known;
    };

    explicit StoreMailReading(Parts parts) : parts_(std::move(parts)) {}

    chat::OwnWords own_words(std::string_view text) const override;
    std::string field_text(std::string_view raw) const override;
    void read(base::MessageId id,
              std::function<void(std::shared_ptr<const chat::MailRead>)> done) override;
    std::vector<std::string> rules(chat::EntityId entity) const override;
    std::string let_in_by(const chat::Note& note, chat::EntityId entity) const override;

  private:
    Parts parts_;
};

// What a reader may see of a stored mail.  Pure; any thread.
std::shared_ptr<const chat::MailRead> mail_read(const store::StoredMail& mail);

} // namespace mailcast::app
