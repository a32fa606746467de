#include "delivery/loop_guard.h"

#include "base/ascii.h"

#include <algorithm>

namespace mailcast::delivery {

namespace {

bool is_received(const mime::Field& field) {
    return base::iequals(field.name, "Received");
}

} // namespace

bool has_too_many_hops(const mime::Message& message) {
    return static_cast<std::size_t>(std::ranges::count_if(message.fields(), is_received)) >=
           too_many_received_fields;
}

std::vector<mail::Mailbox> delivered_before(const mime::Message& message, bool peer_trusted) {
    std::vector<mail::Mailbox> before;
    // Without any Received no mail server was at work, so none of the fields is of just now.
    bool counts = !peer_trusted || std::ranges::none_of(message.fields(), is_received);
    for (const mime::Field& field : message.fields()) {
        counts = counts || is_received(field);
        if (!counts || !base::iequals(field.name, "Delivered-To") ||
            before.size() == max_delivered_to) {
            continue;
        }
        std::string_view text = base::trim(field.value);
        if (text.starts_with('<') && text.ends_with('>')) {
            text = text.substr(1, text.size() - 2);
        }
        if (auto mailbox = mail::parse_mailbox(text)) {
            before.push_back(*std::move(mailbox));
        }
    }
    return before;
}

} // namespace mailcast::delivery
