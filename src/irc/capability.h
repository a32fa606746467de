// Capabilities: which there are, which a client has, and their negotiation.  Pure; one owner.
// IRCv3 capability-negotiation, 302.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::irc {

enum class Capability : std::uint8_t {
    account_notify,
    account_tag,
    away_notify,
    batch,
    cap_notify,
    chghost,
    chathistory,
    multiline,
    read_marker,
    echo_message,
    extended_join,
    invite_notify,
    labeled_response,
    message_tags,
    multi_prefix,
    sasl,
    server_time,
    setname,
    standard_replies,
    userhost_in_names,
};

inline constexpr std::size_t capability_amount = 20;

// "draft/chathistory"
std::string_view name_of(Capability capability);
std::optional<Capability> capability_of(std::string_view name);

class CapabilitySet {
  public:
    bool has(Capability capability) const { return (bits_ & bit(capability)) != 0; }

    void add(Capability capability) { bits_ |= bit(capability); }

    void remove(Capability capability) { bits_ &= ~bit(capability); }

    std::uint32_t bits() const { return bits_; }

    // Any of those that put tags before lines: then labels, times and ids can be sent.
    bool has_tags() const;

    bool operator==(const CapabilitySet&) const = default;

  private:
    static std::uint32_t bit(Capability capability) {
        return std::uint32_t{1} << static_cast<unsigned>(capability);
    }

    std::uint32_t bits_ = 0;
};

// What is offered, with the values of those that have one.
struct CapabilityOffer {
    CapabilitySet offered;
    std::string sasl;      // "PLAIN"
    std::string multiline; // "max-bytes=4096,max-lines=40"
};

// One answer to CAP: "LS", "LIST", "ACK", "NAK", "NEW", "DEL", and the text behind it.
struct CapabilityAnswer {
    std::string_view subcommand;
    bool more = false; // another line of the same answer follows: "*" stands before the text
    std::string text;

    bool operator==(const CapabilityAnswer&) const = default;
};

class Negotiation {
  public:
    // Registration waits for CAP END.
    bool is_open() const { return open_; }

    const CapabilitySet& active() const { return active_; }

    // nullopt for a subcommand that there is not.  `registered`: nothing is held up any more.
    std::optional<std::vector<CapabilityAnswer>> take(std::string_view subcommand,
                                                      std::string_view argument,
                                                      const CapabilityOffer& offer,
                                                      bool registered);

    // What is offered has changed: what to tell a client with cap-notify.
    std::vector<CapabilityAnswer> changed(const CapabilityOffer& before,
                                          const CapabilityOffer& after);

  private:
    std::vector<CapabilityAnswer> list(std::string_view subcommand, const CapabilitySet& set,
                                       const CapabilityOffer* values) const;
    CapabilityAnswer request(std::string_view argument, const CapabilityOffer& offer);

    CapabilitySet active_;
    bool open_ = false;
    bool newer_ = false; // 302: values, several lines, cap-notify
};

} // namespace mailcast::irc
