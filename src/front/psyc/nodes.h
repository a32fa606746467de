// All other nodes: one circuit with each for all of our entities, opened when somebody has something to say and
// opened again with back-off, what waits for it, the places of ours that have members there, mail on its way there,
// and which host may speak from which address.  reference: psyc-protocol 3, 4, 7.4; docs/psyc.md.
//
// Hub thread; lives as long as the server.  Pure: circuits, names and the log are the Network's, the time comes
// with tick().
#pragma once

#include "chat/backing.h"
#include "chat/hub.h"
#include "front/psyc/exchange.h"
#include "front/psyc/node_address.h"
#include "front/psyc/peer.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {

class PsycHandOver;
class PsycCastOut;

// For `mailcast status`.
struct PsycCounters {
    std::uint64_t sources_refused = 0; // of a host that does not speak from there, or of ours
    std::uint64_t relay_refused = 0;
    std::uint64_t circuits_opened = 0; // by us and by others, once they knew each other
    std::uint64_t dials_failed = 0;
    std::uint64_t letters_failed = 0;
    std::uint64_t mails_handed = 0;   // recipients elsewhere, taken there
    std::uint64_t mails_refused = 0;  // recipients elsewhere, 4yz and 5yz
    std::uint64_t packets_missed = 0; // gaps in the numbers of contexts elsewhere
    std::uint64_t datagrams = 0;
    std::uint64_t datagrams_dropped = 0;
};

class PsycNodes : public PsycOutside {
  public:
    using Moment = PsycSession::Moment;

    // What net does for us.
    class Network {
      public:
        virtual ~Network() = default;

        // Where names lead; nothing when the name server could not be asked, none when it knows none.
        using Addresses = std::optional<std::vector<std::string>>;

        virtual void addresses_of(const std::string& host, std::function<void(Addresses)> done) = 0;

        // Opens a circuit, on which a PsycPeer with these options begins; or dial_failed() is called.
        virtual void dial(const PsycNodeAddress& node) = 0;

        // For tags and pauses.
        virtual std::uint64_t chance() = 0;

        virtual void log(std::string_view line) = 0;
    };

    struct Options {
        std::size_t nodes = 10'000;
        std::size_t queue_letters = 1000; // for one node
        std::size_t queue_octets = 4U << 20;
        std::size_t mails = 1000;             // under way to one node
        std::size_t send_queue = 1U << 20;    // octets; above it places fall behind
        std::chrono::seconds mail_time{60};   // for an answer
        std::chrono::seconds first_pause{2};  // between two attempts at a node
        std::chrono::seconds last_pause{300}; // the longest
        int letter_attempts = 3;
        std::chrono::hours host_age{1}; // then a host is looked up again
    };

    // All outlive the nodes.
    struct Parts {
        chat::Hub& hub;
        chat::Backing& backing;
        Network& network;
        PsycInside& inside;
        PsycMailDoor& mail_door;
    };

    PsycNodes(Parts parts, Options options);
    ~PsycNodes() override;

    // PsycOutside
    void send(PsycLetter letter, std::function<void(std::string)> failed) override;
    void members_changed(const chat::Entity& place) override;
    void hand_over(HandOver mail, std::function<void(std::vector<mail::Status>)> done) override;

    // At the start, before anybody can say anything.
    void start();

    // Then, for every place: nodes that have members get what they missed.
    void resume(const chat::Entity& place);

    // Every second or so.
    void tick(Moment now);

    // No new circuits.
    void drain() { draining_ = true; }

    // A circuit that was dialled never came to be.
    void dial_failed(const std::string& root, const std::string& why);

    // One datagram (2.8): whole packets, believed from `is_mail_source` alone, never answered.
    void datagram(std::string_view octets, const std::string& address, bool is_mail_source);

    const PsycCounters& counters() const { return counters_; }

    // Who becomes a member now gets all behind this; none before start() was answered.
    std::optional<chat::Sequence> newest() const;

    // Nodes that there is a circuit with.
    std::size_t connected() const;

    // ---- for PsycPeer, PsycHandOver and PsycCastOut ----

    const std::string& root() const { return root_; }

    bool is_ours(std::string_view host) const;

    const Parts& parts() const { return parts_; }

    const Options& options() const { return options_; }

    PsycCounters& counters() { return counters_; }

    Moment now() const { return now_; }

    // Opaque, and not to be guessed by who does not see the circuit.
    std::string new_tag();

    void established(PsycPeer& peer);
    void drained(PsycPeer& peer);
    void gone(PsycPeer& peer, std::string_view why);

    // The circuit is one that its node is reached by, or has something under way.
    bool is_needed(const PsycPeer& peer) const;

    // A reply to our root.  False when it is none to anything we asked.
    bool answered(PsycPeer& peer, const psyc::Packet& packet);

  private:
    struct Waiting {
        PsycLetter letter;
        std::function<void(std::string)> failed;
        std::size_t octets = 0;
    };

    struct Node {
        PsycNodeAddress address;
        PsycPeer* peer = nullptr;
        bool dialling = false;
        Moment last_dial{};
        Moment next_dial{};
        Moment used{};
        int failures = 0;
        std::deque<Waiting> letters;
        std::size_t letter_octets = 0;
        std::unique_ptr<PsycHandOver> mails;
        std::map<chat::EntityId, std::shared_ptr<PsycCastOut>> casts;
        std::string ping_tag;
        Moment pinged{};
    };

    Node* node_at(const PsycNodeAddress& address);
    void follow(const chat::Entity& place, bool anew);
    void want(Node& node, bool at_once);
    void dial(Node& node);
    void flush(Node& node);
    void fail_letters(Node& node, const std::string& why);
    void ping_casts(Node& node);

    Parts parts_;
    Options options_;
    std::string root_;
    std::map<std::string, Node, std::less<>> nodes_;
    PsycCounters counters_;
    std::optional<chat::Sequence> end_at_start_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // outlives us in answers
    Moment now_{};
    bool draining_ = false;
};

} // namespace mailcast::front
