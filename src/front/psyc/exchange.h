// Where packets of our entities and of other nodes change hands.  Circuits know only these interfaces: what our
// entities do with a packet is PsycInside, how one gets to another node is PsycOutside, mail between nodes is
// PsycMailDoor.  Hub thread only; all of them live as long as the server.
// reference: psyc-protocol 4 (routing, spoof checks, tags), 7.4 (multicast).
#pragma once

#include "chat/cast.h"
#include "chat/entity.h"
#include "chat/feed.h"
#include "chat/note.h"
#include "mail/status.h"
#include "psyc/packet.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::front {

// A packet as a value: what is kept while it waits for a circuit or an answer.  Variables with "" as value are
// left out, so that optional ones need no case of their own.
struct PsycLetter {
    std::string source{}; // uniform; with a context none
    std::string
        target{}; // uniform; "" for all members of the context; with a context the root of a node:
                  // to the members there, over its circuit and without _target
    std::string context{};      // uniform; "" for none
    std::string source_relay{}; // who it is from really
    std::string tag{};          // asks for an answer
    std::string tag_reply{};    // answers one: goes out as _tag_reply and _tag_relay
    std::string counter{};      // of a packet of a context, on circuits of 1.0 alone
    std::vector<std::pair<std::string, std::string>> variables{};
    std::vector<std::pair<std::string, std::vector<std::string>>> lists{};
    std::string method{};
    std::string body{}; // text of a _message, else a template
};

// Who sent a packet, as the circuit that took it has verified.
struct PsycSender {
    std::string uniform;       // normalised; "psyc://host/~ada" also for a linked client of ours
    std::string nick;          // safe to show; from _nick, or the name in the uniform
    chat::EntityId person = 0; // of ours; 0: somebody elsewhere
    std::string node;          // root uniform of the node it came from; "" for our own clients
    const chat::Feed::Reader* client =
        nullptr; // of ours: is answered, so it is not told what the person's others are
};

// What our entities do with packets that are for them.
class PsycInside {
  public:
    using Answer =
        std::function<void(PsycLetter)>; // `source` is filled in, `target` by the circuit

    virtual ~PsycInside() = default;

    // A packet to the root, a person, a place or the context of a mail of ours (`_target`).
    virtual void receive(const PsycSender& sender, const psyc::Packet& packet,
                         const Answer& answer) = 0;

    // One packet of a context elsewhere (`_context`), for all of our persons who are in it, or for one of them
    // (`_target`).  `stored` is called once it is on disk, or is known not to concern anybody here; false: not
    // now.
    virtual void receive_cast(std::string_view context, const psyc::Packet& packet,
                              std::function<void(bool)> stored) = 0;

    // A circuit with that node was opened anew: our persons in its places enter again.
    virtual void node_opened(std::string_view node) = 0;

    // It was lost: the members of our places who are there cannot be reached.
    virtual void node_lost(std::string_view node) = 0;

    // Persons of ours who are named in To or Cc of a mail that came from another node, whose context they are in
    // from now on.
    virtual void mail_taken(std::string_view context, const std::vector<std::string>& persons) = 0;
};

// The ways to other nodes.
class PsycOutside {
  public:
    virtual ~PsycOutside() = default;

    // To an entity elsewhere (letter.target), over the one circuit with its node, which is opened when there is
    // none.  `failed` hears in one line why it did not leave; not called for what was written.
    virtual void send(PsycLetter letter, std::function<void(std::string)> failed) = 0;

    // The members of a place of ours changed: nodes that have members follow its log, one packet for all of them.
    virtual void members_changed(const chat::Entity& place) = 0;

    // A mail to recipients elsewhere; all at one node share one packet.  One status per target in their order:
    // 2yz only for what the other node has taken for good (docs/decisions has what counts as that).
    struct HandOver {
        std::shared_ptr<const chat::Note> note;
        std::vector<std::string> targets; // normalised uniforms
        std::vector<bool> visible;        // named in To or Cc, one per target
        // The same for every attempt at the same mail, also when it was handed in anew and has a new id: goes along as
        // _ID_once and is what the other node knows a repetition by.
        std::string once;
    };

    virtual void hand_over(HandOver mail, std::function<void(std::vector<mail::Status>)> done) = 0;
};

// Mail that another node hands over to persons and places of ours.
class PsycMailDoor {
  public:
    virtual ~PsycMailDoor() = default;

    // `note` has all but its id and recipients; `once` names it for all time (the node and its _ID_once, or its
    // _ID_mail).  One status per target (local uniforms), after they are on disk.
    struct Arrival {
        chat::Note note;
        std::string once;
        std::string node; // root uniform of who hands it over
        std::vector<std::string> targets;
        std::vector<bool> visible; // named in To or Cc, one per target
    };

    virtual void take(Arrival mail, std::function<void(std::vector<mail::Status>)> done) = 0;
};

} // namespace mailcast::front
