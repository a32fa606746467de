// The conversation of one PSYC client circuit: link to a person, the places this client is in, what was
// missed, what comes live.  All else that a client asks for is for PsycEntities.  Both generations.
// reference: psyc-protocol 6, 7; DESIGN 5.7, 5.9.
//
// Hub thread, owned by its circuit, whose PsycSession passes it every packet, and which asks it now and then
// (tick) what else is to be done.  Pure: packets in, packets out through the session, questions to the Backing.
//
// When an entry counts as taken: at _request_unlink, at the answer to a ping that was sent behind it, or
// when the peer's system acknowledged it and nothing went wrong for acknowledged_age.  What is not taken
// is shown again at the next link: better twice after an accident than never.
#pragma once

#include "chat/feed.h"
#include "chat/talk.h"
#include "front/psyc/entities.h"
#include "front/psyc/session.h"
#include "psyc/renderer.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {

class PsycFront : public chat::Feed::Reader,
                  public PsycSession::Conversation,
                  public std::enable_shared_from_this<PsycFront> {
  public:
    using Moment = PsycSession::Moment;

    struct Options {
        bool passwords = true; // the circuit is TLS or near enough for a password in clear
        std::string peer{};    // the address it comes from
        std::size_t send_queue = 1U << 20; // octets; above it a client falls behind
        // Octets; a client that asks and does not read the answers is closed above it.
        std::size_t most_queued = 8U << 20;
        int password_attempts = 5;
        std::size_t places = 1000;
        std::chrono::seconds ping_after{60};
        std::chrono::seconds acknowledged_age{120};
        // Without a link, in no place, and silent: nothing will ever be shown there, and the circuit has a
        // place that others may need.
        std::chrono::seconds stranger_time{300};
        // Packets; a client enters all its places at once, and then says what a person can say.
        PsycSession::Pace pace{.each = std::chrono::milliseconds(20), .at_once = 1000};
        // The session was held and goes on; its circuit may be read again.
        std::function<void()> resume{};
    };

    // `entities` outlives the front; `session` does or disconnected() is called.
    PsycFront(PsycEntities& entities, PsycSession& session, Options options);
    ~PsycFront() override;

    // PsycSession::Conversation
    void take(const psyc::Packet& packet) override;
    void pong() override;

    // Something was written: there may be room again.
    void drained();

    // Every second or so.
    void tick(Moment now, bool all_acknowledged);

    // The peer is gone; nothing more is sent or asked.
    void disconnected();

    bool linked() const { return person_.has_value(); }

    // The uniform of the person; "" without a link.
    std::string identification() const;

    // Feed::Reader
    void show(const chat::Feed& feed, const chat::Cast& cast, bool replayed) override;
    bool has_room() const override;
    void caught_up(const chat::Feed& feed, std::size_t count) override;
    void hear(const chat::Feed& feed, const chat::Announcement& announcement) override;

  private:
    struct Request;
    struct Command;

    // One log that this client follows, and how far its cursor may be moved.
    struct Following {
        chat::Entity entity;
        std::string uniform;
        std::string cursor; // its name in the store
        std::shared_ptr<chat::Feed> feed;
        chat::Sequence pinged = 0; // position when the last ping was sent
        chat::Sequence taken = 0;  // where the cursor in the store stands
    };

    struct Asked { // a _request_link that waits for its password
        chat::EntityId person = 0;
        std::string client;
        std::string tag;
    };

    bool to_own_circuit(const Request& request, const chat::Entity& entity);
    PsycSender sender() const;
    PsycInside::Answer answering();

    void request_link(const Request& request, const chat::Entity& person);
    void set_password(const Request& request, const chat::Entity& person);
    void check_password(const chat::Entity& person, std::string password, Asked asked);
    void password_checked(const Asked& asked, chat::PasswordAnswer answer);
    void refuse_entry(const std::string& place, const std::string& tag, const std::string& name,
                      bool later);
    void link(const Asked& asked);
    void show_friends();
    bool is_forgotten_stranger() const;
    void unlink(const Request& request, const chat::Entity& person);
    void command(const Request& request, const chat::Entity& person);
    void enter(const Request& request, const chat::Entity& place);
    void entered(const chat::Entity& place, const std::string& tag, chat::Sequence from,
                 std::string cursor);
    void leave(const Request& request, const chat::Entity& place);

    Following* following(chat::EntityId entity);
    void follow(Following following, std::string nick, std::string uniform);
    void unfollow(chat::EntityId entity, const std::string& detail = {});
    void leave_all(const std::string& detail);
    bool is_shown_already(const chat::Cast& cast);
    void take(Following& following, chat::Sequence to);
    void take_all();

    void reply(std::string_view source, const std::string& tag,
               std::vector<std::pair<std::string, std::string>> variables, std::string_view method,
               std::string_view body);

    bool gone() const { return session_ == nullptr; }

    psyc::Generation generation() const { return session_->generation(); }

    const std::string& location() const { return session_->options().location; }

    // A note for several entities goes once over a circuit; so many of the last such ones are known again.
    static constexpr std::size_t remembered_casts = 64;

    PsycEntities& entities_;
    chat::Talk& talk_;
    chat::Hub& hub_;
    chat::Backing& backing_;
    PsycSession* session_; // null when disconnected
    Options options_;
    std::optional<Asked> asked_;
    std::optional<chat::Entity> person_; // linked to
    std::string client_;
    int attempts_left_;
    std::map<chat::EntityId, Following> following_;
    Moment now_{};
    Moment last_sent_{};
    std::deque<chat::Sequence> shown_; // of notes with several recipients
};

} // namespace mailcast::front
