// What persons can do in chat, whatever protocol they speak: say, tell, come, go, set topics, be present, be
// friends, look back.  The one place where these are decided; fronts turn bytes into calls of it and Refusals
// and Events into bytes.
//
// Hub thread only.  What is said is appended to the logs first and published when it is on disk; what is only
// told (Event) goes at once.  Reads no clock: `now` is passed in.  Hub and Backing outlive it.
// reference: psyc-protocol 6.2 to 6.5, 7, 9.
#pragma once

#include "base/id.h"
#include "base/time.h"
#include "chat/backing.h"
#include "chat/hub.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mailcast::chat {

// Who does something, as the circuit that he came by has verified.
struct Speaker {
    std::string uniform; // normalised
    std::string nick;    // as he calls himself; shown only if nobody of ours is called so
    EntityId person = 0; // of ours; 0: somebody elsewhere
};

// How something is said.
enum class Manner {
    plain,
    action, // the text is what the speaker does
    notice, // nothing automatic may answer it
};

enum class Refusal {
    none,
    empty,      // there is nothing to say
    too_long,   // more than longest_talk or longest_topic
    no_member,  // he is not in the place, or no visible recipient of the mail
    no_owner,   // only an owner may
    unknown,    // there is no such mail, or friendship
    full,       // a bound of relations
    not_stored, // the store did not take it: he may try again
};

inline constexpr std::size_t longest_talk = 32'000;     // octets of what is said at once
inline constexpr std::size_t longest_topic = 400;       // octets
inline constexpr std::size_t longest_description = 200; // octets of what goes with presence
inline constexpr std::size_t usual_history = 15;        // entries, when no number is given
inline constexpr std::size_t most_history = 1000;       // entries, looked at and shown
inline constexpr std::size_t most_asked = 64;    // questions about the past that wait, of one asker
inline constexpr std::size_t most_gone = 20'000; // recipients of mails that are elsewhere alone
inline constexpr std::size_t most_announced =
    500; // occupants; in a place with more, nobody is told who comes and goes

// Availabilities of psyc-protocol 6.4 that we set ourselves.
inline constexpr int availability_offline = 1;
inline constexpr int availability_here = 7;

struct Presence {
    int availability = availability_offline;
    std::string description; // safe line

    bool operator==(const Presence&) const = default;
};

struct Topic {
    std::string nick; // who set it
    std::string text;
};

enum class Friendship { none, asked, offered, mutual };

class Talk {
  public:
    using Done = std::function<void(Refusal)>;

    // What follows from chat for those who are elsewhere.  Outlives the Talk or is taken away again.
    class Elsewhere {
      public:
        virtual ~Elsewhere() = default;
        // For the friends of a person at other nodes.
        virtual void presence_changed(const Entity& person, const Presence& presence,
                                      const std::vector<std::string>& friends) = 0;
        virtual void members_changed(const Entity& place) = 0;
        // Said in the context of a mail of ours: for those of note.elsewhere of that mail.
        virtual void said_about_mail(const Note& note, const std::vector<std::string>& members) = 0;
    };

    struct Parts {
        Hub& hub;
        Backing& backing;
        std::function<base::Time()> now;
        std::uint64_t seed = 0; // of the ids of what is said
        std::string
            keeper; // name of the person who may do in every place what an owner may; "" for nobody
    };

    explicit Talk(Parts parts);

    void set_elsewhere(Elsewhere* elsewhere) { elsewhere_ = elsewhere; }

    // Hears of every change of presence of a person of ours, whoever her friends are; nullptr for nobody.
    using Watcher = std::function<void(const Entity& person, const Presence& presence)>;

    void set_watcher(Watcher watcher) { watcher_ = std::move(watcher); }

    Hub& hub() { return parts_.hub; }

    Backing& backing() { return parts_.backing; }

    base::Time now() const { return parts_.now(); }

    // How a speaker is shown: our persons as they write themselves; of others the nick if it is a plain one
    // that nobody here has, else the uniform.
    std::string shown_name(const Speaker& speaker) const;

    // While a Done is called: the note that it is about; null when nothing was stored.
    const Note* said() const { return said_; }

    // ---- clients -----------------------------------------------------------------------------------

    // A client links (entity is a person) or enters (a place); tells those who care when it is the first
    // of its uniform.
    void join(Member member);

    // `detail` of the leave event when the last client of a uniform goes.
    void part(const std::shared_ptr<Feed>& feed, const std::string& detail = {});

    // ---- talk --------------------------------------------------------------------------------------

    // `done` is called once, not from within unless it is refused at once.
    void say(const Entity& place, const Speaker& speaker, std::string_view text, Manner manner,
             Done done);
    void tell(const Entity& person, const Speaker& speaker, std::string_view text, Manner manner,
              Done done);

