// The conversation of one IRC client with the node: registration, channels, talk, questions, what was missed and what
// comes live.  The same persons, places and logs as on every other door (DESIGN 5.9).
//
// Hub thread, owned by its circuit, which passes it every octet that came and asks it now and then (tick) what else is
// to be done.  Pure: octets in, octets out through IrcOutput, questions to the Backing; the time comes with the octets.
// Errors are numerics or standard replies; nothing that a client sends ends more than its own circuit.
//
// When an entry counts as taken (decision 0010): at QUIT and PART, when all had been written; at the PONG to a PING
// that was sent behind it; or when the peer's system acknowledged it and nothing went wrong for acknowledged_age.
// A client with draft/chathistory asks for what it missed by itself: it gets no replay and moves no cursor.
//
// The files answer, registration, sasl, channel, owner, talk, query and history hold what belongs to these families.
// RFC 2812, modern.ircdocs.horse, IRCv3.
#pragma once

#include "chat/feed.h"
#include "chat/talk.h"
#include "front/irc/clients.h"
#include "front/irc/render.h"
#include "front/words/words.h"
#include "irc/capability.h"
#include "irc/line.h"
#include "irc/line_reader.h"
#include "irc/message.h"
#include "irc/name.h"
#include "irc/sasl.h"
#include "irc/scram.h"
#include "irc/token_bucket.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::front {

struct IrcCommandRow;

// The circuit's side; outlives the front or calls its disconnected().
class IrcOutput {
  public:
    virtual ~IrcOutput() = default;
    virtual void send(chat::SharedBytes bytes) = 0;
    virtual std::size_t queued() const = 0; // octets that wait to be written
    virtual void close() = 0;               // when what waits has been written

    virtual void resume() {} // what was held back is through: read on
};

// Not offline, and away in the sense of IRC.
constexpr bool is_away(const chat::Presence& presence) {
    return presence.availability > chat::availability_offline && presence.availability <= 3;
}

class IrcFront : public chat::Feed::Reader, public std::enable_shared_from_this<IrcFront> {
  public:
    using Moment = std::chrono::steady_clock::time_point;

    struct Options {
        bool passwords = true; // the circuit is TLS or near enough for a password in clear
        std::string peer{};    // the address it comes from
        std::size_t send_queue = 1U << 20; // octets; above it a client falls behind
        // Octets; a client that asks and does not read the answers is closed above it.
        std::size_t most_queued = 8U << 20;
        int password_attempts = 5;
        std::size_t channels = 500;
        std::chrono::seconds ping_after{120}; // of silence
        std::chrono::seconds ping_timeout{120};
        std::chrono::seconds confirm_every{5};
        std::chrono::seconds acknowledged_age{120};
        std::uint32_t burst = 100;           // commands at once
        std::chrono::milliseconds pace{200}; // then one each
    };

    static constexpr std::size_t most_monitored = 100;
    static constexpr std::size_t most_history_lines = 100; // messages in one answer to CHATHISTORY
    static constexpr std::size_t multiline_octets = 16'000;
    static constexpr std::size_t multiline_lines = 200;

    // `clients` outlives the front; `output` does or disconnected() is called.
    IrcFront(IrcClients& clients, IrcOutput& output, Options options);
    ~IrcFront() override;
    IrcFront(const IrcFront&) = delete;
    IrcFront& operator=(const IrcFront&) = delete;

    void receive(std::string_view input, Moment now);

    // It has sent more than it may, or what cannot be answered before something else is: read no more until
    // IrcOutput::resume().
    bool is_waiting() const { return !held_.empty(); }

    // Something was written: there may be room again.
    void drained();

    // Every second or so.
    void tick(Moment now, bool all_acknowledged);

    // The peer is gone; nothing more is sent or asked.
    void disconnected();

    // The server is going.
    void shut_down();

    bool registered() const { return person_.has_value(); }

    // A password is being checked: that it takes long is not the client's fault.
    bool is_checked() const { return registration_ != nullptr && registration_->checking; }

    // 0 before registration.
    chat::EntityId person() const { return person_ ? person_->id : 0; }

    // Feed::Reader
    void show(const chat::Feed& feed, const chat::Cast& cast, bool replayed) override;
    bool has_room() const override;
    void caught_up(const chat::Feed& feed, std::size_t count) override;
    void hear(const chat::Feed& feed, const chat::Announcement& announcement) override;

    // What other clients do that this one sees (IrcClients).
    void tell_monitored(const chat::Entity& person, bool here);
    void tell_away(const chat::Entity& person, const chat::Presence& presence);
    void tell_real_name(const chat::Entity& person, const std::string& name);
    void tell_invited(const std::string& prefix, const chat::Entity& guest,
                      const std::string& channel, chat::EntityId place);
    void tell_mode(const std::string& prefix, chat::EntityId place, std::string_view change,
                   std::string_view nick);
    void kicked(const std::string& prefix, chat::EntityId place, std::string_view reason);
    void tell_marker(const std::string& target);

    bool is_in(chat::EntityId place) const;

