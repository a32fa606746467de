// The octets of one PSYC circuit: the generation, packets out of octets, the state of the circuit, the greeting,
// pings, errors with what they close, and packets to the other side.  What is said on it is for a Conversation:
// PsycFront with a client, PsycPeer with another node.  reference: psyc-protocol 2.
//
// Hub thread, owned by its circuit, which passes it every octet that came.  Pure: bytes in, bytes out
// through PsycOutput; the time comes with the octets and with tick().
#pragma once

#include "chat/cast.h"
#include "psyc/parser.h"
#include "psyc/renderer.h"
#include "psyc/state.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mailcast::front {

// The circuit's side; outlives the session or calls its disconnected().
class PsycOutput {
  public:
    virtual ~PsycOutput() = default;
    virtual void send(chat::SharedBytes bytes) = 0;
    virtual std::size_t queued() const = 0; // octets that wait to be written
    virtual void close() = 0;               // when what waits has been written
};

class PsycSession {
  public:
    using Moment = std::chrono::steady_clock::time_point;

    // Without another octet of a packet that has begun.
    static constexpr std::chrono::seconds packet_time{60};
    // Between two pings that are answered: two sides that answer each other's answers would never stop.
    static constexpr std::chrono::seconds pong_pause{10};

    // Who speaks on the circuit.
    class Conversation {
      public:
        virtual ~Conversation() = default;

        // A packet that is neither empty nor against the rules that need no knowledge of who sent it.  Its
        // views hold until this returns.
        virtual void take(const psyc::Packet& packet) = 0;

        // The other side answered our ping: it has read all that was sent before it.
        virtual void pong() = 0;
    };

    struct Options {
        std::string root;           // "psyc://host/", ourselves
        std::string location;       // "psyc://host:-port/", the other side
        std::string implementation; // "mailcast/0.1.0"
        // Our end, numeric: a target may name us by it.  "" for none.
        std::string address{};
        std::string port{};
    };

    // `output` outlives the session or disconnected() is called.
    PsycSession(PsycOutput& output, Options options);

    // `conversation` lives until another one or none is set.
    void converse(Conversation* conversation) { conversation_ = conversation; }

    // We opened the circuit and speak first.
    void open(psyc::Generation generation, Moment now);

    void receive(std::string_view input, Moment now);

    // Now and then: whoever asks later for the time gets this one, and a packet that was begun and is not
    // finished within packet_time ends the circuit.
    void tick(Moment now);

    // The peer is gone; nothing more is sent.
    void disconnected() { output_ = nullptr; }

    bool is_open() const { return output_ != nullptr; }

    // What the other side may ask over time: one thing `each`, `at_once` of them at most.
    struct Pace {
        std::chrono::milliseconds each{0}; // 0: without limit
        std::uint32_t at_once = 0;
    };

    void set_pace(Pace pace) { pace_ = pace; }

    // It asked for something.
    void spend() { paid_until_ = std::max(paid_until_, now_) + pace_.each; }

    // It has asked for more than it may: the circuit reads on when it no longer has.
    bool is_overdrawn(Moment now) const { return paid_until_ - now > pace_.each * pace_.at_once; }

    // The first octets of the other side were PSYC.
    bool greeted() const { return greeted_; }

    // Only once greeted or opened.
    psyc::Generation generation() const { return generation_.value_or(psyc::Generation::classic); }

    Moment now() const { return now_; }

    // When the last octet came; the first tick() when none has.
    Moment last_heard() const { return last_octet_; }

    std::size_t queued() const { return output_ == nullptr ? 0 : output_->queued(); }

    const Options& options() const { return options_; }

    // Optional _tag* variables may be given empty; they are left out.  Nothing when disconnected.
    void send(std::span<const psyc::Variable> variables, std::string_view method,
              std::string_view body);
    void send(chat::SharedBytes bytes);

    // An empty packet; pong() tells of its answer.  Nothing while one is open.
    void ping();

    bool pinging() const { return ping_sent_.has_value(); }

    // The two packets that a node opens a conversation with, without the empty one.
    void introduce();

    void refuse(psyc::Error error);

    // What comes is kept, unread, until go_on(): an answer that decides about it is on its way.  Its owner
    // reads on no further meanwhile, so it is what one read brought at most.
    void hold() { held_ = true; }

    void go_on();

    bool is_held() const { return held_; }

    // When what waits has been written.
    void close();

    // The server is going: the other side is told, and may come back.
    void shut_down();

  private:
    // Telnet and the like: a greeting that ends in CR LF says that every line does, as psyced takes it.
    enum class LineEnds : unsigned char { unknown, line_feed, crlf };

    void begin(psyc::Generation generation);
    std::string_view with_line_feeds(std::string_view input);
    void read(std::string_view input);
    void dispatch(const psyc::Packet& packet);
    void dispatch_by_name(psyc::Packet packet);
    bool keep(psyc::Error error);

    PsycOutput* output_;
    Options options_;
    Conversation* conversation_ = nullptr;
    std::optional<psyc::Generation> generation_;
    std::optional<psyc::Parser> parser_;
    std::optional<psyc::StateScope> state_;
    bool greeted_ = false;
    Moment now_{};
    Pace pace_;
    Moment paid_until_{};
    Moment last_octet_{};
    std::optional<Moment> last_pong_;
    bool greeting_due_ =
        true; // the other side's first empty packet is its half of the greeting, no ping
    LineEnds line_ends_ = LineEnds::unknown;
    bool carriage_return_ = false; // the last octet that came, kept back
    std::string converted_;        // input with line feeds alone
    bool held_ = false;
    std::string kept_; // what came while held
    std::optional<Moment> ping_sent_;
};

} // namespace mailcast::front
