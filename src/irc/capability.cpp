#include "irc/capability.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mailcast::irc {

namespace {

constexpr std::array<std::string_view, capability_amount> names = {
    "account-notify",    "account-tag",  "away-notify",       "batch",
    "cap-notify",        "chghost",      "draft/chathistory", "draft/multiline",
    "draft/read-marker", "echo-message", "extended-join",     "invite-notify",
    "labeled-response",  "message-tags", "multi-prefix",      "sasl",
    "server-time",       "setname",      "standard-replies",  "userhost-in-names"};

constexpr std::size_t longest_list = 400; // octets; with the rest of the line it stays under 512

std::string_view value_of(Capability capability, const CapabilityOffer& offer) {
    switch (capability) {
    case Capability::sasl:
        return offer.sasl;
    case Capability::multiline:
        return offer.multiline;
    default:
        return {};
    }
}

std::string with_value(Capability capability, const CapabilityOffer* offer) {
    std::string text(name_of(capability));
    const std::string_view value =
        offer == nullptr ? std::string_view{} : value_of(capability, *offer);
    if (!value.empty()) {
        text += '=';
        text += value;
    }
    return text;
}

std::vector<Capability> all() {
    std::vector<Capability> capabilities;
    capabilities.reserve(capability_amount);
    for (std::size_t i = 0; i < capability_amount; ++i) {
        capabilities.push_back(static_cast<Capability>(i));
    }
    return capabilities;
}

} // namespace

std::string_view name_of(Capability capability) {
    return names[static_cast<std::size_t>(capability)];
}

std::optional<Capability> capability_of(std::string_view name) {
    const auto* const found = std::ranges::find(names, name);
    if (found == names.end()) {
        return std::nullopt;
    }
    return static_cast<Capability>(found - names.begin());
}

bool CapabilitySet::has_tags() const {
    return has(Capability::message_tags) || has(Capability::server_time) ||
           has(Capability::batch) || has(Capability::labeled_response) ||
           has(Capability::account_tag);
}

std::vector<CapabilityAnswer> Negotiation::list(std::string_view subcommand,
                                                const CapabilitySet& set,
                                                const CapabilityOffer* values) const {
    std::vector<CapabilityAnswer> answers(1);
    for (const Capability capability : all()) {
        if (!set.has(capability)) {
            continue;
        }
        const std::string text = with_value(capability, values);
        // One line only for those who know no other form.
        if (newer_ && answers.back().text.size() + text.size() + 1 > longest_list) {
            answers.back().more = true;
            answers.emplace_back();
        }
        std::string& line = answers.back().text;
        line += line.empty() ? "" : " ";
        line += text;
    }
    for (CapabilityAnswer& answer : answers) {
        answer.subcommand = subcommand;
    }
    return answers;
}

CapabilityAnswer Negotiation::request(std::string_view argument, const CapabilityOffer& offer) {
    CapabilitySet wanted = active_;
    bool good = true;
    std::string_view rest = base::trim(argument);
    while (!rest.empty()) {
        std::string_view word = rest.substr(0, rest.find(' '));
        rest = base::trim(rest.substr(word.size()));
        const bool off = word.starts_with('-');
        word.remove_prefix(off ? 1 : 0);
        const auto capability = capability_of(word);
        if (!capability || (!off && !offer.offered.has(*capability)) ||
            (off && *capability == Capability::cap_notify && newer_)) {
            good = false; // all or nothing
        } else if (off) {
            wanted.remove(*capability);
        } else {
            wanted.add(*capability);
        }
    }
    if (good) {
        active_ = wanted;
    }
    return {.subcommand = good ? "ACK" : "NAK",
            .more = false,
            .text = std::string(base::trim(argument))};
}

std::optional<std::vector<CapabilityAnswer>> Negotiation::take(std::string_view subcommand,
                                                               std::string_view argument,
                                                               const CapabilityOffer& offer,
                                                               bool registered) {
    const auto is = [subcommand](std::string_view name) { return base::iequals(subcommand, name); };
    if (is("LS")) {
        open_ = !registered;
        int version = 0;
        std::from_chars(argument.data(), argument.data() + argument.size(), version);
        if (version >= 302) {
            newer_ = true;
            active_.add(Capability::cap_notify);
        }
        return list("LS", offer.offered, newer_ ? &offer : nullptr);
    }
    if (is("LIST")) {
        return list("LIST", active_, nullptr);
    }
    if (is("REQ")) {
        open_ = !registered;
        return std::vector{request(argument, offer)};
    }
    if (is("END")) {
        open_ = false;
        return std::vector<CapabilityAnswer>{};
    }
    return std::nullopt;
}

std::vector<CapabilityAnswer> Negotiation::changed(const CapabilityOffer& before,
                                                   const CapabilityOffer& after) {
    CapabilitySet fresh;
    CapabilitySet gone;
    for (const Capability capability : all()) {
        const bool had = before.offered.has(capability);
        const bool has = after.offered.has(capability);
        if (has && (!had || value_of(capability, before) != value_of(capability, after))) {
            fresh.add(capability);
        } else if (had && !has) {
            gone.add(capability);
        }
    }
    const bool told = active_.has(Capability::cap_notify);
    std::vector<CapabilityAnswer> answers;
    if (gone.bits() != 0) {
        for (const Capability capability : all()) {
            if (gone.has(capability)) {
                active_.remove(capability);
            }
        }
        answers = list("DEL", gone, nullptr);
    }
    if (fresh.bits() != 0) {
        for (CapabilityAnswer& answer : list("NEW", fresh, &after)) {
            answers.push_back(std::move(answer));
        }
    }
    return told ? answers : std::vector<CapabilityAnswer>{};
}

} // namespace mailcast::irc