  private:
    friend const IrcCommandRow* find_irc_command(std::string_view name);
    using Request = irc::Message;

    // From AUTHENTICATE with a mechanism to its end.
    struct SaslState {
        enum class Step { plain, scram_first, scram_final, scram_done };

        Step step = Step::plain;
        irc::SaslPieces pieces;
        irc::ScramExchange scram;
        chat::EntityId person = 0; // of the exchange; 0: nobody is called so
        std::string client;
    };

    // Until registration is complete.
    struct Registration {
        std::string nick;
        std::string user;
        std::string real_name;
        std::string pass;
        std::string client;
        chat::EntityId person = 0; // SASL has said who it is
        bool checking = false;     // a password is being checked
        std::unique_ptr<SaslState> sasl;
    };

    // One log that this client follows, and how far its cursor may be moved.
    struct Following {
        chat::EntityId entity = 0;
        std::string channel; // "" : her own log
        std::string cursor;  // its name in the store
        bool moves = false;  // the cursor is ours to move
        std::shared_ptr<chat::Feed> feed;
        chat::Sequence pinged = 0; // position when the last PING was sent
        chat::Sequence taken = 0;  // where the cursor in the store stands
    };

    // What she said in a place and what has not come back from its log.
    struct Pending {
        chat::EntityId place = 0;
        std::string text;
        std::string label;
    };

    // draft/multiline from the client.
    struct Multiline {
        std::string reference;
        std::string target;
        std::string text;
        std::string command;
        std::string label;
        std::size_t lines = 0;
        bool failed = false;
    };

    // ---- lines and dispatch
    void take_input(std::string_view input);
    bool is_busy() const;
    void resume_input();
    void take_line(std::string_view line);
    void unknown_command(const Request& request);

    void emit(std::string line);
    void line(const irc::Tags& tags, const irc::Line& line);
    void send(const chat::SharedBytes& bytes);
    void flush();
    void reply(std::string_view numeric, std::initializer_list<std::string_view> words,
               std::string_view text);
    void reply(std::string_view numeric, std::initializer_list<std::string_view> words);
    void fail(std::string_view command, std::string_view code,
              std::initializer_list<std::string_view> context, std::string_view text);
    void notice(std::string_view text);
    void end_circuit(std::string_view reason);
    std::string next_reference();

    // Lines that belong to a command with a label: the label goes with whatever answers later.
    std::string take_label() { return std::exchange(label_, {}); }

    void answer_under(std::string label, const std::function<void()>& answer);
    void finish_label();

    bool has(irc::Capability capability) const { return caps_.active().has(capability); }

    bool gone() const { return output_ == nullptr; }

    std::string shown_nick() const;
    std::string own_prefix() const;
    std::string own_account() const;
    const chat::Entity* self() const;
    chat::Speaker speaker() const;

    // ---- registration
    irc::CapabilityOffer offer() const;
    void do_cap(const Request& request);
    void do_pass(const Request& request);
    void do_nick(const Request& request);
    void do_user(const Request& request);
    void do_authenticate(const Request& request);
    void do_ping(const Request& request);
    void do_pong(const Request& request);
    void do_quit(const Request& request);
    void begin_sasl(std::string_view mechanism);
    void take_response(const std::string& response);
    void sasl_plain(const std::string& response);
    void scram_first(const std::string& message);
    void scram_final(const std::string& message);
    void refuse_sasl();
    void send_sasl(std::string_view message);
    static bool is_as_other(std::string_view authorize, std::string_view authenticate);
    static irc::Login login_of(std::string_view text);
    void check_password(const irc::Login& login, std::string password, bool sasl);
    void password_unchecked(bool sasl, std::string label); // nobody had the time
    void password_checked(chat::EntityId person, const std::string& client, bool good, bool sasl,
                          std::string label);
    void try_to_register();
    irc::Login login_by_pass();
    void register_as(const chat::Entity& person);
    void welcome();
    void send_isupport();
    void follow_own_log(chat::Sequence from);

    // ---- channels
    void do_join(const Request& request);
    void do_part(const Request& request);
    void do_topic(const Request& request);
    void do_names(const Request& request);
    void do_mode(const Request& request);
    void do_list(const Request& request);
    void do_invite(const Request& request);
    void do_kick(const Request& request);
    void join(std::string_view channel);
    void joined(chat::EntityId place, chat::Sequence from, const std::string& label);
    void join_mail(const base::MessageId& id);
    void mail_joined(const base::MessageId& id, const chat::Note* mail);
    void part(std::string_view channel, std::string_view reason);
    void leave(chat::EntityId place, const std::string& detail);
    void leave_all(const std::string& detail);
    void send_topic(const chat::Entity& place, bool also_none);
    void send_names(std::string_view channel);
    void list_names(std::string_view channel, const std::vector<std::string>& names);
    std::string name_in_list(const chat::Entity& place, const chat::Occupant& one) const;
    void channel_mode(const Request& request, const chat::Entity& place);
    bool refuse(chat::Refusal refusal, std::string_view command, std::string_view target);

