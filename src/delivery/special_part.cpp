#include "delivery/special_part.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "delivery/calendar_line.h"
#include "delivery/report_line.h"
#include "mime/charset.h"
#include "mime/parameter.h"
#include "mime/quoted_printable.h"

#include <algorithm>
#include <array>

namespace mailcast::delivery {

namespace {

constexpr std::string_view pgp_encrypted = "Encrypted with OpenPGP; cannot be read here";
constexpr std::string_view pgp_signed = "Signed with OpenPGP; the signature was not checked";
constexpr std::string_view pgp_key = "An OpenPGP key";
constexpr std::string_view smime_closed = "Encrypted or sealed with S/MIME; cannot be read here";
constexpr std::string_view smime_signed = "Signed with S/MIME; the signature was not checked";
constexpr std::string_view outlook_data = "Outlook's own format (winmail.dat); cannot be read here";

constexpr std::size_t max_card = 65'536; // octets of a vCard that are looked at
constexpr std::size_t max_shown = 300;   // octets of one value

std::string shown(std::string_view value) {
    return base::safe_line(base::utf8_prefix(base::trim(value), max_shown));
}

// vCard 2.1 has values in quoted-printable: "FN;CHARSET=utf-8;ENCODING=QUOTED-PRINTABLE:L=C3=B6w".
std::string name_on_card(std::string_view parameters, std::string_view value) {
    const std::string written = base::lowered(parameters);
    if (!written.contains("quoted-printable")) {
        return std::string(value);
    }
    std::string octets;
    mime::Output output(octets, max_shown);
    mime::decode_quoted_printable(base::trim(value), output);
    constexpr std::string_view key = "charset=";
    std::string_view charset;
    if (const std::size_t at = written.find(key); at != std::string::npos) {
        charset = std::string_view(written).substr(at + key.size());
        charset = charset.substr(0, charset.find(';'));
    }
    std::string name;
    mime::TextDecoder().append(name, octets, charset, max_shown);
    return name;
}

// RFC 6350 6.2.1: the formatted name.
std::string card_line(std::string_view card) {
    while (!card.empty()) {
        const std::size_t end = std::min(card.find('\n'), card.size());
        const std::string_view line = card.substr(0, end);
        card.remove_prefix(std::min(end + 1, card.size()));
        const std::size_t colon = line.find(':');
        if (base::istarts_with(line, "FN") && colon != std::string_view::npos &&
            (colon == 2 || line[2] == ';')) {
            return "Card of " +
                   shown(name_on_card(line.substr(2, colon - 2), line.substr(colon + 1)));
        }
    }
    return "A card (vCard)";
}

// Content-Type of the part, for parameters that only few types have.
std::string parameter_of(const mime::Part& part, std::string_view name) {
    const mime::Message header = mime::parse(part.header);
    mime::ParameterList parameters;
    parameters.read(header.raw_of("Content-Type"), {});
    mime::TextDecoder decoder;
    return shown(parameters.text(name, decoder).value_or(""));
}

// RFC 2046 5.2.2.
std::string partial_line(const mime::Part& part) {
    const std::string number = parameter_of(part, "number");
    const std::string total = parameter_of(part, "total");
    std::string line = "Piece " + (number.empty() ? "?" : number);
    if (!total.empty()) {
        line += " of " + total;
    }
    return line + " of a mail that was sent in pieces; they are not put together here";
}

// RFC 2046 5.2.3, RFC 2017.
std::string external_line(const mime::Part& part) {
    std::string line = "Kept elsewhere, not fetched";
    std::string_view before = ": ";
    for (const char* name : {"access-type", "url", "site", "server", "directory", "name"}) {
        const std::string value = parameter_of(part, name);
        if (!value.empty()) {
            line.append(before).append(name).append(" ").append(value);
            before = ", ";
        }
    }
    return line;
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
    return std::ranges::find(types, type) != types.end();
}

} // namespace

std::vector<std::string> special_lines(const mime::Message& message, const mime::Part& part) {
    const std::string_view type = part.type;
    const auto one = [](std::string_view line) {
        return std::vector<std::string>{std::string(line)};
    };
    if (type.starts_with("text/")) {
        if (is_one_of(type, {"text/calendar", "text/x-vcalendar"})) {
            return one(calendar_line(message.text(part, max_calendar), part.method));
        }
        if (is_one_of(type, {"text/vcard", "text/x-vcard", "text/directory"})) {
            return one(card_line(message.text(part, max_card)));
        }
        return {};
    }
    if (type.starts_with("message/")) {
        if (is_one_of(type, {"message/delivery-status", "message/global-delivery-status"})) {
            return delivery_report_lines(message.text(part, max_report));
        }
        if (is_one_of(type, {"message/disposition-notification",
                             "message/global-disposition-notification"})) {
            return one(disposition_line(message.text(part, max_report)));
        }
        if (type == "message/feedback-report") {
            return one(feedback_line(message.text(part, max_report)));
        }
        if (type == "message/partial") {
            return one(partial_line(part));
        }
        if (type == "message/external-body") {
            return one(external_line(part));
        }
        return {};
    }
    if (!type.starts_with("application/")) {
        return {};
    }
    if (type == "application/pgp-encrypted") {
        return one(pgp_encrypted);
    }
    if (type == "application/pgp-signature") {
        return one(pgp_signed);
    }
    if (type == "application/pgp-keys") {
        return one(pgp_key);
    }
    if (is_one_of(type, {"application/pkcs7-mime", "application/x-pkcs7-mime"})) {
        return one(smime_closed);
    }
    if (is_one_of(type, {"application/pkcs7-signature", "application/x-pkcs7-signature"})) {
        return one(smime_signed);
    }
    if (is_one_of(type, {"application/ms-tnef", "application/vnd.ms-tnef"}) ||
        base::iequals(part.name, "winmail.dat")) {
        return one(outlook_data);
    }
    return {};
}

bool is_first_piece(const mime::Part& part) {
    return part.type == "message/partial" && parameter_of(part, "number") == "1";
}

std::string_view armour_line(std::string_view text) {
    // One search for what all have in common: this runs over every text.
    constexpr std::string_view begin = "-----BEGIN PGP ";
    for (std::size_t at = text.find(begin); at != std::string_view::npos;
         at = text.find(begin, at + 1)) {
        if (at > 0 && text[at - 1] != '\n') {
            continue;
        }
        const std::string_view rest = text.substr(at + begin.size());
        if (rest.starts_with("MESSAGE-----")) {
            return pgp_encrypted;
        }
        if (rest.starts_with("SIGNED MESSAGE-----")) {
            return pgp_signed;
        }
        if (rest.starts_with("PUBLIC KEY BLOCK-----")) {
            return pgp_key;
        }
    }
    return {};
}

} // namespace mailcast::delivery
