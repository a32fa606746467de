// What passes through the control socket (data_dir/control.sock, mode 0600): one request a line, one
// reply each, in order, over one connection or several.  Pure.
//
//   request   {"verb":"person show","name":"ada","values":[],"json":true,...} LF
//   reply     {"ok":true,"exit":0,"error":"","octets":123,"next":0} LF, then 123 octets for
//             standard output, as they are
//
// A password never passes here: the command line hashes it and sends the hash.
#pragma once

#include "app/operations/operations.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace mailcast::app {

// A longer line is no request; the server closes.
inline constexpr std::size_t max_request_line = 1'048'576;
inline constexpr std::size_t max_reply_line = 65'536;
// A client does not read more octets of one reply than this.
inline constexpr std::uint64_t max_reply_octets = 2'147'483'648;

// With the line end.
std::string print_request(const Request& request);

// `line` without its end.  The error says what is wrong, for the log and the peer.
std::expected<Request, std::string> parse_request(std::string_view line);

// The head line with its end; reply.out follows it.
std::string print_reply_head(const Reply& reply);

struct ReplyHead {
    Reply reply; // without `out`
    std::uint64_t octets = 0;
};

std::expected<ReplyHead, std::string> parse_reply_head(std::string_view line);

} // namespace mailcast::app