    // ---- talk
    void do_privmsg(const Request& request);
    void do_notice(const Request& request);
    void do_tagmsg(const Request& request);
    void do_batch(const Request& request);
    void say(std::string_view target, std::string_view text, bool notice,
             const std::string& answers);
    void say_in_place(const chat::Entity& place, const std::string& text, chat::Manner manner);
    void say_to_person(const chat::Entity& person, const std::string& text, chat::Manner manner);
    void say_about_mail(const base::MessageId& id, std::string_view target, const std::string& text,
                        chat::Manner manner);
    void say_to_service(const std::string& text, bool as_notice);
    void say_to_sender(std::string_view target, const std::string& text, bool action,
                       const std::string& answers);
    void say_elsewhere(std::string_view target, const std::string& uniform, const std::string& text,
                       bool action);
    void service_says(const std::vector<std::string>& lines, bool as_notice,
                      std::string_view prefix);
    bool take_pending(const chat::Note& note, chat::EntityId place, std::string& label);

    // ---- questions
    void do_who(const Request& request);
    void do_whois(const Request& request);
    void do_whowas(const Request& request);
    void do_userhost(const Request& request);
    void do_ison(const Request& request);
    void do_lusers(const Request& request);
    void do_motd(const Request& request);
    void do_version(const Request& request);
    void do_time(const Request& request);
    void do_away(const Request& request);
    void do_setname(const Request& request);
    void do_monitor(const Request& request);
    void do_help(const Request& request);
    void who_line(std::string_view channel, const chat::Occupant& one, bool owner,
                  std::string_view fields, std::string_view token);
    void send_motd();
    void send_lusers();
    bool is_monitored(std::string_view nick) const;

    // ---- history
    struct HistoryRequest;

    struct HistoryEnd {
        base::Time time{};
        base::MessageId id{};
        bool is_exact = false; // id says where in that millisecond
        bool open = false;     // no end
    };

    void do_chathistory(const Request& request);
    void do_markread(const Request& request);
    void send_history(const std::shared_ptr<HistoryRequest>& asked,
                      std::optional<std::vector<chat::LogEntry>> entries);
    void resolve_ends(std::vector<std::string> texts, bool may_be_open,
                      std::function<void(std::optional<std::vector<HistoryEnd>>)> done);
    void resolve_next(const std::shared_ptr<const std::vector<std::string>>& texts,
                      bool may_be_open, const std::shared_ptr<std::vector<HistoryEnd>>& found,
                      std::function<void(std::optional<std::vector<HistoryEnd>>)> done);
    void history_targets(const Request& request);
    void send_targets(std::vector<std::pair<std::string, base::Time>> targets);
    void send_marker(std::string_view target);
    std::string marker_subject(std::string_view target) const;

    // ---- what is followed
    Following* following(chat::EntityId entity);
    Following* following_channel(std::string_view channel);
    void unfollow(chat::EntityId entity, const std::string& detail);
    void take(Following& following, chat::Sequence to);
    void take_all();
    void confirm();
    bool is_shown_already(const chat::Cast& cast);
    IrcView view() const;
    void remember_mail(const chat::Note& note);
    bool in_mail_channel(const base::MessageId& id) const;

    // Notes for several entities go once to a client; so many of the last such ones are known again.
    static constexpr std::size_t remembered_casts = 512;
    static constexpr std::size_t remembered_senders = 16;
    static constexpr std::size_t most_pending = 64;
    static constexpr std::size_t most_mail_channels = 50;

    IrcClients& clients_;
    chat::Talk& talk_;
    IrcOutput* output_; // null when disconnected
    Options options_;
    irc::LineReader reader_;
    irc::TokenBucket bucket_;
    std::string held_;        // input that came too fast, or waits for an answer
    std::size_t joining_ = 0; // channels whose logs are being asked
    irc::Negotiation caps_;
    std::unique_ptr<Registration> registration_; // until it is complete
    std::optional<chat::Entity> person_;         // once registered
    std::string client_;
    int attempts_left_;
    std::vector<Following> following_;
    std::vector<base::MessageId> mail_channels_;
    std::vector<std::string> monitored_; // folded nicks
    std::vector<chat::Sequence> shown_;  // of notes with several recipients, a ring
    std::size_t shown_next_ = 0;
    std::vector<Pending> pending_;
    std::unique_ptr<Multiline> multiline_;
    std::unique_ptr<Words> words_;
    std::optional<base::MessageId> last_mail_;
    std::vector<std::pair<std::string, base::MessageId>> senders_; // nicks and their last mail

    std::string out_;                    // what this wake-up says
    std::vector<std::string> collected_; // the answer to the command with a label_
    std::string label_;
    bool collecting_ = false;
    bool answer_is_batch_ = false; // all that was collected is one batch already
    unsigned depth_ = 0;
    std::uint32_t references_ = 0;

    Moment now_{};
    Moment last_heard_{};
    Moment last_shown_{};
    Moment last_ping_{};
    std::string ping_token_;
    bool pinging_ = false;
    bool ending_ = false;
};

} // namespace mailcast::front
