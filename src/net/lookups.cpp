#include "net/lookups.h"

#include "base/ascii.h"
#include "base/log.h"
#include "base/utf8.h"
#include "delivery/answer.h"

#include <fmt/core.h>

#include <expected>

namespace mailcast::net {

namespace {

using Map = smtp::SocketmapAnswer;
using Action = smtp::PolicyAction;

// As mail::parse_path() takes it at RCPT, so that all doors read an address the same way.
std::expected<mail::Mailbox, mail::AddressError> mailbox_of(std::string_view address) {
    std::string_view rest;
    const std::string path = fmt::format("<{}>", address);
    auto mailbox = mail::parse_path(
        path, {.utf8 = true, .null_path = true, .bare_postmaster = true, .long_local_part = true},
        rest);
    if (mailbox && !rest.empty()) {
        return std::unexpected(mail::AddressError::syntax);
    }
    return mailbox;
}

} // namespace

smtp::SocketmapAnswer Lookups::exists(std::string_view map, std::string_view key) {
    if (map != "rcpt") {
        return {.result = Map::Result::permanent,
                .text = fmt::format("there is no map '{}' here, only 'rcpt'",
                                    base::utf8_prefix(base::safe_line(map), 40))};
    }
    // A domain or "@domain" alone, which some tables are asked for, is nobody's address.
    const auto mailbox = mailbox_of(key);
    if (!mailbox || mailbox->is_null()) {
        ++counters_.not_found;
        return {.result = Map::Result::not_found, .text = {}};
    }
    const mail::Recipient recipient{.mailbox = *mailbox, .original = std::string(key), .orcpt = {}};
    const delivery::Answer answer = delivery::answer_for(*intake_.directory(), intake_.policy(),
                                                         mail::Origin::external, {}, recipient);
    switch (delivery::existence(answer)) {
    case delivery::Existence::exists:
        ++counters_.found;
        return {.result = Map::Result::ok, .text = "1"};
    case delivery::Existence::nobody:
        ++counters_.not_found;
        return {.result = Map::Result::not_found, .text = {}};
    case delivery::Existence::unsure:
        break;
    }
    ++counters_.unsure;
    base::log::warn("socketmap: {}", answer.disposition.status.text);
    return {.result = Map::Result::temporary, .text = answer.disposition.status.text};
}

smtp::PolicyAction Lookups::may(const smtp::PolicyRequest& request, const LookupDoor& door) {
    Action action = judge(request, door);
    switch (action.kind) {
    case Action::Kind::dunno:
        ++counters_.let_pass;
        break;
    case Action::Kind::reject:
        ++counters_.rejected;
        break;
    case Action::Kind::defer_if_permit:
        ++counters_.deferred;
        break;
    }
    if (action.kind != Action::Kind::dunno) {
        base::log::info("from=<{}> to=<{}> client={} sasl={} door=policy action={} ({})",
                        base::safe_line(request.sender), base::safe_line(request.recipient),
                        base::safe_line(request.client_address),
                        base::safe_line(request.sasl_username),
                        action.kind == Action::Kind::reject ? "reject" : "defer", action.text);
    }
    return action;
}

smtp::PolicyAction Lookups::judge(const smtp::PolicyRequest& request,
                                  const LookupDoor& door) const {
    // At DATA the recipient is named only when there is one; without one there is nothing to judge.
    if (request.request != "smtpd_access_policy" || request.recipient.empty()) {
        return {};
    }
    const auto recipient_mailbox = mailbox_of(request.recipient);
    const auto sender = mailbox_of(request.sender);
    if (!recipient_mailbox || recipient_mailbox->is_null() || !sender) {
        return {}; // no address of ours, which others will say
    }
    mail::Envelope envelope;
    envelope.reverse_path = *sender;
    envelope.declared_size = request.size;
    envelope.authenticated = request.sasl_username;
    envelope.forwarded.address = request.client_address;
    // What XFORWARD SOURCE will say to the mail door of this mail.
    if (!request.client_address.empty() && request.sasl_username.empty()) {
        envelope.forwarded.source = door.trusted.contains(request.client_address)
                                        ? mail::Origin::internal
                                        : mail::Origin::external;
    }
    const mail::Origin origin =
        mail::origin_of(envelope.forwarded, envelope.authenticated, door.origin);
    const mail::Recipient recipient{
        .mailbox = *recipient_mailbox, .original = request.recipient, .orcpt = {}};
    const delivery::Answer answer =
        delivery::answer_for(*intake_.directory(), intake_.policy(), origin, envelope, recipient);
    switch (delivery::edge_action(answer)) {
    case delivery::EdgeAction::reject:
        return {.kind = Action::Kind::reject,
                .text = delivery::edge_text(answer.disposition.status)};
    case delivery::EdgeAction::defer:
        return {.kind = Action::Kind::defer_if_permit,
                .text = delivery::edge_text(answer.disposition.status)};
    case delivery::EdgeAction::dunno:
        break;
    }
    if (delivery::existence(answer) != delivery::Existence::exists) {
        return {};
    }
    if (const auto slow = intake_.too_fast(envelope, recipient, origin, request.client_address)) {
        return {.kind = Action::Kind::defer_if_permit, .text = delivery::edge_text(*slow)};
    }
    return {};
}

} // namespace mailcast::net
