// What all IRC clients of this node share: the parts they speak to, who of them is here, who watches whom.
// Hub thread; outlives the clients, Talk and the other parts outlive it.
#pragma once

#include "chat/held.h"
#include "chat/mail_out.h"
#include "chat/mail_reading.h"
#include "chat/talk.h"
#include "front/irc/render.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace mailcast::front {

class IrcElsewhere;
class IrcFront;

class IrcClients {
  public:
    struct Parts {
        chat::Talk& talk;
        chat::MailReading* reading = nullptr; // null: a mail is what its note says, and no words
        chat::MailOut* mail_out = nullptr;    // null: mail does not go out from here
        chat::Held* held = nullptr;           // null: nothing is held here
        IrcElsewhere* elsewhere = nullptr;    // null: nobody of other nodes can be told something
        std::string version;                  // "mailcast-0.1.0"
        // Where an attachment can be had; "" or no function: names and sizes only.
        std::function<std::string(const chat::Note&, std::size_t attachment)> link{};
    };

    explicit IrcClients(Parts parts);
    ~IrcClients();
    IrcClients(const IrcClients&) = delete;
    IrcClients& operator=(const IrcClients&) = delete;

    const Parts& parts() const { return parts_; }

    void set_held(chat::Held* held) { parts_.held = held; }

    chat::Talk& talk() { return parts_.talk; }

    const chat::Hub& hub() const { return parts_.talk.hub(); }

    const IrcRendering& rendering() const { return rendering_; }

    base::Time started() const { return started_; }

    // The nick that listens to words about mail: one that no person has.
    std::string service_nick() const;
    std::string service_prefix() const;

    // A person by her nick here; nullptr when nobody of ours is called so.
    const chat::Entity* person_of_nick(std::string_view nick) const;
    const chat::Entity* place_of_channel(std::string_view channel) const;

    // How she calls herself in full (SETNAME, USER); her display name without that.
    std::string real_name(const chat::Entity& person) const;
    void set_real_name(chat::EntityId person, std::string name);

    // Registered clients.
    void add(IrcFront& client);
    void remove(IrcFront& client);

    const std::vector<IrcFront*>& clients_of(chat::EntityId person) const;

    const std::unordered_set<IrcFront*>& all() const { return all_; }

  private:
    void presence_changed(const chat::Entity& person, const chat::Presence& presence);

    Parts parts_;
    IrcRendering rendering_;
    base::Time started_;
    std::unordered_set<IrcFront*> all_;
    std::unordered_map<chat::EntityId, std::vector<IrcFront*>> by_person_;
    std::unordered_map<chat::EntityId, std::string> real_names_; // of those who are here
    std::unordered_map<chat::EntityId, chat::Presence> known_;   // as last told
};

} // namespace mailcast::front
