// The conversation with one other node on one circuit: greeting and negotiation in both roles, who may speak
// here (the spoof checks, before anything else), and whom a packet is for.  One of a node's PsycPeers is the one
// that PsycNodes sends over.  reference: psyc-protocol 2.8, 4; docs/psyc.md.
//
// Hub thread, owned (shared) by its circuit.  While a host is being looked up, packets wait here and the circuit
// reads no more (is_waiting()); none overtakes another.
#pragma once

#include "front/psyc/exchange.h"
#include "front/psyc/session.h"
#include "psyc/packet.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::front {

class PsycNodes;

class PsycPeer : public PsycSession::Conversation, public std::enable_shared_from_this<PsycPeer> {
  public:
    using Moment = PsycSession::Moment;

    static constexpr std::size_t most_hosts = 16; // that may speak on one circuit
    static constexpr std::size_t most_jobs = 500; // packets under way to the disk
    static constexpr std::chrono::seconds establish_time{60};
    static constexpr std::chrono::seconds ping_after{150}; // psyced answers one in two minutes
    static constexpr std::chrono::seconds ping_time{60};
    static constexpr std::chrono::minutes idle_time{15};  // of a circuit that nobody needs
    static constexpr std::chrono::seconds retire_time{5}; // of one that another has replaced
    // What is neither mail, talk nor a cast: thousands of members that come back after a restart all at once.
    static constexpr PsycSession::Pace pace{.each = std::chrono::milliseconds(2),
                                            .at_once = 10'000};
    static constexpr std::size_t most_pings = 100;     // that wait for the disk
    static constexpr std::size_t most_counters = 1000; // contexts whose packets are counted

    struct Options {
        std::string dialled; // root of the node that we opened the circuit to; "" when it opened it
        std::string address; // of the other end, numeric
        bool tls = false;
        // The verified certificate of the other end names this host; none without TLS.
        std::function<bool(const std::string& host)> certified;
        // is_waiting() has ended.
        std::function<void()> resume;
    };

    // `nodes` outlives the peer; `session` does, or disconnected() is called.
    PsycPeer(PsycNodes& nodes, PsycSession& session, Options options);
    ~PsycPeer() override;

    // We opened the circuit: greets.
    void open(psyc::Generation generation, Moment now);

    // PsycSession::Conversation
    void take(const psyc::Packet& packet) override;
    void pong() override;

    // Every second or so.
    void tick(Moment now);

    // Something was written: there may be room again.
    void drained();

    // The circuit is gone; `why` is one line for the log.
    void disconnected(std::string_view why);

    // The circuit shall not read on: what came waits for an answer.
    bool is_waiting() const { return looking_up_ || open_jobs_.size() >= most_jobs; }

    // The other side said who it is, and may speak for it.
    bool is_established() const { return !root_.empty(); }

    // "psyc://elsewhere/", once established.
    const std::string& root() const { return root_; }

    bool opened_by_us() const { return !options_.dialled.empty(); }

    bool knows_mail() const { return knows_mail_; }

    bool is_gone() const { return session_ == nullptr; }

    psyc::Generation generation() const;
    std::size_t queued() const;

    const Options& options() const { return options_; }

    void send(const PsycLetter& letter);
    void send(chat::SharedBytes bytes);

    // Not used for anything new; closed when nothing is under way any more.
    void retire() { retired_ = true; }

    void close();

  private:
    struct Held;

    // Who a packet speaks for, as verified.
    struct Speaker {
        std::string uniform;
        std::string tag;
        bool is_context = false;
    };

    struct WaitingPing {
        std::uint64_t behind = 0; // answered when no job before this one is open
        PsycLetter answer;
    };

    void handle(const psyc::Packet& packet);
    void handle_held();
    void hold_for(const std::string& host, const psyc::Packet& packet);
    void looked_up(const std::string& host, const std::vector<std::string>& addresses);
    bool may_speak(const std::string& host) const;

    bool negotiate(const psyc::Packet& packet);
    void greeted(const psyc::Packet& packet);
    void authorize(const psyc::Packet& packet);
    void authorized(const psyc::Packet& packet);
    void establish(const std::string& root);
    void learn_modules(const psyc::Packet& packet);

    void dispatch(const psyc::Packet& packet, const Speaker& speaker);
    PsycSender sender_of(const psyc::Packet& packet, const Speaker& speaker) const;
    void to_root(const psyc::Packet& packet, const Speaker& speaker);
    void take_mail(const psyc::Packet& packet, const Speaker& speaker);
    void answer_mail(PsycLetter answer, bool listed, const std::string& target,
                     const std::vector<mail::Status>& statuses);
    std::function<void(bool)> open_job();
    void end_job(std::uint64_t job, bool stored);
    void answer_pings();
    bool is_repeated(const psyc::Packet& packet, const Speaker& speaker);
    PsycInside::Answer answer_to(const psyc::Packet& packet, const Speaker& speaker);

    struct Refusal {
        std::string_view method;
        std::string_view body;
        std::vector<std::pair<std::string, std::string>> variables;
    };

    void refuse(const psyc::Packet& packet, const Refusal& refusal);
    void refuse_source(const psyc::Packet& packet, const Refusal& refusal); // and closes

    PsycNodes& nodes_;
    PsycSession* session_;
    Options options_;
    std::string root_;
    std::string tag_;                     // of our request for authorization
    std::map<std::string, Moment> hosts_; // that may speak, and when that was found out
    std::deque<std::unique_ptr<Held>> held_;
    bool looking_up_ = false;
    bool knows_mail_ = false;
    bool retired_ = false;
    std::uint64_t next_job_ = 0;
    std::set<std::uint64_t> open_jobs_;
    std::deque<WaitingPing> pings_;
    std::map<std::string, std::uint64_t, std::less<>> counters_; // last number of each context
    Moment opened_{};
    Moment last_heard_{};
    Moment last_used_{};
};

// The packet says of its circuit that a node speaks there, not a client.  `hostname` is ours: who claims to be that,
// or somebody else there, is no client either, and is refused by the spoof checks.  `linked` is the uniform of the
// person that the client is linked to, "" for none.
bool speaks_as_node(const psyc::Packet& packet, std::string_view hostname, std::string_view linked);

} // namespace mailcast::front
