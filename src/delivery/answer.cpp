#include "delivery/answer.h"

#include <fmt/format.h>

namespace mailcast::delivery {

Answer answer_for(const Directory& directory, const Policy& policy, mail::Origin origin,
                  const mail::Envelope& envelope, const mail::Recipient& recipient) {
    Answer answer;
    answer.resolution = directory.resolve(recipient.mailbox);
    answer.disposition =
        policy.at_recipient(directory, origin, envelope, recipient, answer.resolution);
    return answer;
}

Existence existence(const Answer& answer) {
    switch (answer.resolution.kind) {
    case Resolution::Kind::found:
        return Existence::exists;
    case Resolution::Kind::unknown:
    case Resolution::Kind::not_ours:
        return Existence::nobody;
    case Resolution::Kind::no_postmaster:
    case Resolution::Kind::broken_alias:
        return Existence::unsure;
    }
    return Existence::unsure;
}

EdgeAction edge_action(const Answer& answer) {
    const mail::Status& status = answer.disposition.status;
    if (existence(answer) != Existence::exists || status.is_success()) {
        return EdgeAction::dunno;
    }
    return status.is_temporary() ? EdgeAction::defer : EdgeAction::reject;
}

std::string edge_text(const mail::Status& status) {
    return fmt::format("{}.{}.{} {}", status.enhanced.status_class, status.enhanced.subject,
                       status.enhanced.detail, status.text);
}

} // namespace mailcast::delivery
