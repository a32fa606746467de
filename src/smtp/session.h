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
    std::chrono::seconds command{300}; // the next command
    std::chrono::seconds content{180}; // the next octets of the content
};

struct OriginLimits {
    std::uint64_t message_size = 25'000'000; // octets of content, after dot-unstuffing
    std::size_t recipients = 1000;           // per transaction
};

struct Options {
    Dialect dialect = Dialect::lmtp;
    std::string hostname = "localhost";           // in the greeting and in the answer to LHLO/EHLO
    mail::Origin origin = mail::Origin::external; // of mail that nothing else is known of
    OriginLimits internal;
    OriginLimits external;
    std::size_t command_line = 12'288; // octets, RFC 4954 4
    int errors_in_a_row = 20;          // then 421 and close
    bool starttls = false;             // announce it (until TLS is on)
    bool xforward = false;             // the peer is trusted: announce and believe XFORWARD
    bool authentication = false; // AUTH PLAIN is offered (SMTP only; after STARTTLS if that is)
    bool authentication_required = false; // and no mail is taken without it: 530 5.7.0
    bool reject_bare_lf = true;           // SMTP only: a bare LF or CR in the content is 554 5.6.0;
                                          // docs/decisions/0003-bare-line-ends.md
    bool dsn = false; // announce DSN: success reports are our duty then (RFC 3461 6)
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

// The content begins; the shell opens its sink.  The envelope stays valid until this content ends or is
// dropped.
struct ContentBegins {
    const mail::Envelope& envelope;
};

// Dot-unstuffed octets of the content, to be appended to the sink.
struct ContentChunk {
    std::string_view bytes;
};

// The content is whole: commit it, then call finish() with one status per accepted recipient.
// Before that next() uses up nothing and gives NeedInput; octets that follow stay in the shell's input.
struct ContentEnds {
    const mail::Envelope& envelope;
};

// The content will not be used (too large, refused, broken off): close the sink and go on with next().  Comes
// as soon as that is known; the session reads the rest without handing it out, then comes ContentRefused.
// A content that is under way when Close comes is not announced by this event.
struct ContentDropped {};

// No recipient of `envelope` gets this content, for the reason `status` (too large, bare line ends): give it a name and
// call finish(), as for ContentEnds.  A sink that is still open is of no more use.
struct ContentRefused {
    const mail::Envelope& envelope;
    mail::Status status;
};

// The "220 ready" is in the output: write it, discard all input that has been read so far (RFC 3207 4.2:
// nothing that was pipelined in the clear may count), shake hands, call tls_started().
struct TlsRequested {};

// AUTH PLAIN: check and call answer_authentication() or authentication_unavailable().
struct AuthenticationAsked {
    std::string name;
    std::string password;
};

// Write the output, then close.
struct Close {};

using Event =
    std::variant<NeedInput, RecipientAsked, ContentBegins, ContentChunk, ContentEnds,
                 ContentDropped, ContentRefused, TlsRequested, AuthenticationAsked, Close>;

class Session {
  public:
    struct State; // the inside, session_state.h

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

    // Between ContentEnds and finish(): the envelope itself, so that who commits it need not copy it.
    mail::Envelope take_envelope();

    // The outcome of ContentEnds or ContentRefused: exactly one status per accepted recipient, in their order.
    // LMTP writes one reply for each; SMTP writes one for all (see combined()).  If statuses are missing, a
    // temporary failure is written in their place; a 421 among them closes after the last reply.
    // The envelope of the events stays valid until next() is called.
    void finish(std::span<const mail::Status> statuses);

    void tls_started();
    void answer_authentication(bool good);
    void authentication_unavailable(); // instead: nobody can say now

    // 421: what is under way is void, the output ends with the 421, next() gives Close.  Between ContentEnds
    // and finish() it counts as the outcome for all recipients.
    void shut_down(const mail::Status& reason);

    // True when no transaction is under way: the moment a draining server may close.
    bool idle() const;

    // How long the shell may wait for the next octets.
    std::chrono::seconds timeout() const;

    bool has_output() const;
    std::string take_output();

  private:
    std::unique_ptr<State> state_;
};

// The one reply that SMTP has for several recipients: any success makes it a success, since what
// failed for good would otherwise be sent again; else a temporary failure wins over a permanent one.
mail::Status combined(std::span<const mail::Status> statuses);

} // namespace mailcast::smtp
