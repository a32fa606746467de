// Carries away what waits in the outbox: mail that came over SMTP and is for other nodes (docs/queue.md).  What
// waits is in the store and survives the program; here is only when it is tried next.  An item leaves the store
// when every target has been taken elsewhere or refused, and of a refusal somebody of ours is told first: the
// sender's person, else the postmaster.
//
// Hub thread; lives as long as the server.  Times are wall-clock: they mean the same after a restart.
#pragma once

#include "chat/backing.h"
#include "chat/hub.h"
#include "mail/status.h"
#include "store/store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::net {

class Outbox {
  public:
    // Takes one item to where it goes; one status per target in their order: 2yz taken for good, 5yz never, 4yz
    // not now.
    using Carrier = std::function<void(const store::OutboxItem& item,
                                       std::function<void(std::vector<mail::Status>)> done)>;

    struct Settings {
        std::chrono::seconds first_pause{60}; // after the first failure; doubles with each
        std::chrono::seconds last_pause{3600};
        std::chrono::seconds give_up{std::chrono::days{5}};
        std::size_t items = 10'000; // that may wait; more are refused where they come in
        std::uint64_t octets = 512U << 20;
        std::size_t at_once = 32; // under way
    };

    struct Parts {
        store::Store& store;
        chat::Hub& hub;
        chat::Backing& backing;
        std::function<void(std::function<void()>)> post; // runs a function on the hub thread
        std::function<base::MessageId(base::Time)> next_id;
        std::function<chat::EntityId()> postmaster; // 0 when there is nobody
    };

    Outbox(Parts parts, Settings settings);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    // Destinations that begin with `scheme` ("psyc:", "mailto:") go by this carrier.
    void set_carrier(std::string scheme, Carrier carrier);

    // Reads what waits; to be called at the start and after something was added to the store.
    void changed();

    // Every second or so: tries what is due.
    void tick(base::Time now);

    // The program ends: nothing more is begun.
    void pause() { paused_ = true; }

    // Items that are being carried.
    std::size_t under_way() const { return under_way_; }

    // All for this destination now: a circuit with it has been opened.  "": everything.
    void retry(std::string_view destination);

    // No room for more: who brings some is told to come again (452 4.3.1).
    bool is_full() const;

    std::size_t waiting() const { return items_.size(); }

    std::uint64_t delivered() const { return delivered_; }

    std::uint64_t failed() const { return failed_; }

    std::chrono::seconds pause_after(std::uint32_t attempts) const;

  private:
    struct Waiting {
        std::string destination;
        base::Time next_try{};
        std::uint64_t octets = 0;
        bool under_way = false;
    };

    void take_list(const std::vector<store::OutboxItem>& items);
    void carry(const store::OutboxItem& item);
    void carried(const std::shared_ptr<store::OutboxItem>& item,
                 std::vector<mail::Status> statuses);
    void tell(const store::OutboxItem& item,
              const std::vector<std::pair<std::string, std::string>>& failures,
              std::function<void(bool)> told);
    void settle(const std::shared_ptr<store::OutboxItem>& item);
    void forget(std::int64_t id);

    Parts parts_;
    Settings settings_;
    std::map<std::string, Carrier> carriers_;
    std::map<std::int64_t, Waiting> items_;
    std::size_t under_way_ = 0;
    std::uint64_t octets_ = 0;
    std::uint64_t delivered_ = 0; // targets
    std::uint64_t failed_ = 0;
    bool paused_ = false;
    bool reading_ = false;
    bool read_again_ = false;
    base::Time now_{};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // answers may come after the end
};

} // namespace mailcast::net
