#include "mime/part_header.h"

#include "base/ascii.h"
#include "mime/message_id.h"

#include <algorithm>
#include <array>

namespace mailcast::mime {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// RFC 2046, 5.1.1 has 70; beyond this no mail program looks for it any more.
constexpr std::size_t max_boundary = 1'000;

// RFC 6838, 4.2: 127 octets each for type and subtype.
constexpr std::size_t max_type = 255;

constexpr std::array<bool, 256> type_chars = [] {
    std::array<bool, 256> chars{};
    for (std::size_t c = 0; c < 0x80; ++c) {
        chars[c] = base::is_alnum(static_cast<char>(c));
    }
    for (const char c : std::string_view("!#$&-^_.+/*'`{|}~%")) {
        chars[static_cast<unsigned char>(c)] = true;
    }
    return chars;
}();

constexpr bool is_type_char(char c) {
    return type_chars[static_cast<unsigned char>(c)];
}

// "Text / Plain" as "text/plain"; "" when it is none.
std::string type_of(std::string_view value) {
    std::string type;
    type.reserve(std::min(value.size(), max_type));
    for (const char c : value.substr(0, max_type)) {
        if (is_type_char(c)) {
            type.push_back(base::to_lower(c));
        } else if (!base::is_blank(c) && c != '"' && c != '\r' && c != '\n' && c != ',') {
            return "";
        }
    }
    const std::size_t slash = type.find('/');
    if (slash == npos || slash == 0 || slash + 1 == type.size() ||
        type.find('/', slash + 1) != npos) {
        return "";
    }
    return type;
}

struct EncodingName {
    std::string_view name; // letters and digits only
    Encoding encoding;
};

constexpr std::array encoding_names = {
    EncodingName{"7bit", Encoding::identity},
    EncodingName{"8bit", Encoding::identity},
    EncodingName{"quotedprintable", Encoding::quoted_printable},
    EncodingName{"base64", Encoding::base64},
    EncodingName{"binary", Encoding::identity},
    EncodingName{"6bit", Encoding::identity},
    EncodingName{"7bits", Encoding::identity},
    EncodingName{"8bits", Encoding::identity},
    EncodingName{"none", Encoding::identity},
    EncodingName{"qp", Encoding::quoted_printable},
    EncodingName{"xuuencode", Encoding::uuencode},
    EncodingName{"xuue", Encoding::uuencode},
    EncodingName{"uuencode", Encoding::uuencode},
    EncodingName{"uue", Encoding::uuencode},
};

} // namespace

void ContentFields::offer(std::string_view name, std::string_view value) {
    constexpr std::string_view prefix = "content-";
    if (name.size() < prefix.size() + 2 || !base::istarts_with(name, prefix)) {
        return;
    }
    name.remove_prefix(prefix.size());
    const auto take = [&](std::string_view wanted, std::string_view& place) {
        if (place.data() == nullptr && base::iequals(name, wanted)) {
            place = value;
        }
    };
    take("type", type);
    take("transfer-encoding", encoding);
    take("disposition", disposition);
    take("id", id);
}

void PartHeaderReader::read(std::string_view field) {
    parameters_.read(field, {.parameters = limits_.parameters, .text = limits_.field_text});
    if (parameters_.is_over_limit()) {
        defects_.add(Defect::too_many_parameters);
    }
}

std::string PartHeaderReader::read(const ContentFields& fields, std::string_view default_type,
                                   Part& part) {
    std::string boundary = read_type(fields.type, default_type, part);
    if (!fields.disposition.empty()) {
        read_disposition(fields.disposition, part);
    }
    if (!fields.encoding.empty()) {
        read_encoding(fields.encoding, part);
    }
    if (!fields.id.empty()) {
        part.content_id = parse_message_id(fields.id);
    }
    return boundary;
}

std::string PartHeaderReader::read_type(std::string_view field, std::string_view default_type,
                                        Part& part) {
    if (base::trim(field).empty()) {
        part.type = default_type;
        return "";
    }
    read(field);
    part.type = type_of(parameters_.value());
    if (part.type.empty()) {
        part.type = "text/plain"; // RFC 2045, 5.2
        defects_.add(Defect::bad_content_type);
    }
    if (part.is_multipart()) {
        part.method = base::lowered(parameters_.token("report-type", decoder_));
        if (part.method.empty()) {
            part.method = base::lowered(parameters_.token("protocol", decoder_));
        }
        std::string boundary = parameters_.token("boundary", decoder_);
        boundary.resize(std::min(boundary.size(), max_boundary));
        while (!boundary.empty() && base::is_blank(boundary.back())) {
            boundary.pop_back(); // RFC 2046, 5.1.1: never ends in white space
        }
        return boundary;
    }
    part.charset = base::lowered(parameters_.token("charset", decoder_));
    if (!part.charset.empty() && find_charset(part.charset) == nullptr) {
        defects_.add(Defect::unknown_charset);
    }
    decoder_.expect(part.charset); // for the names of this part and those behind it
    if (part.type.starts_with("text/")) {
        part.flowed = base::iequals(parameters_.token("format", decoder_), "flowed");
        part.delsp = part.flowed && base::iequals(parameters_.token("delsp", decoder_), "yes");
    }
    if (part.type == "text/calendar") {
        part.method = base::lowered(parameters_.token("method", decoder_));
    } else if (part.type == "application/pkcs7-mime" || part.type == "application/x-pkcs7-mime") {
        part.method = base::lowered(parameters_.token("smime-type", decoder_));
    } else if (part.is_message()) {
        part.method = base::lowered(parameters_.token("access-type", decoder_));
    }
    if (auto name = parameters_.text("name", decoder_); name && !name->empty()) {
        part.name = std::move(*name);
        part.has_name = true;
    }
    return "";
}

void PartHeaderReader::read_disposition(std::string_view field, Part& part) {
    read(field);
    const std::string_view value = parameters_.value();
    if (base::iequals(value, "inline")) {
        part.presentation = Presentation::inline_;
    } else if (!value.empty() && value.find('=') == npos) {
        // RFC 2183, 2.8: unknown ones are treated as attachment.
        part.presentation = Presentation::attachment;
    }
    auto name = parameters_.text("filename", decoder_);
    if (!name && base::istarts_with(value, "filename=")) {
        // The word before it was forgotten.
        const std::string whole = "attachment;" + std::string(field);
        read(whole);
        name = parameters_.text("filename", decoder_);
    }
    if (name && !name->empty()) {
        part.name = std::move(*name);
        part.has_name = true;
    }
}

void PartHeaderReader::read_encoding(std::string_view field, Part& part) {
    std::string key;
    for (const char c : base::trim(field)) {
        if (base::is_alnum(c)) {
            key.push_back(base::to_lower(c));
        } else if (c == ';' || c == '(' || c == ',' ||
                   (base::is_blank(c) && !key.empty() && key != "quoted")) {
            break;
        }
        if (key.size() > 32) {
            break;
        }
    }
    part.encoding = Encoding::unknown;
    for (const EncodingName& known : encoding_names) {
        if (known.name == key) {
            part.encoding = known.encoding;
        }
    }
    if (key.empty()) {
        part.encoding = Encoding::identity;
    }
    if (part.encoding == Encoding::unknown) {
        defects_.add(Defect::unknown_encoding);
    }
}

} // namespace mailcast::mime
