// One conversation of a policy service, server side (Postfix's SMTPD_POLICY_README): attributes NAME=VALUE, one a
// line, to an empty line; then one answer "action=..." and an empty line.  Pure; one thread.
//
// The shell's loop: input += what was read; while (const auto* request = next(input)) answer(...); write
// take_output(); close when broken().  What is answered may not depend on how the input was cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailcast::smtp {

// What is asked; absent attributes are "", others than these are read over.
struct PolicyRequest {
    std::string request;        // "smtpd_access_policy"
    std::string protocol_state; // "RCPT", "DATA", "END-OF-MESSAGE", ...
    std::string sender;         // "" is the null reverse-path
    std::string recipient;
    std::string client_address;
    std::string client_name;
    std::string sasl_username;
    std::string instance;              // the same for all requests of one mail
    std::optional<std::uint64_t> size; // octets; absent when unknown, which Postfix writes as 0

    bool operator==(const PolicyRequest&) const = default;
};

// What Postfix shall do; access(5).
struct PolicyAction {
    enum class Kind {
        dunno,          // no opinion: other rules decide
        reject,         // 5yz
        defer_if_permit // 4yz, unless another rule refuses for good
    };

    Kind kind = Kind::dunno;
    std::string text; // begins with an enhanced code: "5.7.1 ..."; control characters become spaces

    bool operator==(const PolicyAction&) const = default;
};

class PolicyService {
  public:
    // Octets of one request, line ends counted; Postfix sends some hundred.
    static constexpr std::size_t max_request = 65'536;
    // Octets of an answer's text; a reply line of SMTP has 512.
    static constexpr std::size_t max_text = 400;

    // Uses up `input` from its front until a request is whole; nullptr when more is needed, or broken().
    // The request is ours and holds until the next call.  Each wants one answer() before the next.
    const PolicyRequest* next(std::string_view& input);

    void answer(const PolicyAction& action);

    // A request without end: close without an answer, so that Postfix does what it is set to do then.
    bool broken() const { return broken_; }

    // Nothing of a request is waiting for its rest.
    bool idle() const { return octets_ == 0 || whole_; }

    std::string take_output();

  private:
    void take_line();

    PolicyRequest request_;
    std::string line_;
    std::size_t octets_ = 0; // of the request so far
    bool whole_ = false;     // request_ was given out
    bool broken_ = false;
    std::string output_;
};

} // namespace mailcast::smtp
