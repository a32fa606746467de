// Tells persons who are away long, at their mail addresses elsewhere, what waits for them here (rule `digest`, setting
// digest.after): one mail for each absence, by the outbox and the smarthost.
//
// She is away long when no client of hers is linked, and what she has not read is that old.  An absence is known by how
// far she has read: as long as that stays the same she is told once, over restarts and crashes as well.  The mail has the
// null reverse-path and says that nobody wrote it, so nothing answers it; an address that leads back here gets none.
//
// Hub thread; lives as long as the server.
#pragma once

#include "base/id.h"
#include "base/time.h"
#include "chat/hub.h"
#include "delivery/directory.h"
#include "store/store.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace mailcast::net {

class Digests {
  public:
    static constexpr std::size_t most_read = 200; // entries of a log that are looked at

    struct Parts {
        store::Store& store;
        chat::Hub& hub;
        std::function<void(std::function<void()>)> post; // runs a function on the hub thread
        std::function<base::MessageId(base::Time)> next_id;
        std::function<std::shared_ptr<const delivery::Directory>()> directory;
        std::function<std::string()> domain;  // of our persons' addresses
        std::function<std::string()> refuses; // why nothing can be sent now; "" when it can
        std::function<void(const chat::Relation&)> remember;
        std::function<void()> outbox_changed;
    };

    explicit Digests(Parts parts) : parts_(std::move(parts)) {}

    ~Digests() { *alive_ = false; }

    Digests(const Digests&) = delete;
    Digests& operator=(const Digests&) = delete;

    void use(std::chrono::seconds after) { after_ = after; }

    // Every second or so.
    void tick(base::Time now);

    // From tick() until all have been looked at.
    bool is_looking() const { return looking_; }

  private:
    struct Absence {
        chat::EntityId person = 0;
        std::string address;
        chat::Sequence read = 0;
    };

    void next();
    void look(const std::shared_ptr<Absence>& absence);
    void looked(const std::shared_ptr<Absence>& absence,
                const std::vector<store::LogEntry>& entries);
    void send(const std::shared_ptr<Absence>& absence,
              std::vector<std::shared_ptr<const chat::Note>> notes, bool more);
    bool leads_elsewhere(const std::string& address) const;

    // Runs `then` on the hub thread with the value, or goes on with the next person.
    template <typename Value>
    store::Completion<Value> answer(std::function<void(Value)> then);

    Parts parts_;
    std::chrono::seconds after_{std::chrono::days{3}};
    std::deque<Absence> queue_; // those to be looked at; one at a time
    bool looking_ = false;
    base::Time next_look_{};
    base::Time now_{};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // answers may come after the end
};

} // namespace mailcast::net
