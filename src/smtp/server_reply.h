// What a mail server says to the client side of SMTP: replies, cut out of its octets (RFC 5321 4.2).  Pure; one object
// for one connection, used by one thread.
#pragma once

#include "mail/status.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::smtp {

struct ServerReply {
    int code = 0;
    std::vector<std::string> lines; // without code

    bool is_good() const { return code / 100 == 2; }
};

// The reply as an outcome, its text safe to show.  What is neither done nor refused, where one of both is asked for, says
// nothing: temporary trouble.
mail::Status status_of(const ServerReply& reply);

class ServerReplyReader {
  public:
    static constexpr std::size_t most_octets = 64U << 10; // of one reply

    // Takes from the front of `input` up to the end of the next reply.  Nothing when it is not whole yet, or when
    // what comes is none: then fault() says why, and there is no way on.
    std::optional<ServerReply> take(std::string_view& input);

    // "" while all is well.
    std::string_view fault() const { return fault_; }

    // Drops what has begun and is not whole.
    void drop_partial() { line_.clear(); }

  private:
    std::optional<ServerReply> take_line(std::string_view line);

    std::string line_;
    ServerReply reply_;
    std::size_t octets_ = 0;
    std::string_view fault_;
};

} // namespace mailcast::smtp