    // To all visible recipients of a mail of ours, here and elsewhere, by one of them.  `context` is
    // psyc://host/@mail-ID.
    void say_about_mail(const std::string& context, const Speaker& speaker, std::string_view text,
                        Manner manner, Done done);

    // A mail whose recipients are all elsewhere is in no store of ours: its visible ones may talk about it for as long
    // as it is among the last most_gone that went so, and until the program ends.
    void remember_gone(const Note& mail);

    // The mail that a context of ours belongs to; none for any other uniform.
    std::optional<base::MessageId> mail_of(std::string_view context) const;

    // Something that came whole from elsewhere for persons of ours.  `once` as Backing::append.
    void deliver(std::shared_ptr<Note> note, std::string once, std::function<void(bool)> stored);

    using Recalled = std::function<void(std::optional<std::vector<LogEntry>>)>;

    // Entries of a log, the newest of those that contain `match` ("": all), oldest first.  All who ask share one
    // reader: what one `asker` asks is answered one after the other, and beyond most_asked nullopt at once.
    void history(const std::string& asker, const Entity& entity, std::size_t amount,
                 std::string match, Recalled done);

    // ---- places ------------------------------------------------------------------------------------

    // Somebody elsewhere becomes a member of a place of ours, for as long as he does not leave.
    Refusal admit(const Entity& place, const Speaker& speaker);

    // False when he was none.
    bool dismiss(const Entity& place, const std::string& uniform, const std::string& detail = {});

    // The circuit with a node was lost, or is there again: those in our places hear that its members went or came.
    void node_left(const std::string& node);
    void node_returned(const std::string& node);

    std::optional<Topic> topic(const Entity& place) const;
    Refusal set_topic(const Entity& place, const Speaker& speaker, std::string_view text);

    // Owners may all; where there is none, any person of ours may set the topic.
    bool is_owner(const Entity& place, const Speaker& speaker) const;
    Refusal set_owner(const Entity& place, const Speaker& speaker, const std::string& person,
                      bool owns);

    // `done` hears "" or what is wrong with the rule; the Refusal says whether it was asked at all.
    Refusal set_rule(const Entity& entity, const Speaker& speaker, std::string key,
                     std::string value, std::function<void(std::string)> done);

    // ---- presence and friends ----------------------------------------------------------------------

    void set_presence(const Entity& person, int availability, std::string_view description);

    Presence presence_of(EntityId person) const;

    // Friends at this node who are here, as presence events about `person`.
    std::vector<Event> friends_here(const Entity& person) const;

    // Those who would like to be her friends, as friendship events about `person`.
    std::vector<Event> friendships_offered(const Entity& person) const;

    // What a friend elsewhere told of himself; false when he is no friend of hers.
    bool hear_presence(const Entity& person, const Speaker& other, int availability,
                       std::string_view description);

    // Last heard of somebody elsewhere.
    int heard_availability(const std::string& uniform) const;

    Friendship friendship(EntityId person, std::string_view other) const;

    // Her wish; for a person of ours as `other` both sides are done at once.  The new state.
    Friendship ask_friendship(const Entity& person, const std::string& other);

    // Somebody else's wish; tells her.
    Friendship offer_friendship(const Entity& person, const Speaker& other);

    // False when there was nothing to end.
    bool end_friendship(const Entity& person, const std::string& other, bool tell_her);

    // Uniforms of her mutual friends.
    std::vector<std::string> friends(EntityId person) const;

    // That she has written to somebody: he is known to her rules from now on.
    void know(EntityId person, const std::string& uniform);

    bool remember(Relation relation);
    bool forget(EntityId entity, RelationKind kind, const std::string& subject);

  private:
    void announce_members_of(const std::string& node, EventKind kind);
    std::shared_ptr<Note> spoken(const Speaker& speaker, std::string text, Manner manner);
    void append(std::shared_ptr<const Note> note, Done done);

    struct Question { // about the past
        EntityId entity = 0;
        std::size_t amount = 0;
        std::string match;
        Recalled done;
    };

    void ask_next(const std::string& asker);
    void told_presence(const Entity& person);
    void announce_in(const Entity& place, EventKind kind, const Occupant& who,
                     const std::string& detail, const Feed::Reader* except = nullptr);

    Parts parts_;
    Elsewhere* elsewhere_ = nullptr;
    Watcher watcher_;
    const Note* said_ = nullptr;
    base::MessageIdGenerator ids_;
    std::unordered_map<EntityId, Presence> presence_; // of those who are here

    struct Gone {
        base::MessageId mail;
        std::vector<std::string> elsewhere;
    };

    std::deque<Gone> gone_; // oldest first
    std::size_t gone_recipients_ = 0;
    std::unordered_map<std::string, std::deque<Question>>
        questions_;                              // by asker; the first is under way
    std::unordered_map<std::string, int> heard_; // of those elsewhere; bounded by most_relations
};

} // namespace mailcast::chat
