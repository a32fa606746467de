#include "mime/message.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mime/address_list.h"
#include "mime/body.h"
#include "mime/charset.h"
#include "mime/date.h"
#include "mime/encoded_word.h"
#include "mime/message_id.h"

#include <algorithm>

namespace mailcast::mime {

namespace {

const Field* find_field(std::span<const Field> fields, std::string_view name) {
    for (const Field& field : fields) {
        if (base::iequals(field.name, name)) {
            return &field;
        }
    }
    return nullptr;
}

} // namespace

std::optional<std::string> Message::text_of(std::string_view field) const {
    const Field* found = find_field(fields_, field);
    if (found == nullptr) {
        return std::nullopt;
    }
    TextDecoder decoder;
    decoder.expect(header_charset_);
    return decode_field_text(found->value, decoder, limits_.field_text);
}

std::string_view Message::raw_of(std::string_view field) const {
    const Field* found = find_field(fields_, field);
    return found == nullptr ? std::string_view{} : found->value;
}

std::vector<Address> Message::addresses_of(std::string_view field) const {
    const Field* const first = find_field(fields_, field);
    if (first == nullptr) {
        return {};
    }
    TextDecoder decoder;
    decoder.expect(header_charset_);
    std::vector<Address> addresses = parse_address_list(first->value, decoder, limits_);
    // RFC 5322, 4.5.3: several fields of recipients are read as one.
    if (!base::iequals(field, "To") && !base::iequals(field, "Cc")) {
        return addresses;
    }
    for (const Field& more : std::span(first + 1, fields_.data() + fields_.size())) {
        if (addresses.size() >= limits_.addresses) {
            break;
        }
        if (!base::iequals(more.name, field)) {
            continue;
        }
        for (Address& address : parse_address_list(more.value, decoder, limits_)) {
            if (addresses.size() < limits_.addresses) {
                addresses.push_back(std::move(address));
            }
        }
    }
    return addresses;
}

std::vector<Address> Message::from() const {
    return addresses_of("From");
}

std::string Message::subject() const {
    return text_of("Subject").value_or("");
}

std::optional<base::Time> Message::date() const {
    return parse_date(raw_of("Date"));
}

// Some programs encode long ids as if they were text.
template <typename Parse>
auto Message::ids_of(std::string_view field, Parse parse) const {
    const std::string_view raw = raw_of(field);
    return raw.contains("=?") ? parse(text_of(field).value_or("")) : parse(raw);
}

std::string Message::message_id() const {
    return ids_of("Message-ID", parse_message_id);
}

std::vector<std::string> Message::in_reply_to() const {
    return ids_of("In-Reply-To", parse_message_ids);
}

std::vector<std::string> Message::references() const {
    return ids_of("References", parse_message_ids);
}

std::string Message::decoded(const Part& part, std::size_t max) const {
    std::string kept;
    Output output(kept, max);
    decode_body(part.body, part.encoding, output, passed_from(part));
    return kept;
}

std::uint64_t Message::decoded_size(const Part& part) const {
    Output output;
    decode_body(part.body, part.encoding, output, passed_from(part));
    return output.size();
}

std::string Message::text(const Part& part, std::size_t max) const {
    return decode_text(part, max, passed_from(part));
}

// Offsets within the body of a part become offsets of the mail.
Passed Message::passed_from(const Part& part) const {
    if (!passed_) {
        return {};
    }
    // A part of another mail (one within a message/rfc822) has no place in these octets.
    const std::less<const char*> before;
    if (before(part.body.data(), octets_.data()) ||
        before(octets_.data() + octets_.size(), part.body.data())) {
        return {};
    }
    const auto start = static_cast<std::size_t>(part.body.data() - octets_.data());
    return [this, start](std::size_t offset) { passed_(start + offset); };
}

} // namespace mailcast::mime
