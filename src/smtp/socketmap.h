// One conversation of a socketmap service, server side: netstrings in, netstrings out.  Pure; one thread.
// Postfix's socketmap_table(5); the netstrings are those of cr.yp.to/proto/netstrings.txt.
//
//   in    "22:rcpt alice@example.org,": the length, the name of the map, a space, the key
//   out   "4:OK 1,", "9:NOTFOUND ,", "11:TEMP reason,", "11:PERM reason,"
//
// The shell's loop: input += what was read; while (auto query = next(input)) answer(...); write take_output();
// close when broken().  What is answered may not depend on how the input was cut.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::smtp {

struct SocketmapAnswer {
    enum class Result { ok, not_found, temporary, permanent };

    Result result = Result::not_found;
    std::string text; // what is found, or why nothing is; control characters become spaces

    bool operator==(const SocketmapAnswer&) const = default;
};

class Socketmap {
  public:
    // Octets of one query and one reply, as Postfix has them.
    static constexpr std::size_t max_query = 10'000;
    static constexpr std::size_t max_reply = 100'000;

    // Views into the Socketmap that hold until the next call.
    struct Query {
        std::string_view map;
        std::string_view key;
    };

    // Uses up `input` from its front until a query is whole; nullopt when more is needed, or broken().
    // Each query wants one answer() before the next.
    std::optional<Query> next(std::string_view& input);

    void answer(const SocketmapAnswer& answer);

    // What came is no netstring, or a longer one than is read: the reason is in the output; write it and close.
    bool broken() const { return broken_; }

    // Nothing of a query is waiting for its rest.
    bool idle() const { return digits_.empty() && !length_; }

    std::string take_output();

  private:
    std::optional<Query> whole();
    void fail(std::string_view why);

    std::string digits_;                // of the length
    std::optional<std::size_t> length_; // behind the colon
    std::string query_;
    std::string output_;
    bool broken_ = false;
};

} // namespace mailcast::smtp
