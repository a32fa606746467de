#include "delivery/note_maker.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/cut.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace mailcast::delivery {

namespace {

// Who handed the mail in: what the trusted peer forwarded counts more than the peer itself.
std::string host_of(const mail::Envelope& envelope, const MailArrival& arrival) {
    const mail::ForwardedClient& client = envelope.forwarded;
    for (const std::string* name : {&client.name, &client.address, &arrival.peer, &envelope.helo}) {
        if (!name->empty()) {
            return base::safe_line(*name);
        }
    }
    return {};
}

// The sender in the words of the envelope, which policy judged; the From field is the mail's own claim
// and stands only in for a null reverse-path.
std::string source_of(const Reading& reading, const std::string& reverse_path) {
    const std::string& address = reverse_path.empty() ? reading.from_addr : reverse_path;
    return "mailto:" + (address.empty() ? "MAILER-DAEMON" : base::safe_line(address));
}

std::string shown_name(const Reading& reading, const mail::Envelope& envelope) {
    std::string_view name = reading.from_name;
    if (name.empty()) {
        name = reading.from_addr;
    }
    std::string fallback;
    if (name.empty()) {
        fallback = envelope.reverse_path.is_null() ? "MAILER-DAEMON" : envelope.reverse_path.text();
        name = fallback;
    }
    return std::string(base::utf8_prefix(name, max_note_name));
}

} // namespace

chat::Note make_note(const Reading& reading, const mail::Envelope& envelope,
                     const MailArrival& arrival, std::vector<chat::Addressed> recipients) {
    chat::Note note;
    note.id = arrival.id;
    note.kind = chat::NoteKind::mail;
    note.time = arrival.received;
    std::string reverse_path = envelope.reverse_path.text();
    note.source = source_of(reading, reverse_path);
    note.source_name = shown_name(reading, envelope);
    const Judgement judgement = arrival.origin == mail::Origin::internal
                                    ? Judgement{.verdict = Verdict::inside, .domain = {}}
                                    : arrival.judgement;
    note.badge = badge_of(arrival.origin, judgement);
    note.subject = base::utf8_prefix(reading.subject, max_note_subject);
    const text::Cut cut = text::cut_at_line(reading.text, SIZE_MAX, max_note_text);
    note.text = cut.shown;
    note.recipients = std::move(recipients);

    chat::MailFacts& facts = note.mail;
    facts.envelope_from = std::move(reverse_path);
    facts.from_name = reading.from_name;
    facts.from_address = reading.from_addr;
    facts.message_id = reading.message_id;
    facts.origin = mail::to_string(arrival.origin);
    facts.verdict = to_string(judgement.verdict);
    facts.host_source = host_of(envelope, arrival);
    facts.date = reading.date ? base::format_rfc3339(*reading.date) : "";
    facts.size = arrival.size;
    facts.text_lines = static_cast<std::uint32_t>(
        std::min<std::size_t>(text::count_lines(reading.text), UINT32_MAX));
    facts.text_cut = cut.is_cut();
    const std::size_t attachments = std::min(reading.attachments.size(), max_note_attachments);
    facts.attachments.assign(reading.attachments.begin(),
                             reading.attachments.begin() +
                                 static_cast<std::ptrdiff_t>(attachments));
    return note;
}

} // namespace mailcast::delivery
