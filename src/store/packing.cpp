#include "store/packing.h"

namespace mailcast::store {

namespace {

constexpr std::uint8_t version = 1;

// Marks of one recipient.
constexpr std::uint8_t mark_visible = 1;
constexpr std::uint8_t mark_entered = 2;
constexpr std::uint8_t mark_domain_in_address =
    4; // the domain is what follows the address's last @

// Of the details of a mail.
constexpr std::uint8_t mark_text_cut = 1;
constexpr std::uint8_t mark_elsewhere = 2; // behind the attachments: recipients at other nodes

class Writer {
  public:
    explicit Writer(std::size_t expected) {
        out_.reserve(expected);
        octet(version);
    }

    void octet(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }

    void number(std::uint64_t value) {
        while (value >= 0x80) {
            octet(static_cast<std::uint8_t>(value | 0x80));
            value >>= 7;
        }
        octet(static_cast<std::uint8_t>(value));
    }

    void string(std::string_view value) {
        number(value.size());
        out_.append(value);
    }

    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

// After the first fault everything reads as nothing; `finished` tells in the end.
class Reader {
  public:
    explicit Reader(std::string_view blob) : rest_(blob) { good_ = octet() == version; }

    std::uint8_t octet() {
        if (rest_.empty()) {
            good_ = false;
            return 0;
        }
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; good_ && shift < 64; shift += 7) {
            const std::uint8_t next = octet();
            value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
            if ((next & 0x80) == 0) {
                return value;
            }
        }
        good_ = false;
        return 0;
    }

    std::string_view string() {
        const std::uint64_t size = number();
        if (!good_ || size > rest_.size()) {
            good_ = false;
            return {};
        }
        const std::string_view value = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(static_cast<std::size_t>(size));
        return value;
    }

    // A list whose items take at least `item_size` octets each: a count that cannot be true is a fault.
    std::size_t count(std::size_t item_size) {
        const std::uint64_t value = number();
        if (!good_ || value > rest_.size() / item_size) {
            good_ = false;
            return 0;
        }
        return static_cast<std::size_t>(value);
    }

    bool good() const { return good_; }

