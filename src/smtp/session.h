// One SMTP or LMTP conversation, server side, as a state machine: bytes in, replies and events out.
// No socket, no clock, no log.  Owned and called by one thread (that of its circuit).
//
// The shell's loop:
//     input += what was read
//     for (;;) switch on session.next(input):  do what the event asks, stop at NeedInput
//     write session.take_output()              one write for all replies of this wake-up
//
// Views in events point into `input` or the session and hold until the next call.
// RFC 5321 and RFC 2033 (the two dialects), 1870, 2034, 2920, 3030, 3207, 3461, 4954, 6152, 6531,
// and Postfix's XFORWARD.
#pragma once

#include "mail/envelope.h"
#include "mail/status.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace mailcast::smtp {

enum class Dialect { smtp, lmtp };

// Waiting times by what the peer owes us; RFC 5321 4.5.3.2.
struct Timeouts {
    std::chrono::seconds command{300};       // the next command
    std::chrono::seconds content{180};       // the next octets of the content
};

struct Options {
    Dialect dialect = Dialect::lmtp;
    std::string hostname = "localhost";      // in the greeting and in the answer to LHLO/EHLO
    std::uint64_t message_size = 25'000'000; // octets of content, after dot-unstuffing
    std::size_t recipients = 1000;           // per transaction
    std::size_t command_line = 12'288;       // octets, RFC 4954 4
    int errors_in_a_row = 20;                // then 421 and close
    bool starttls = false;                   // announce it (until TLS is on)
    bool xforward = false;                   // the peer is trusted: announce and believe XFORWARD
    bool authentication = false;             // AUTH PLAIN is offered (SMTP only, needs a safe circuit)
    bool reject_bare_lf = true;              // see docs/decisions: smuggling
    Timeouts timeouts;
};

// --- events -------------------------------------------------------------------------------------

// All input is used up; read more.
struct NeedInput {};

// A RCPT is well formed: say what becomes of it with answer_recipient().
struct RecipientAsked {
    const mail::Recipient& recipient;
    const mail::Envelope& envelope; // without this recipient
};

// The content begins; the shell opens its sink.  The envelope stays valid until the next transaction.
struct ContentBegins {
    const mail::Envelope& envelope;
};

// Dot-unstuffed octets of the content, to be appended to the sink.
struct ContentChunk {
    std::string_view bytes;
};

// The content is whole: commit it, then call finish() with one status per accepted recipient.
// next() must not be called before that; octets that follow stay in the shell's input.
struct ContentEnds {
    const mail::Envelope& envelope;
};

// The content will not be used (too large, refused, broken off); the replies are already written.
struct ContentDropped {};

// The "220 ready" is in the output: write it, discard all input, shake hands, call tls_started().
struct TlsRequested {};

// AUTH PLAIN: check and call answer_authentication().
struct AuthenticationAsked {
    std::string name;
    std::string password;
};

// Write the output, then close.
struct Close {};

using Event = std::variant<NeedInput, RecipientAsked, ContentBegins, ContentChunk, ContentEnds,
                           ContentDropped, TlsRequested, AuthenticationAsked, Close>;

class Session {
  public:
    // `options` must outlive the session; one object serves all sessions of a listener.
    explicit Session(const Options& options);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    // Puts the greeting into the output.  Call once.
    void greet();

    // Uses up `input` from its front until there is something for the shell to do.
    Event next(std::string_view& input);

    // The answer to RecipientAsked: a 2yz status accepts, any other refuses this recipient.
    void answer_recipient(const mail::Status& status);

    // The outcome of ContentEnds: exactly one status per accepted recipient, in their order.
    // LMTP writes one reply for each; SMTP writes one for all (see combined()).
    void finish(std::span<const mail::Status> statuses);

    void tls_started();
    void answer_authentication(bool good);

    // 421: what is under way is void, the output ends with the 421, next() gives Close.
    void shut_down(const mail::Status& reason);

    // True when no transaction is under way: the moment a draining server may close.
    bool idle() const;

    // How long the shell may wait for the next octets.
    std::chrono::seconds timeout() const;

    bool has_output() const;
    std::string take_output();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// The one reply that SMTP has for several recipients: any success makes it a success, since what
// failed for good would otherwise be sent again; else a temporary failure wins over a permanent one.
mail::Status combined(std::span<const mail::Status> statuses);

} // namespace mailcast::smtp
