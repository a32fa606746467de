// The inside of a Session, shared by the files that implement its commands:
//   session.cpp      the loop, the content, answers from the shell
//   command.cpp      the table of commands, and those that change nothing
//   hello.cpp        LHLO EHLO HELO STARTTLS AUTH
//   transaction.cpp  MAIL RCPT DATA BDAT RSET
//   xforward.cpp     XFORWARD
// Nobody else includes this header.  Same thread and lifetime as the Session.
#pragma once

#include "smtp/content_reader.h"
#include "smtp/line_reader.h"
#include "smtp/reply.h"
#include "smtp/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::smtp {

// Nothing means: go on with the next input.
using MaybeEvent = std::optional<Event>;

struct Session::State {
    enum class Phase : std::uint8_t {
        command,
        recipient_asked,      // until answer_recipient()
        content,              // behind DATA
        chunk,                // behind BDAT
        committing,           // until finish()
        credentials,          // the next line is the answer to 334
        authentication_asked, // until answer_authentication()
        handshake,            // until tls_started()
        closed
    };

    explicit State(const Options& listener_options) : options(listener_options) {}

    Event next(std::string_view& input);

    // --- command.cpp
    MaybeEvent execute(std::string_view line);
    MaybeEvent noop(std::string_view argument);
    MaybeEvent help(std::string_view argument);
    MaybeEvent vrfy(std::string_view argument);
    MaybeEvent quit(std::string_view argument);
    MaybeEvent not_offered(std::string_view argument);

    // --- hello.cpp
    MaybeEvent lhlo(std::string_view argument); // EHLO, too
    MaybeEvent helo(std::string_view argument);
    MaybeEvent starttls(std::string_view argument);
    MaybeEvent auth(std::string_view argument);
    MaybeEvent take_credentials(std::string_view line);
    bool accept_hello(std::string_view argument);
    bool offers_authentication() const;

    // --- xforward.cpp
    MaybeEvent xforward(std::string_view argument);

    // --- transaction.cpp
    MaybeEvent mail(std::string_view argument);
    MaybeEvent rcpt(std::string_view argument);
    MaybeEvent data(std::string_view argument);
    MaybeEvent bdat(std::string_view argument);
    MaybeEvent rset(std::string_view argument);
    bool take_mail_parameters(std::string_view text, std::string_view address);
    bool read_mail_parameters(std::string_view text, mail::Envelope& fresh);
    bool read_rcpt_parameters(std::string_view text);
    void refuse_chunk(const Reply& reply);

    // --- session.cpp
    MaybeEvent step(std::string_view& input);
    MaybeEvent read_line(std::string_view& input);
    MaybeEvent read_content(std::string_view& input);
    MaybeEvent read_chunk(std::string_view& input);
    MaybeEvent take_bytes(std::string_view bytes);
    MaybeEvent end_of_content();
    MaybeEvent end_of_chunk();
    MaybeEvent drop_content(const Reply& why);

    // All recipients have their replies.
    void end_transaction();

    // Voids the transaction; ContentDropped if the shell holds content of it.
    MaybeEvent reset();
    void forget_transaction();

    // --- replies
    void say(std::string_view line); // a whole good reply; ends a row of errors
    void refuse(const Reply& reply); // an error of the peer; the last of too many closes
    void close(const Reply& last_words);

    ReplyText reply_text() const { return envelope.utf8 ? ReplyText::utf8 : ReplyText::ascii; }

    // Of the origin that this transaction has, as far as it is known now.
    const OriginLimits& limits() const {
        const auto origin = mail::origin_of(envelope.forwarded, authenticated, options.origin);
        return origin == mail::Origin::internal ? options.internal : options.external;
    }

    bool is_lmtp() const { return options.dialect == Dialect::lmtp; }

    bool refuses_bare_line_ends() const { return options.reject_bare_lf && !is_lmtp(); }

    const Options& options; // the listener's; outlives us
    std::string output;
    LineReader lines;

    std::string helo_name;     // "" until the greeting of the peer
    std::string authenticated; // SASL name

    // Meaningful while in_transaction; before that `forwarded` collects what XFORWARD says.
    mail::Envelope envelope;
    mail::Recipient asked; // in Phase::recipient_asked

    std::uint64_t content_size = 0;   // octets so far
    std::uint64_t chunk_left = 0;     // octets of the BDAT chunk that are still to come
    std::size_t accepted = 0;         // recipients when the content ended
    std::optional<Reply> refusal;     // why the content of this transaction is not kept
    std::optional<Reply> chunk_error; // what a chunk is answered that belongs to no content
    DotReader dots;
    LineEndCheck line_ends;
    int errors = 0; // in a row

    Phase phase = Phase::command;
    bool tls = false;
    bool in_transaction = false;
    bool chunking = false; // BDAT has begun
    bool last_chunk = false;
    bool shell_has_content = false; // ContentBegins was given, and neither end nor ContentDropped
    bool envelope_is_stale = false; // the transaction is over; views into it hold until next()
};

} // namespace mailcast::smtp
