// What our persons, places, contexts of mails and the root do with packets that are for them, wherever these
// come from: linked clients of ours and other nodes alike.  What is decided is chat::Talk's; here packets
// become calls of it and its answers become letters.  reference: psyc-protocol 4.4, 4.5, 5, 6, 7, 9.
//
// Hub thread; lives as long as the server.  Methods that are not known are tried by what they inherit from.
// An error is never answered with an error.  A letter with a tag gets its answer with that tag; an answer to a
// letter of ours is believed only with a tag that was issued for that very entity.
//
// Parts of it: entities.cpp (who is addressed, the root), person.cpp (a person, from others),
// place.cpp (a place, the context of a mail), command.cpp (a person, from her own clients),
// elsewhere.cpp and cast_in.cpp (our persons and what is at other nodes), mail_out.cpp (persons
// who write mail), words.cpp (the words about mail).
#pragma once

#include "chat/held.h"
#include "chat/mail_out.h"
#include "chat/mail_reading.h"
#include "chat/talk.h"
#include "front/psyc/exchange.h"
#include "psyc/packet.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailcast::front {

// What a command leaves for the client's own circuit to do.
struct PsycDeed {
    enum class Kind { none, enter, leave, unlink, quit };
    Kind kind = Kind::none;
    const chat::Entity* place = nullptr; // of enter and leave
};

class PsycEntities final : public PsycInside, public chat::Talk::Elsewhere {
  public:
    struct Options {
        std::string implementation;           // "mailcast/0.1.0"
        base::Time started{};                 // of the program
        std::function<std::string()> new_tag; // unguessable, never the same again
        std::size_t most_waiting =
            10'000; // letters of ours that wait for an answer; the oldest is forgotten
    };

    // `talk` outlives this.
    PsycEntities(chat::Talk& talk, Options options);
    ~PsycEntities() override;
    PsycEntities(const PsycEntities&) = delete;
    PsycEntities& operator=(const PsycEntities&) = delete;

    // Without it nothing reaches another node, and whoever asks is told so.
    void set_outside(PsycOutside* outside) { outside_ = outside; }

    // Called with the root of a node when a circuit with it has opened: what waits for it can go.
    void set_opened(std::function<void(std::string_view)> opened) { opened_ = std::move(opened); }

    // Without it nobody writes mail, and whoever tries is told so.
    void set_mail_out(chat::MailOut* mail_out) { mail_out_ = mail_out; }

    // Without them the words about mail are not answered.  Both outlive this.
    void set_words(chat::MailReading* reading, chat::Held* held) {
        reading_ = reading;
        held_ = held;
    }

    chat::Talk& talk() { return talk_; }

    // PsycInside.  Packets of linked clients of ours come here, too, but for what concerns their circuit.
    void receive(const PsycSender& sender, const psyc::Packet& packet,
                 const Answer& answer) override;
    void receive_cast(std::string_view context, const psyc::Packet& packet,
                      std::function<void(bool)> stored) override;
    void node_opened(std::string_view node) override;
    void node_lost(std::string_view node) override;
    void mail_taken(std::string_view context, const std::vector<std::string>& persons) override;

    // A command of a linked client to its own person: _request_do_*, _request_execute, _request_input.
    PsycDeed command(const PsycSender& sender, const psyc::Packet& packet, const Answer& answer);

    // The answer to somebody who has entered a place: its members, topic and his duty in it.
    PsycLetter entered(const chat::Entity& place, const PsycSender& sender,
                       std::string_view suffix) const;

    // At most three of what was said last, for who has just entered and asks for `amount` of it; each with its time.
    void recent_of(const chat::Entity& place, const PsycSender& sender, std::string_view amount,
                   const Answer& answer);

    // "_status_place_topic", for who has just entered; none without a topic.
    std::optional<PsycLetter> topic_of(const chat::Entity& place) const;

    // chat::Talk::Elsewhere
    void presence_changed(const chat::Entity& person, const chat::Presence& presence,
                          const std::vector<std::string>& friends) override;
    void members_changed(const chat::Entity& place) override;
    void said_about_mail(const chat::Note& note, const std::vector<std::string>& members) override;

  private:
    struct Row; // one line of a table of methods

    // How somebody is answered, also later.
    struct Reply {
        Answer to;
        std::string tag;
        bool is_complaint = false; // what is answered is one itself: no other goes back

        void operator()(const std::string& source, PsycLetter letter) const;
    };

    // A packet with who sent it.
    struct Request {
        const PsycSender& sender;
        const psyc::Packet& packet;
        std::string_view method;
        Reply reply;

        std::string_view text_of(std::string_view name) const { return packet.text_of(name); }
    };

    // What a letter of ours waits for.
    struct Waiting {
        enum class Kind { receipt, enter, question };
        Kind kind = Kind::question;
        chat::EntityId person = 0;
        std::string target; // who may answer
        std::string text{}; // of a receipt
        bool action = false;
        Reply reply{}; // to the client that wanted it
        base::Time since{};
    };

    using Handler = void (PsycEntities::*)(const Request&, const chat::Entity&);

