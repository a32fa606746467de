// Rate limits and verdicts: what Intake asks of delivery/ about them.
#include "net/intake/intake.h"

#include <chrono>
#include <utility>

namespace mailcast::net {

namespace {

delivery::RateLimits::Moment moment() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

// What stands behind the plus is a topic, not another recipient.
std::string recipient_name(const mail::Recipient& recipient) {
    mail::Mailbox mailbox = recipient.mailbox;
    mailbox.local = mailbox.local.substr(0, mailbox.local.find('+', 1));
    return mailbox.text();
}

} // namespace

void Intake::set_rates(const delivery::RateSettings& internal,
                       const delivery::RateSettings& external) {
    rates_.set(internal, external);
}

void Intake::set_verdicts(delivery::VerdictSettings verdicts) {
    verdicts_ = std::move(verdicts);
}

std::optional<mail::Status> Intake::too_fast(const mail::Envelope& envelope,
                                             const mail::Recipient& recipient, mail::Origin origin,
                                             std::string_view client) const {
    if (rates_.is_open() || delivery::is_probe(envelope)) {
        return std::nullopt;
    }
    const std::string sender = envelope.reverse_path.text();
    const std::string to = recipient_name(recipient);
    return rates_.refusal({.origin = origin,
                           .sender = sender,
                           .client = client,
                           .recipient = to,
                           .is_first = envelope.recipients.empty()},
                          moment());
}

void Intake::count_rate(const mail::Envelope& envelope, const mail::Recipient& recipient,
                        mail::Origin origin, std::string_view client) {
    if (rates_.is_open() || delivery::is_probe(envelope)) {
        return;
    }
    const std::string sender = envelope.reverse_path.text();
    const std::string to = recipient_name(recipient);
    rates_.count({.origin = origin,
                  .sender = sender,
                  .client = client,
                  .recipient = to,
                  .is_first = envelope.recipients.empty()},
                 moment());
}

} // namespace mailcast::net
