#include "mime/encoded_word.h"

#include "base/ascii.h"
#include "base/octets.h"
#include "base/utf8.h"
#include "mime/base64.h"
#include "mime/charset_table.h"
#include "mime/output.h"
#include "mime/quoted_printable.h"
#include "mime/unicode_forms.h"

#include <algorithm>

namespace mailcast::mime {

namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr std::size_t max_label = 64;

constexpr bool is_white(char c) {
    return base::is_blank(c) || c == '\r' || c == '\n';
}

// RFC 2047, 2: charset is a token.
constexpr bool is_label_char(char c) {
    return base::is_alnum(c) || c == '-' || c == '_' || c == '.' || c == ':' || c == '+' ||
           c == '*' || c == '$' || c == '(' || c == ')' || c == '\'' || c == '/';
}

// Reads "=?label?encoding?" and gives its length, 0 when it is none.
std::size_t read_opening(std::string_view source, EncodedWord& word) {
    if (!source.starts_with("=?")) {
        return 0;
    }
    std::size_t label = 2;
    while (label < source.size() && label < max_label && is_label_char(source[label])) {
        ++label;
    }
    if (label + 2 >= source.size() || source[label] != '?' || source[label + 2] != '?') {
        return 0;
    }
    const char encoding = base::to_lower(source[label + 1]);
    if (encoding != 'b' && encoding != 'q') {
        return 0;
    }
    word.label = source.substr(2, label - 2);
    word.label = base::trim(word.label.substr(0, word.label.find('*')));
    word.is_base64 = encoding == 'b';
    return label + 3;
}

// Whole groups of four digits, padding counted, and nothing else but white space.
bool is_clean_base64(std::string_view text) {
    std::size_t digits = 0; // and padding
    for (const char c : text) {
        if (base64_value(c) >= 0 || c == '=') {
            ++digits;
        } else if (!is_white(c)) {
            return false;
        }
    }
    return digits % 4 == 0;
}

// True when it has a character that can be seen.
bool shows_something(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t c = base::next_code_point(text, at);
        if (c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c < 0x7F) ||
            (c >= 0xA0 && c != 0xFFFD)) {
            return true;
        }
    }
    return false;
}

// What is no encoded word.
void append_raw(std::string& text, std::string_view raw, TextDecoder& decoder, std::size_t max) {
    if (text.size() >= max) {
        return;
    }
    const bool plain =
        base::all_octets(raw, [](unsigned char c) { return (c < 0x80) & (c != 0x1B); });
    if (plain) {
        text.append(raw.substr(0, max - text.size()));
    } else {
        decoder.append(text, raw, "", max);
    }
}

class FieldTextDecoder {
  public:
    FieldTextDecoder(TextDecoder& decoder, std::size_t max) : decoder_(decoder), max_(max) {}

    std::string run(std::string_view raw) {
        EncodedWordFinder finder(raw);
        std::size_t plain = 0; // start of what is not an encoded word
        std::size_t at = raw.find("=?");
        while (at != npos && text_.size() < max_) {
            const std::optional<EncodedWord> word = finder.word_at(at);
            if (!word) {
                at = raw.find("=?", at + 2);
                continue;
            }
            const std::string_view between = raw.substr(plain, at - plain);
            // RFC 2047, 6.2: white space between encoded words is not shown.
            if (!after_word_ || !std::ranges::all_of(between, is_white)) {
                append_plain(between);
            }
            append_word(*word, raw.substr(at));
            plain = at + word->length;
            at = raw.find("=?", plain);
        }
        append_plain(raw.substr(plain));
        return std::move(text_);
    }

  private:
    void append_plain(std::string_view raw) {
        flush();
        after_word_ = false;
        append_raw(text_, raw, decoder_, max_);
    }