    void run(std::span<const Row> rows, const Request& request, const chat::Entity& entity);
    void to_root(const Request& request);
    void to_person(const Request& request, const chat::Entity& person);
    void to_place(const Request& request, const chat::Entity& place);
    void to_mail(const Request& request, const std::string& context);
    void to_elsewhere(const Request& request, const std::string& target);

    // persons
    void person_message(const Request& request, const chat::Entity& person);
    void person_friendship(const Request& request, const chat::Entity& person);
    void person_friendship_established(const Request& request, const chat::Entity& person);
    void person_friendship_removed(const Request& request, const chat::Entity& person);
    void person_presence(const Request& request, const chat::Entity& person);
    void person_status(const Request& request, const chat::Entity& person);
    void person_received_email(const Request& request, const chat::Entity& person);
    void person_foreign(const Request& request, const chat::Entity& person);
    void person_refuses(const Request& request, const chat::Entity& person);
    void describe(const Request& request, const chat::Entity& entity);
    void version(const Request& request, const chat::Entity& entity);
    void ping(const Request& request, const chat::Entity& entity);
    void unknown(const Request& request, const chat::Entity& entity);

    void ignore(const Request&, const chat::Entity&) {}

    // places
    void place_enter(const Request& request, const chat::Entity& place);
    void place_leave(const Request& request, const chat::Entity& place);
    void place_message(const Request& request, const chat::Entity& place);
    void place_members(const Request& request, const chat::Entity& place);
    void place_topic(const Request& request, const chat::Entity& place);
    void place_set_topic(const Request& request, const chat::Entity& place);
    void place_status(const Request& request, const chat::Entity& place);
    void place_history(const Request& request, const chat::Entity& place);
    void place_set(const Request& request, const chat::Entity& place);
    void place_owner(const Request& request, const chat::Entity& place);
    bool may_look(const Request& request, const chat::Entity& place);
    void send_history(const PsycSender& asker, const Reply& reply, const chat::Entity& entity,
                      std::size_t amount, std::string match, std::string end_method);
    PsycLetter members_of(const chat::Entity& place) const;

    // commands; each is given its arguments already taken out of the packet or the line
    struct Command;
    struct Given;
    PsycDeed do_command(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_tell(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_say(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_act(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_enter(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_leave(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_presence(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_away(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_friend(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_unfriend(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_peers(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_log(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_topic(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_members(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_set(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_owner(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_mail(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_reply(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_word(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_help(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_unlink(const Request& request, const chat::Entity& person, const Given& given);
    PsycDeed do_quit(const Request& request, const chat::Entity& person, const Given& given);
    static std::span<const Command> commands();
    PsycDeed talk_to(const Request& request, const chat::Entity& person, std::string_view whom,
                     std::string_view text, bool action);
    const chat::Entity* place_named(const Request& request, std::string_view name);

    static std::string_view whom_of(const Given& given);
    static std::string_view text_of(const Given& given);
    static std::string_view word_of(const Given& given);

    // mail out
    void write_mail(const Request& request, chat::MailOut::Letter letter);
    static bool is_mail_address(std::string_view target);
    void to_mail_address(const Request& request, std::string_view target, std::string_view text);

    // other nodes
    std::string wait(Waiting waiting);
    bool take_answer(const Request& request);
    void tell_elsewhere(const Request& request, const std::string& target, std::string_view text,
                        bool action);
    void say_elsewhere(const Request& request, const std::string& target, std::string_view text,
                       bool action);
    void enter_elsewhere(const Request& request, const std::string& target);
    void leave_elsewhere(const Request& request, const std::string& target);
    void befriend(const Request& request, const chat::Entity& person, const std::string& other);
    void unfriend(const Request& request, const chat::Entity& person, const std::string& other);
    void ask_elsewhere(const Request& request, const std::string& target);
    void send_out(const Request& request, PsycLetter letter);
    void send_out(PsycLetter letter);
    void hear_in_place(std::string_view context, const psyc::Packet& packet,
                       const std::vector<chat::EntityId>& persons);
    bool was_removed(std::string_view context, const psyc::Packet& packet) const;

    // shared
    chat::Hub& hub() const { return talk_.hub(); }

    std::string root() const;
    static chat::Speaker speaker_of(const PsycSender& sender);
    // Nothing for Refusal::none.
    static void refuse(const Reply& reply, const std::string& source, std::string_view place,
                       chat::Refusal refusal);
    chat::Talk::Done refusing(const Request& request, const chat::Entity& entity) const;
    std::optional<std::string> full_uniform(std::string_view name, chat::EntityKind kind) const;

    chat::Talk& talk_;
    Options options_;
    PsycOutside* outside_ = nullptr;
    chat::MailOut* mail_out_ = nullptr;
    chat::MailReading* reading_ = nullptr;
    chat::Held* held_ = nullptr;
    std::function<void(std::string_view)> opened_;
    std::unordered_map<std::string, Waiting> waiting_;
    std::deque<std::string>
        waiting_order_; // oldest first; those answered stay until they are oldest
    // Answers of the Backing may come after the end of this.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Methods of presence to availabilities and back; 0: no presence.
int availability_of(const psyc::Packet& packet);
std::string_view presence_method(int availability);

} // namespace mailcast::front
