#include "mime/encoded_word.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mime/base64.h"
#include "mime/output.h"
#include "mime/quoted_printable.h"

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
            append_word(*word);
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
        if (text_.size() >= max_) {
            return;
        }
        const bool plain = std::ranges::all_of(
            raw, [](char c) { return static_cast<std::uint8_t>(c) < 0x80 && c != '\x1B'; });
        if (plain) {
            text_.append(raw.substr(0, max_ - text_.size()));
        } else {
            decoder_.append(text_, raw, "", max_);
        }
    }

    // Words side by side in one set are decoded together: a character may be cut between them.
    void append_word(const EncodedWord& word) {
        if (!base::iequals(word.label, label_) || pending_.size() >= max_) {
            flush();
            label_ = word.label;
        }
        Output output(pending_, max_);
        if (word.is_base64) {
            Base64Decoder base64(output);
            base64.feed(word.text);
            base64.finish();
        } else {
            decode_q(word.text, output);
        }
        after_word_ = true;
    }

    void flush() {
        if (!pending_.empty()) {
            decoder_.append(text_, pending_, label_, max_);
            pending_.clear();
        }
    }

    TextDecoder& decoder_;
    std::size_t max_;
    std::string text_;
    std::string pending_; // decoded octets of the words since the last flush, in the set of label_
    std::string_view label_;
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

std::optional<EncodedWord> EncodedWordFinder::word_at(std::size_t at) {
    const std::string_view source = raw_.substr(at);
    if (!source.starts_with("=?")) {
        return std::nullopt;
    }
    std::size_t label = 2;
    while (label < source.size() && label < max_label && is_label_char(source[label])) {
        ++label;
    }
    if (label + 2 >= source.size() || source[label] != '?' || source[label + 2] != '?') {
        return std::nullopt;
    }
    EncodedWord word;
    word.label = source.substr(2, label - 2);
    word.label = word.label.substr(0, word.label.find('*'));
    const char encoding = base::to_lower(source[label + 1]);
    if (encoding != 'b' && encoding != 'q') {
        return std::nullopt;
    }
    word.is_base64 = encoding == 'b';

    const std::size_t start = label + 3;
    if (next_end_ < at + start) {
        next_end_ = raw_.find("?=", at + start);
    }
    if (next_end_ != npos) {
        std::size_t end = next_end_ - at;
        word.text = source.substr(start, end - start);
        word.length = end + 2;
        // When another word begins before the end, after white space, this one has lost its own.
        for (std::size_t next = word.text.find("=?"); next != npos;
             next = word.text.find("=?", next + 1)) {
            if (next > 0 && is_white(word.text[next - 1])) {
                word.text = base::trim(word.text.substr(0, next));
                word.length = start + next - 1;
                break;
            }
        }
    } else {
        std::size_t end = start;
        while (end < source.size() && !is_white(source[end])) {
            ++end;
        }
        word.text = source.substr(start, end - start);
        word.length = end;
    }
    if (word.text.ends_with('?') && next_end_ == npos) {
        word.text.remove_suffix(1);
    }
    return word;
}

std::string decode_field_text(std::string_view raw, TextDecoder& decoder, std::size_t max,
                              Blanks blanks) {
    std::string text = FieldTextDecoder(decoder, max).run(raw);
    if (blanks == Blanks::collapse) {
        collapse_blanks(text);
    } else {
        std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    }
    return text;
}

} // namespace mailcast::mime
