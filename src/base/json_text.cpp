#include "base/json_text.h"

#include "base/utf8.h"

#include <utility>

namespace mailcast::base {

namespace {

void append_escape(std::string& out, std::uint32_t code_point) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (unsigned shift = 16; shift > 0; shift -= 4) {
        out.push_back(digits[(code_point >> (shift - 4)) & 0xFU]);
    }
}

// Octets that may stand as they are.
bool is_plain(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet >= 0x20 && octet < 0x7F && c != '"' && c != '\\';
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
    out.reserve(out.size() + text.size() + 2);
    out.push_back('"');
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        while (at < text.size() && is_plain(text[at])) {
            ++at;
        }
        out.append(text, start, at - start);
        if (at == text.size()) {
            break;
        }
        const std::uint32_t c = next_code_point(text, at);
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (c < 0xA0 || c == 0x2028 || c == 0x2029) {
                append_escape(out, c);
            } else {
                append_utf8(out, c);
            }
            break;
        }
    }
    out.push_back('"');
}

void JsonWriter::begin_value() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (!has_members_.empty()) {
        if (has_members_.back()) {
            out_.push_back(',');
        }
        has_members_.back() = true;
    }
}

void JsonWriter::open(char bracket) {
    begin_value();
    out_.push_back(bracket);
    has_members_.push_back(false);
}

void JsonWriter::close(char bracket) {
    has_members_.pop_back();
    out_.push_back(bracket);
}

JsonWriter& JsonWriter::begin_object() {
    open('{');
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    close('}');
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    open('[');
    return *this;
}

JsonWriter& JsonWriter::end_array() {
    close(']');
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    begin_value();
    append_json_string(out_, name);
    out_.push_back(':');
    after_key_ = true;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
    begin_value();
    append_json_string(out_, value);
    return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
    begin_value();
    out_ += std::to_string(value);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    begin_value();
    out_ += value ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    begin_value();
    out_ += "null";
    return *this;
}

} // namespace mailcast::base
