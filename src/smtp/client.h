// The client side of SMTP: takes one mail to a mail server and says what became of each recipient (RFC 5321, 1870,
// 2034, 2920, 3207, 4954, 6531).  Pure: octets in, octets out, no socket, no clock.  One object for one
// connection and one mail; used by one thread.
//
// The shell's loop: send take_output(), all of it before feed(): what the server says before it was asked ends the
// session; read; feed(); when wants_tls(): handshake, then tls_started(); until
// finished().  At the end of the stream: closed().  A recipient that nothing is known about is deferred.
#pragma once

#include "mail/status.h"
#include "smtp/server_reply.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::smtp {

struct OutgoingMail {
    std::string from{}; // envelope address, "" for the null reverse-path
    std::vector<std::string> recipients{};
    std::string content{}; // lines end with CRLF
    bool utf8 = false;     // addresses or header need SMTPUTF8
};

class Client {
  public:
    enum class Tls { none, if_offered, required };

    struct Options {
        std::string hostname{}; // for EHLO
        Tls tls = Tls::if_offered;
        std::string user{}; // AUTH PLAIN, over TLS only unless `clear_password`; "" for none
        std::string password{};
        bool clear_password = false; // the server is on this machine
    };

    Client(Options options, OutgoingMail mail);

    std::string take_output();
    void feed(std::string_view input);

    bool wants_tls() const { return stage_ == Stage::handshake; }

    void tls_started();

    // The stream ended, or could not be opened; `why` in a few words.
    void closed(std::string_view why);

    bool finished() const { return stage_ == Stage::finished; }

    // One for each recipient, in order.
    const std::vector<mail::Status>& statuses() const { return statuses_; }

    // How long to wait for the server now (RFC 5321 4.5.3.2).
    std::chrono::seconds timeout() const;

  private:
    enum class Stage {
        greeting,
        ehlo,
        helo,
        starttls,
        handshake,
        authentication,
        mail,
        recipients,
        data,
        content,
        quit,
        finished
    };

    void act(const ServerReply& reply);
    void after_ehlo(const ServerReply& reply);
    void begin_mail();
    void answer_recipient(const ServerReply& reply);
    void send(std::string_view line);
    void fail_all(const ServerReply& reply, std::string_view doing);
    void settle(const mail::Status& status);
    void quit();

    Options options_;
    OutgoingMail mail_;
    Stage stage_ = Stage::greeting;
    std::string output_;
    ServerReplyReader replies_;
    bool tls_ = false;
    bool offers_starttls_ = false;
    bool offers_plain_ = false;
    bool offers_utf8_ = false;
    std::optional<std::size_t> size_limit_; // 0: none stated
    std::size_t asked_ = 0;                 // recipients that were answered
    std::vector<std::optional<mail::Status>> known_;
    std::vector<mail::Status> statuses_;
};

} // namespace mailcast::smtp
