#include "app/server/store_mail_reading.h"

#include "base/ascii.h"
#include "base/log.h"
#include "base/utf8.h"
#include "delivery/reading.h"
#include "delivery/rules.h"
#include "mail/mailbox.h"
#include "mime/encoded_word.h"
#include "mime/message.h"
#include "text/cut.h"
#include "text/own_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace mailcast::app {

namespace {

bool is_trace(std::string_view name) {
    return base::iequals(name, "received") || base::iequals(name, "return-path") ||
           base::iequals(name, "delivered-to") || base::iequals(name, "authentication-results");
}

constexpr std::size_t most = chat::MailReading::longest_header;

std::string shown_value(std::string_view value) {
    mime::TextDecoder decoder;
    return base::safe_line(mime::decode_field_text(value, decoder, most));
}

std::string line_of(std::string_view name, std::string_view value) {
    std::string line = base::safe_line(name) + ": " + shown_value(value);
    return std::string(base::utf8_prefix(line, most));
}

void add_fields(chat::MailRead& read, std::string_view octets) {
    const mime::Message message = mime::parse(octets);
    for (const mime::Field& field : message.fields()) {
        if (read.headers.size() == chat::MailReading::most_headers) {
            read.headers.emplace_back("...");
            return;
        }
        read.headers.push_back(line_of(field.name, field.value));
        if (is_trace(field.name)) {
            read.trace.push_back(read.headers.back());
        }
    }
}

// Fields that our own doors put before the content; parsed as the header of a mail without a body.
void add_own_trace(chat::MailRead& read, std::string_view trace) {
    const std::string octets = std::string(trace) + "\r\n";
    const mime::Message message = mime::parse(octets);
    for (const mime::Field& field : message.fields()) {
        if (is_trace(field.name)) {
            read.trace.push_back(line_of(field.name, field.value));
        }
    }
}

std::string sentence(const delivery::Rules& rules, bool internal, bool known, bool listed) {
    using Senders = delivery::Rules::Senders;
    switch (rules.senders) {
    case Senders::any:
        return "no rule keeps anybody out (senders=any)";
    case Senders::internal:
        return internal ? "senders=internal lets in what comes from inside"
                        : "the rule was another one then; senders=internal would refuse it now";
    case Senders::known:
        if (listed) {
            return "senders=known, and the sender stands in the list beside it";
        }
        if (known) {
            return "senders=known, and you have written to this sender";
        }
        if (internal) {
            return "senders=known, and the sender is a person of here";
        }
        break;
    case Senders::list:
        if (listed) {
            return "the sender stands in the list of the rule senders";
        }
        break;
    case Senders::none:
        return "the rule was another one then; senders=none would refuse it now";
    }
    return rules.hold
               ? "a stranger's mail that you accepted, or the rule was another one then"
               : "the rule was another one then; by senders=" +
                     std::string(delivery::to_string(rules.senders)) + " it would be refused now";
}

} // namespace

std::shared_ptr<const chat::MailRead> mail_read(const store::StoredMail& mail) {
    auto read = std::make_shared<chat::MailRead>();
    read->note = mail.note;
    read->queue_id = base::safe_line(mail.queue_id);
    if (mail.content.empty()) {
        // Another node's mail is its note.
        read->text = mail.note->text;
        read->text_cut = mail.note->mail.text_cut;
        return read;
    }
    {
        const delivery::Reading reading = delivery::read(mime::parse(mail.content));
        const text::Cut cut =
            text::cut_at_line(reading.text, SIZE_MAX, chat::MailReading::most_text);
        read->text = cut.shown;
        read->text_cut = cut.is_cut();
    }
    add_own_trace(*read, mail.trace);
    add_fields(*read, mail.content);
    read->source = mail.content.substr(0, chat::MailReading::most_source);
    read->source_octets = mail.content.size();
    return read;
}

chat::OwnWords StoreMailReading::own_words(std::string_view text) const {
    text::OwnWords own = text::split_quotes(text);
    chat::OwnWords result;
    result.trimmed = text::describe_trimmed(own);
    result.trimmed_lines = own.trimmed();
    result.text = std::move(own.text);
    return result;
}

std::string StoreMailReading::field_text(std::string_view raw) const {
    return std::string(base::utf8_prefix(shown_value(raw), most));
}

void StoreMailReading::read(base::MessageId id,
                            std::function<void(std::shared_ptr<const chat::MailRead>)> done) {
    parts_.store.read_mail(id, [post = parts_.post, done = std::move(done)](
                                   const store::Result<store::StoredMail>& mail) {
        std::shared_ptr<const chat::MailRead> read;
        if (mail) {
            read = mail_read(*mail);
        } else if (mail.error().kind != store::Error::Kind::not_found) {
            base::log::error("reading a mail: {}", mail.error().message);
        }
        post([done, read] { done(read); });
    });
}

std::vector<std::string> StoreMailReading::rules(chat::EntityId entity) const {
    const auto directory = parts_.directory();
    const delivery::Entity* found = directory->find(entity);
    return found != nullptr ? delivery::print_rules(found->rules) : std::vector<std::string>{};
}

std::string StoreMailReading::let_in_by(const chat::Note& note, chat::EntityId entity) const {
    const auto directory = parts_.directory();
    const delivery::Entity* found = directory->find(entity);
    if (found == nullptr) {
        return "there is no such person or place any more";
    }
    const auto sender = mail::parse_mailbox(note.mail.envelope_from);
    const bool known = sender && parts_.is_known && parts_.is_known(*found, *sender);
    const bool listed = sender && delivery::list_matches(found->rules.sender_list, *sender);
    return sentence(found->rules, note.mail.origin == "internal", known, listed);
}

} // namespace mailcast::app
