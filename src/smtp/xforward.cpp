// XFORWARD: what the mail server in front knows of its own client.  Postfix's XFORWARD_README.
#include "base/ascii.h"
#include "base/utf8.h"
#include "smtp/encoding.h"
#include "smtp/session_state.h"

#include <algorithm>
#include <array>

namespace mailcast::smtp {

namespace {

constexpr std::size_t max_value = 255; // octets; what is longer is cut: no reason to lose a mail

struct Attribute {
    std::string_view name;
    std::string mail::ForwardedClient::* member;
};

constexpr std::array attributes{
    Attribute{"NAME", &mail::ForwardedClient::name},
    Attribute{"ADDR", &mail::ForwardedClient::address},
    Attribute{"PORT", &mail::ForwardedClient::port},
    Attribute{"PROTO", &mail::ForwardedClient::protocol},
    Attribute{"HELO", &mail::ForwardedClient::helo},
    Attribute{"IDENT", &mail::ForwardedClient::ident},
};

bool read_attribute(std::string_view word, mail::ForwardedClient& client) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
        return false;
    }
    const std::string_view name = word.substr(0, equals);
    const std::optional<std::string> decoded = decode_xtext(word.substr(equals + 1));
    if (!decoded) {
        return false;
    }
    const bool known =
        !base::iequals(*decoded, "[UNAVAILABLE]") && !base::iequals(*decoded, "[TEMPUNAVAIL]");
    if (base::iequals(name, "SOURCE")) {
        if (base::iequals(*decoded, "LOCAL")) {
            client.source = mail::Origin::internal;
        } else if (base::iequals(*decoded, "REMOTE")) {
            client.source = mail::Origin::external;
        } else if (known) {
            return false;
        } else {
            client.source.reset();
        }
        return true;
    }
    const auto found = std::ranges::find_if(attributes, [name](const Attribute& attribute) {
        return base::iequals(attribute.name, name);
    });
    if (found == attributes.end()) {
        return false;
    }
    // The values were said by a stranger; they are going into log lines and trace fields.
    const std::string safe = known ? base::safe_line(*decoded) : std::string();
    std::string_view value = base::utf8_prefix(safe, max_value);
    constexpr std::string_view ipv6 = "IPv6:"; // as in an address literal
    if (found->member == &mail::ForwardedClient::address && base::istarts_with(value, ipv6)) {
        value.remove_prefix(ipv6.size());
    }
    client.*(found->member) = value;
    return true;
}

} // namespace

MaybeEvent Session::State::xforward(std::string_view argument) {
    if (!options.xforward) {
        refuse({550, 7, 0, "XFORWARD is for trusted peers"});
        return std::nullopt;
    }
    if (helo_name.empty() || in_transaction) {
        refuse({503, 5, 1, "XFORWARD comes before MAIL"});
        return std::nullopt;
    }
    mail::ForwardedClient client =
        envelope.forwarded; // several commands add up; a bad one changes nothing
    bool good = !argument.empty();
    while (good && !argument.empty()) {
        const std::size_t end = std::min(argument.find(' '), argument.size());
        good = read_attribute(argument.substr(0, end), client);
        argument.remove_prefix(end);
        argument.remove_prefix(std::min(argument.find_first_not_of(' '), argument.size()));
    }
    if (!good) {
        refuse({501, 5, 4, "Syntax: XFORWARD attribute=value..."});
        return std::nullopt;
    }
    envelope.forwarded = std::move(client);
    say("250 2.0.0 ok\r\n");
    return std::nullopt;
}

} // namespace mailcast::smtp