    // Words side by side in one set are decoded together: a character may be cut between them.
    void append_word(const EncodedWord& word, std::string_view source) {
        if (!base::iequals(word.label, label_) || pending_.size() >= max_) {
            flush();
            label_ = word.label;
        }
        if (pending_.empty()) {
            written_ = source;
            is_doubtful_ = false;
        }
        written_length_ = written_.size() - source.size() + word.length; // both end with the field
        Output output(pending_, max_);
        if (word.is_base64) {
            Base64Decoder base64(output);
            base64.feed(word.text);
            base64.finish();
            is_doubtful_ = is_doubtful_ || !is_clean_base64(word.text);
        } else {
            decode_q(word.text, output);
        }
        after_word_ = true;
    }

    void flush() {
        if (pending_.empty()) {
            return;
        }
        const std::size_t before = text_.size();
        if (!is_noise()) {
            decoder_.append(text_, pending_, label_, max_);
        }
        // What says nothing decoded is shown as it is written.
        if (!shows_something(std::string_view(text_).substr(before))) {
            text_.resize(before);
            append_raw(text_, written_.substr(0, written_length_), decoder_, max_);
        }
        pending_.clear();
    }

    // "=?utf-8?B?broken?=": neither right base64 nor a single character of UTF-8.
    bool is_noise() const {
        if (!is_doubtful_ || base::is_valid_utf8(pending_) || has_utf8_sequence(pending_)) {
            return false;
        }
        const Charset* charset = find_charset(label_);
        return charset == nullptr || charset->kind == Charset::Kind::utf8 ||
               charset->kind == Charset::Kind::ascii;
    }

    TextDecoder& decoder_;
    std::size_t max_;
    std::string text_;
    std::string pending_; // decoded octets of the words since the last flush, in the set of label_
    std::string_view label_;
    std::string_view written_; // the field from the first of those words on
    std::size_t written_length_ = 0;
    bool is_doubtful_ = false; // one of them is no right base64
    bool after_word_ = false;
};

} // namespace

void collapse_blanks(std::string& text) {
    std::size_t to = 0;
    bool gap = false;
    for (const char c : text) {
        if (is_white(c)) {
            gap = to > 0;
            continue;
        }
        if (gap) {
            text[to++] = ' ';
            gap = false;
        }
        text[to++] = c;
    }
    text.resize(to);
}

// Where the next word behind white space begins; looked for once, or a field of many openings takes quadratic time.
std::size_t EncodedWordFinder::next_word(std::size_t from) const {
    EncodedWord other;
    for (std::size_t at = raw_.find("=?", from); at != npos; at = raw_.find("=?", at + 1)) {
        if (is_white(raw_[at - 1]) && read_opening(raw_.substr(at), other) > 0) {
            return at;
        }
    }
    return npos;
}

std::optional<EncodedWord> EncodedWordFinder::word_at(std::size_t at) {
    EncodedWord word;
    const std::string_view source = raw_.substr(at);
    const std::size_t start = read_opening(source, word);
    if (start == 0) {
        return std::nullopt;
    }
    if (next_end_ < at + start) {
        next_end_ = raw_.find("?=", at + start);
    }
    if (next_end_ == npos) {
        return std::nullopt; // cut off: shown as it is written, as mail programs do
    }
    const std::size_t end = next_end_ - at;
    word.text = source.substr(start, end - start);
    word.length = end + 2;
    // When another word begins before the end, after white space, this one has lost its own.
    if (next_begin_ <= at + start) {
        next_begin_ = next_word(at + start + 1);
    }
    return next_begin_ < next_end_ ? std::nullopt : std::optional(word);
}

std::string decode_field_text(std::string_view raw, TextDecoder& decoder, std::size_t max,
                              Blanks blanks) {
    std::string text;
    if (raw.contains("=?")) {
        text = FieldTextDecoder(decoder, max).run(raw);
    } else {
        append_raw(text, raw, decoder, max);
    }
    if (blanks == Blanks::collapse) {
        collapse_blanks(text);
    } else {
        std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    }
    return text;
}

} // namespace mailcast::mime
