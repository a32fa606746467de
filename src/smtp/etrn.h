// The client side of ETRN: asks a mail server to try at once what it has deferred for our domains (RFC 1985).  Pure:
// octets in, octets out, no socket, no clock.  One object for one connection; used by one thread.  The shell's loop is that
// of smtp::Client, without TLS: nothing that is said here is a secret, and the server only does what it would do later.
#pragma once

#include "mail/status.h"
#include "smtp/server_reply.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::smtp {

class Etrn {
  public:
    // `hostname` is for EHLO; the domains are normalised, at least one.
    Etrn(std::string hostname, std::vector<std::string> domains);

    std::string take_output();
    void feed(std::string_view input);

    // The stream ended, or could not be opened; `why` in a few words.
    void closed(std::string_view why);

    bool finished() const { return stage_ == Stage::finished; }

    const std::vector<std::string>& domains() const { return domains_; }

    // One for each domain, in order; complete once finished() is true.
    const std::vector<mail::Status>& statuses() const { return statuses_; }

    // How long to wait for the server now (RFC 5321 4.5.3.2).
    static std::chrono::seconds timeout() { return std::chrono::minutes(5); }

  private:
    enum class Stage { greeting, ehlo, asking, quit, finished };

    void act(const ServerReply& reply);
    void ask_or_quit();
    void settle(const mail::Status& status);
    void send(std::string_view line);
    void quit();

    std::string hostname_;
    std::vector<std::string> domains_;
    Stage stage_ = Stage::greeting;
    std::string output_;
    ServerReplyReader replies_;
    std::vector<mail::Status> statuses_;
};

} // namespace mailcast::smtp
