#include "delivery/digest.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailcast::delivery {

namespace {

constexpr std::size_t longest_sender = 80; // octets
constexpr std::size_t longest_subject = 120;

// "2026-11-23 12:00 UTC": who reads it may be anywhere.
std::string minute(base::Time time) {
    const std::string full = base::format_rfc3339(time);
    return full.substr(0, 10) + " " + full.substr(11, 5) + " UTC";
}

std::string cut(std::string_view text, std::size_t octets) {
    const std::string line = base::safe_line(text);
    const std::string_view kept = base::utf8_prefix(line, octets);
    return std::string(kept) + (kept.size() < line.size() ? "..." : "");
}

std::string sender_of(const chat::Note& note) {
    if (note.kind != chat::NoteKind::mail) {
        return note.source_name;
    }
    const std::string& address =
        note.mail.from_address.empty() ? note.mail.envelope_from : note.mail.from_address;
    if (note.mail.from_name.empty() || note.mail.from_name == address) {
        return address.empty() ? "nobody (a bounce)" : address;
    }
    return note.mail.from_name + " <" + address + ">";
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return count == 1 ? fmt::format("one {}", one) : fmt::format("{} {}", count, many);
}

} // namespace

bool waits(const chat::Note& note, std::string_view own_uniform) {
    return note.kind != chat::NoteKind::notice && note.source != own_uniform;
}

DigestText digest_of(const Waiting& waiting) {
    const auto is_mail = [](const std::shared_ptr<const chat::Note>& note) {
        return note->kind == chat::NoteKind::mail;
    };
    const std::size_t all = waiting.notes.size();
    const auto mails = static_cast<std::size_t>(std::ranges::count_if(waiting.notes, is_mail));
    const std::size_t said = all - mails;
    std::string what = mails > 0 ? counted(mails, "mail", "mails") : "";
    what += mails > 0 && said > 0 ? " and " : "";
    what += said > 0 ? counted(said, "message", "messages") : "";
    what += waiting.more ? ", or more," : "";

    DigestText digest;
    digest.subject = fmt::format("{}{} you at {}", what, all == 1 ? " waits for" : " wait for",
                                 waiting.hostname);
    digest.text = fmt::format(
        "Nobody has read for you at {} since {}, and {} {} for you there:\n\n", waiting.hostname,
        minute(waiting.notes.front()->time), what, all == 1 ? "waits" : "wait");
    const std::size_t left_out = all - std::min(all, most_named);
    if (left_out > 0) {
        digest.text += fmt::format("- {} before these\n", left_out);
    }
    for (std::size_t i = left_out; i < all; ++i) {
        const chat::Note& note = *waiting.notes[i];
        digest.text += fmt::format(
            "- {}, {}{}{}\n", minute(note.time), cut(sender_of(note), longest_sender),
            note.kind == chat::NoteKind::mail ? ": " : " wrote to you",
            note.kind == chat::NoteKind::mail ? cut(note.subject, longest_subject) : std::string());
    }
    digest.text +=
        "\nAll of it is there when you come back. Until then there is no other mail like "
        "this one. For none at all say 'set digest=' there, or ask who runs the "
        "server.\n";
    return digest;
}

} // namespace mailcast::delivery