    bool finished() const { return good_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool good_ = true;
};

std::string_view domain_in(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

} // namespace

std::string pack_recipients(const std::vector<chat::Addressed>& recipients,
                            const std::vector<bool>& entered) {
    std::size_t expected = 8;
    for (const auto& recipient : recipients) {
        expected += recipient.address.size() + 8;
    }
    Writer out(expected);
    out.number(recipients.size());
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        const auto& recipient = recipients[i];
        const bool short_form = domain_in(recipient.address) == recipient.domain;
        out.octet(static_cast<std::uint8_t>((recipient.visible ? mark_visible : 0) |
                                            (entered[i] ? mark_entered : 0) |
                                            (short_form ? mark_domain_in_address : 0)));
        out.number(static_cast<std::uint64_t>(recipient.entity));
        out.string(recipient.address);
        if (!short_form) {
            out.string(recipient.domain);
        }
    }
    return out.take();
}

std::optional<Recipients> unpack_recipients(std::string_view blob) {
    Reader in(blob);
    const std::size_t count = in.count(3);
    Recipients result;
    result.recipients.reserve(count);
    result.entered.reserve(count);
    for (std::size_t i = 0; i < count && in.good(); ++i) {
        const std::uint8_t marks = in.octet();
        chat::Addressed recipient;
        recipient.entity = static_cast<chat::EntityId>(in.number());
        recipient.address = in.string();
        recipient.domain =
            (marks & mark_domain_in_address) != 0 ? domain_in(recipient.address) : in.string();
        recipient.visible = (marks & mark_visible) != 0;
        result.recipients.push_back(std::move(recipient));
        result.entered.push_back((marks & mark_entered) != 0);
    }
    if (!in.finished()) {
        return std::nullopt;
    }
    return result;
}

std::string pack_details(const chat::Note& note) {
    const chat::MailFacts& mail = note.mail;
    Writer out(64 + note.context.size() + mail.envelope_from.size() + mail.from_address.size() +
               mail.message_id.size());
    out.string(note.badge);
    out.string(note.context);
    if (note.kind != chat::NoteKind::mail) {
        return out.take();
    }
    out.string(mail.envelope_from);
    out.string(mail.from_name);
    out.string(mail.from_address);
    out.string(mail.message_id);
    out.string(mail.origin);
    out.string(mail.verdict);
    out.string(mail.host_source);
    out.string(mail.date);
    out.number(mail.size);
    out.number(mail.text_lines);
    out.octet(static_cast<std::uint8_t>((mail.text_cut ? mark_text_cut : 0) |
                                        (note.elsewhere.empty() ? 0 : mark_elsewhere)));
    out.number(mail.attachments.size());
    for (const auto& attachment : mail.attachments) {
        out.string(attachment.name);
        out.string(attachment.type);
        out.number(attachment.size);
        out.octet(attachment.is_inline ? 1 : 0);
    }
    if (!note.elsewhere.empty()) {
        out.number(note.elsewhere.size());
        for (const std::string& uniform : note.elsewhere) {
            out.string(uniform);
        }
    }
    return out.take();
}

bool unpack_details(std::string_view blob, chat::Note& note) {
    Reader in(blob);
    note.badge = in.string();
    note.context = in.string();
    if (note.kind != chat::NoteKind::mail) {
        return in.finished();
    }
    chat::MailFacts& mail = note.mail;
    mail.envelope_from = in.string();
    mail.from_name = in.string();
    mail.from_address = in.string();
    mail.message_id = in.string();
    mail.origin = in.string();
    mail.verdict = in.string();
    mail.host_source = in.string();
    mail.date = in.string();
    mail.size = in.number();
    mail.text_lines = static_cast<std::uint32_t>(in.number());
    const std::uint8_t marks = in.octet();
    mail.text_cut = (marks & mark_text_cut) != 0;
    const std::size_t count = in.count(4);
    mail.attachments.reserve(count);
    for (std::size_t i = 0; i < count && in.good(); ++i) {
        chat::Attachment attachment;
        attachment.name = in.string();
        attachment.type = in.string();
        attachment.size = in.number();
        attachment.is_inline = in.octet() != 0;
        mail.attachments.push_back(std::move(attachment));
    }
    // What was written before they were kept has no mark.
    const std::size_t elsewhere = (marks & mark_elsewhere) != 0 ? in.count(1) : 0;
    for (std::size_t i = 0; i < elsewhere && in.good(); ++i) {
        note.elsewhere.emplace_back(in.string());
    }
    return in.finished();
}

std::string pack_strings(const std::vector<std::string>& strings) {
    std::size_t expected = 8;
    for (const auto& string : strings) {
        expected += string.size() + 2;
    }
    Writer out(expected);
    out.number(strings.size());
    for (const auto& string : strings) {
        out.string(string);
    }
    return out.take();
}

std::optional<std::vector<std::string>> unpack_strings(std::string_view blob) {
    Reader in(blob);
    const std::size_t count = in.count(1);
    std::vector<std::string> result;
    result.reserve(count);
    for (std::size_t i = 0; i < count && in.good(); ++i) {
        result.emplace_back(in.string());
    }
    if (!in.finished()) {
        return std::nullopt;
    }
    return result;
}

std::string pack_entities(const std::vector<chat::EntityId>& entities) {
    Writer out(8 + 3 * entities.size());
    out.number(entities.size());
    for (const chat::EntityId entity : entities) {
        out.number(static_cast<std::uint64_t>(entity));
    }
    return out.take();
}

std::optional<std::vector<chat::EntityId>> unpack_entities(std::string_view blob) {
    Reader in(blob);
    const std::size_t count = in.count(1);
    std::vector<chat::EntityId> result;
    result.reserve(count);
    for (std::size_t i = 0; i < count && in.good(); ++i) {
        result.push_back(static_cast<chat::EntityId>(in.number()));
    }
    if (!in.finished()) {
        return std::nullopt;
    }
    return result;
}

std::string pack_note(const chat::Note& note) {
    const std::string details = pack_details(note);
    Writer out(64 + note.text.size() + note.subject.size() + details.size());
    out.string(note.id.text());
    out.octet(static_cast<std::uint8_t>(note.kind));
    out.number(static_cast<std::uint64_t>(base::to_unix_ms(note.time)));
    out.string(note.source);
    out.string(note.source_name);
    out.string(note.subject);
    out.string(note.text);
    out.string(details);
    return out.take();
}

std::shared_ptr<const chat::Note> unpack_note(std::string_view blob) {
    Reader in(blob);
    auto note = std::make_shared<chat::Note>();
    const auto id = base::MessageId::parse(in.string());
    const std::uint8_t kind = in.octet();
    note->time = base::from_unix_ms(static_cast<std::int64_t>(in.number()));
    note->source = in.string();
    note->source_name = in.string();
    note->subject = in.string();
    note->text = in.string();
    const std::string_view details = in.string();
    if (!in.finished() || !id || kind > static_cast<std::uint8_t>(chat::NoteKind::notice)) {
        return nullptr;
    }
    note->id = *id;
    note->kind = static_cast<chat::NoteKind>(kind);
    return unpack_details(details, *note) ? note : nullptr;
}

std::string pack_outbox_targets(const std::vector<OutboxTarget>& targets) {
    Writer out(8 + targets.size() * 40);
    out.number(targets.size());
    for (const OutboxTarget& target : targets) {
        out.octet(target.visible ? 1 : 0);
        out.string(target.address);
    }
    return out.take();
}

std::optional<std::vector<OutboxTarget>> unpack_outbox_targets(std::string_view blob) {
    Reader in(blob);
    const std::size_t count = in.count(2);
    std::vector<OutboxTarget> targets;
    targets.reserve(count);
    for (std::size_t i = 0; i < count && in.good(); ++i) {
        const bool visible = in.octet() != 0;
        targets.push_back({.address = std::string(in.string()), .visible = visible});
    }
    if (!in.finished()) {
        return std::nullopt;
    }
    return targets;
}

} // namespace mailcast::store
