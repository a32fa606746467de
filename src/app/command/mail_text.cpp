#include "app/command/mail_text.h"

#include "app/command/reading_text.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <string_view>

namespace mailcast::app {

namespace {

namespace json = boost::json;

// Lines of an entry that log_text() shows.
constexpr std::size_t shown_lines = 8;

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

// The subject, then the text; one of them alone when the other is empty.
std::string subject_and_text(const chat::Note& note) {
    if (note.kind == chat::NoteKind::notice && note.badge == chat::mailbox_badge) {
        return note.text.empty() ? note.subject : note.text + ": " + note.subject;
    }
    if (note.kind != chat::NoteKind::mail || note.subject.empty()) {
        return note.text;
    }
    return note.text.empty() ? note.subject : note.subject + "\n" + note.text;
}

} // namespace

std::string log_json(const store::LogEntry& entry) {
    const chat::Note& note = *entry.note;
    const bool is_mail = note.kind == chat::NoteKind::mail;
    json::object out;
    out["id"] = entry.sequence;
    out["time"] = base::format_rfc3339(note.time);
    out["kind"] = chat::to_string(note.kind);
    out["source"] = note.source;
    out["source_name"] = note.source_name;
    out["text"] = subject_and_text(note);
    out["mail"] = is_mail ? json::value(note.id.text()) : json::value(nullptr);
    out["context"] = text_or_null(note.context);
    out["subject"] = note.subject;
    out["badge"] = note.badge;
    out["verdict"] = note.mail.verdict;
    return json::serialize(out) + "\n";
}

std::string log_text(const store::LogEntry& entry) {
    const chat::Note& note = *entry.note;
    std::string out = fmt::format("{} {} {} {}", entry.sequence, base::format_rfc3339(note.time),
                                  chat::to_string(note.kind), note.source_name);
    if (note.kind == chat::NoteKind::mail) {
        // Without an address in From it is the sender of the envelope, as for who looks on.
        const std::string& address =
            note.mail.from_address.empty() ? note.mail.envelope_from : note.mail.from_address;
        out += fmt::format(" <{}> {}", address, note.id.text());
        if (!note.badge.empty()) {
            out += fmt::format(" [{}]", note.badge);
        }
    }
    out += '\n';
    const std::string text = subject_and_text(note);
    std::string_view rest = text;
    for (std::size_t line = 0; line < shown_lines && !rest.empty(); ++line) {
        const std::size_t end = rest.find('\n');
        out += fmt::format("    {}\n", rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    if (!rest.empty()) {
        out += "    ...\n";
    }
    return out;
}

std::string mail_json(const store::StoredMail& mail) {
    const chat::Note& note = *mail.note;
    boost::system::error_code error;
    json::value parsed = json::parse(reading_json(mail.content), error);
    json::object out = parsed.is_object() ? std::move(parsed.get_object()) : json::object{};
    out["id"] = note.id.text();
    out["received_at"] = base::format_rfc3339(note.time);
    out["envelope_from"] = note.mail.envelope_from;
    out["origin"] = note.mail.origin;
    json::array recipients;
    for (const std::string& recipient : mail.all_recipients) {
        recipients.emplace_back(recipient);
    }
    out["recipients"] = std::move(recipients);
    out["verdict"] = note.mail.verdict;
    out["size"] = note.mail.size;
    return json::serialize(out) + "\n";
}

std::string mail_text(const store::StoredMail& mail) {
    const chat::Note& note = *mail.note;
    std::string out = fmt::format("id            {}\nreceived at   {}\nenvelope from <{}>\n"
                                  "origin        {}\n",
                                  note.id.text(), base::format_rfc3339(note.time),
                                  note.mail.envelope_from, note.mail.origin);
    for (const std::string& recipient : mail.all_recipients) {
        out += fmt::format("recipient     <{}>\n", recipient);
    }
    if (!note.mail.verdict.empty()) {
        out += fmt::format("verdict       {}\n", note.mail.verdict);
    }
    if (!mail.queue_id.empty()) {
        out += fmt::format("queue id      {}\n", mail.queue_id);
    }
    out += fmt::format("size          {} octets\n\n", note.mail.size);
    return out + reading_text(mail.content);
}

} // namespace mailcast::app
