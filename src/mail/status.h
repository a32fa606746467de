// The one outcome type between modules: SMTP code, enhanced code, short text for the peer.
// Details that the peer must not see go to the log, never in here.  A plain value; any thread.
// RFC 5321 4.2, RFC 3463, RFC 2034.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mailcast::mail {

// RFC 3463: class.subject.detail; the class is always the first digit of the reply code.
struct EnhancedCode {
    std::uint8_t status_class = 0;
    std::uint16_t subject = 0;
    std::uint16_t detail = 0;

    bool operator==(const EnhancedCode&) const = default;
};

struct [[nodiscard]] Status {
    int code = 0;
    EnhancedCode enhanced;
    std::string text; // no CR, no LF

    bool is_success() const { return code >= 200 && code < 300; }

    bool is_temporary() const { return code >= 400 && code < 500; }

    bool is_permanent() const { return code >= 500; }

    bool operator==(const Status&) const = default;
};

// "550 5.1.1 text" without the line end.
std::string to_string(const Status& status);

// Control characters of `text` become spaces, so that no value from outside can make a second line.
Status make_status(int code, std::uint16_t subject, std::uint16_t detail, std::string text);

} // namespace mailcast::mail
