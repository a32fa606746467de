#include "mime/address_list.h"

#include "base/ascii.h"
#include "base/octets.h"
#include "base/utf8.h"
#include "mime/encoded_word.h"

#include <algorithm>
#include <array>

namespace mailcast::mime {

namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr bool is_white(char c) {
    return base::is_blank(c) || c == '\r' || c == '\n';
}

constexpr std::array<bool, 256> atom_ends = [] {
    std::array<bool, 256> ends{};
    for (const char c : std::string_view(" \t\r\n\"(<>,;:=")) {
        ends[static_cast<unsigned char>(c)] = true;
    }
    return ends;
}();

class AddressListParser {
  public:
    AddressListParser(std::string_view raw, TextDecoder& decoder, const Limits& limits)
        : raw_(raw), decoder_(decoder), limits_(limits), words_(raw) {}

    std::vector<Address> run() {
        constexpr std::size_t few = 16;
        addresses_.reserve(std::min(base::count_octets(raw_, ',') + 1, few));
        while (at_ < raw_.size() && !is_full()) {
            step();
        }
        finish_address();
        if (in_group_) {
            finish_group();
        }
        return std::move(addresses_);
    }

    bool is_cut() const { return at_ < raw_.size(); }

  private:
    bool is_full() const { return addresses_.size() >= limits_.addresses; }

    void step() {
        const char c = raw_[at_];
        if (is_white(c)) {
            gap_ = true;
            ++at_;
            return;
        }
        switch (c) {
        case '"':
            quoted();
            return;
        case '(':
            comment();
            return;
        case '<':
            angle();
            return;
        case ',':
            finish_address();
            ++at_;
            return;
        case ';':
            finish_address();
            if (in_group_) {
                finish_group();
            }
            ++at_;
            return;
        case ':':
            if (is_group_name()) {
                begin_group();
                ++at_;
                return;
            }
            break;
        case '>': // closes nothing
            ++at_;
            return;
        default:
            break;
        }
        atom();
    }

    // "Friends:" begins a group, unless what came so far looks like (part of) an address.
    bool is_group_name() const {
        return !has_angle_ && phrase_.find('@') == std::string::npos && !phrase_.empty();
    }

    void begin_group() {
        if (in_group_ && !group_has_members_ && group_name_.empty()) {
            finish_group();
        }
        group_name_ = std::move(phrase_);
        in_group_ = true;
        group_has_members_ = false;
        clear();
    }

    void finish_group() {
        if (!group_has_members_ && !is_full()) {
            std::string name = decoded(group_name_);
            if (!name.empty()) {
                addresses_.push_back({.name = std::move(name), .address = ""});
            }
        }
        in_group_ = false;
        group_name_.clear();
    }

    void append_word(std::string_view word) {
        if (gap_ && !phrase_.empty()) {
            phrase_.push_back(' ');
        }
        gap_ = false;
        if (phrase_.size() < limits_.field_text) {
            phrase_.append(word);
        }
    }

    void atom() {
        if (raw_[at_] == '=') {
            // An encoded word may hold commas and brackets, though it must not.
            if (const auto word = words_.word_at(at_)) {
                append_word(raw_.substr(at_, word->length));
                at_ += word->length;
                return;
            }
        }
        const std::size_t start = at_++;
        while (at_ < raw_.size() && !atom_ends[static_cast<unsigned char>(raw_[at_])]) {
            ++at_;
        }
        append_word(raw_.substr(start, at_ - start));
    }

    void quoted() {
        if (quotes_close_) {
            for (std::size_t end = at_ + 1; end < raw_.size(); ++end) {
                if (raw_[end] == '\\') {
                    ++end;
                } else if (raw_[end] == '"') {
                    quoted_word(raw_.substr(at_ + 1, end - at_ - 1), end + 1);
                    return;
                }
            }
            quotes_close_ = false;
        }
        ++at_; // a single quote sign says nothing
    }

    void quoted_word(std::string_view inner, std::size_t after) {
        at_ = after;
        // RFC 5322, 3.4.1: "john doe"@example.org; there the quotes belong to the address.
        if (at_ < raw_.size() && raw_[at_] == '@' && phrase_.empty()) {
            append_word(raw_.substr(at_ - inner.size() - 2, inner.size() + 2));
            return;
        }
        std::string text;
        text.reserve(inner.size());
        for (std::size_t i = 0; i < inner.size(); ++i) {
            if (inner[i] == '\\' && i + 1 < inner.size()) {
                ++i;
            }
            text.push_back(inner[i]);
        }
        quoted_ = true;
        quoted_at_ = quoted_at_ || text.find('@') != std::string::npos;
        append_word(text);
    }

    // RFC 5322, 3.2.2; depth is counted.  One without an end is text like any other.
    void comment() {
        if (comments_close_) {
            std::size_t depth = 0;
            for (std::size_t end = at_; end < raw_.size(); ++end) {
                const char c = raw_[end];
                if (c == '\\') {
                    ++end;
                } else if (c == '(') {
                    ++depth;
                } else if (c == ')' && --depth == 0) {
                    comment_ = raw_.substr(at_ + 1, end - at_ - 1);
                    at_ = end + 1;
                    gap_ = true;
                    return;
                }
            }
            comments_close_ = false;
        }
        append_word("(");
        ++at_;
    }

    void angle() {
        std::size_t end = angles_close_ ? raw_.find('>', at_) : npos;
        if (end == npos) {
            angles_close_ = false;
            end = std::min(raw_.find_first_of(",;", at_ + 1), raw_.size());
        }
        std::string_view inner = raw_.substr(at_ + 1, end - at_ - 1);
        at_ = std::min(end + (end < raw_.size() && raw_[end] == '>' ? 1U : 0U), raw_.size());
        // "<<a@b>" and "<name <a@b>"
        if (const std::size_t last = inner.rfind('<'); last != npos) {
            inner.remove_prefix(last + 1);
        }
        // "A <a@b> C <c@d>": the comma was forgotten.
        if (angle_.find('@') != npos && inner.find('@') != npos) {
            std::string name = phrase_.substr(name_end_);
            phrase_.resize(name_end_);
            finish_address();
            phrase_ = std::move(name);
        }
        // The first one counts, unless it is empty.
        if (!has_angle_ || angle_.empty()) {
            has_angle_ = true;
            angle_ = inner;
            name_end_ = phrase_.size();
        }
        gap_ = true;
    }

    void finish_address() {
        if (has_angle_) {
            take(with_angle());
        } else if (is_several_addresses()) {
            std::string_view words = phrase_;
            while (!words.empty()) {
                const std::size_t end = std::min(words.find(' '), words.size());
                take({.name = "", .address = address_text(words.substr(0, end))});
                words.remove_prefix(std::min(end + 1, words.size()));
            }
        } else if (!phrase_.empty() || (!comment_.empty() && is_alone())) {
            take(without_angle());
        }
        clear();
    }

    void take(Address address) {
        if (address.name.empty() && address.address.empty()) {
            return;
        }
        if (!is_full()) {
            addresses_.push_back(std::move(address));
        }
        group_has_members_ = true;
    }

    // A comment by itself names nobody beside addresses and within a group.
    bool is_alone() const { return addresses_.empty() && !in_group_ && at_ == raw_.size(); }

    // "a@b c@d": the commas were forgotten.
    bool is_several_addresses() const {
        if (quoted_ || phrase_.find(' ') == std::string::npos) {
            return false;
        }
        std::string_view words = phrase_;
        while (!words.empty()) {
            const std::size_t end = std::min(words.find(' '), words.size());
            const std::string_view word = words.substr(0, end);
            const std::size_t sign = word.find('@');
            if (sign == npos || sign == 0 || sign + 1 == word.size()) {
                return false;
            }
            words.remove_prefix(std::min(end + 1, words.size()));
        }
        return true;
    }

    Address with_angle() {
        Address address{.name = decoded(phrase_), .address = address_text(angle_)};
        if (address.name.empty()) {
            address.name = comment_text();
        }
        return address;
    }

    // "a@b (Name)", "a@b", "root"; or only a name.
    Address without_angle() {
        const std::size_t sign = phrase_.find('@');
        if (sign == std::string::npos || quoted_at_) {
            if (phrase_.find(' ') == std::string::npos && !quoted_at_ &&
                phrase_.find("=?") == std::string::npos) {
                return {.name = comment_text(), .address = address_text(phrase_)};
            }
            return within_text(decoded(phrase_));
        }
        // "Name a@b": the brackets were forgotten.  "a @ b" and "a . b @ c" are obsolete spellings.
        const std::string_view phrase = phrase_;
        std::size_t start = sign;
        while (start > 0 && phrase[start - 1] == ' ') {
            --start;
        }
        start = phrase.find_last_of(' ', start == 0 ? 0 : start - 1);
        while (
            start != npos && start > 0 &&
            (phrase[start - 1] == '.' || (start + 1 < phrase.size() && phrase[start + 1] == '.'))) {
            start = phrase.find_last_of(' ', start - 1);
        }
        if (start == npos || phrase.front() == '"') {
            return {.name = comment_text(), .address = address_text(phrase)};
        }
        std::string name = decoded(phrase.substr(0, start));
        return {.name = std::move(name), .address = address_text(phrase.substr(start + 1))};
    }

    // All of it was encoded or quoted, with the address: "Ada <a@b>" or "a@b" in one piece.
    static Address within_text(std::string text) {
        const auto is_address = [](std::string_view word) {
            const std::size_t sign = word.find('@');
            return sign != npos && sign > 0 && sign + 1 < word.size() &&
                   word.find_first_of(" <>\"(),;:") == npos && word.find('@', sign + 1) == npos;
        };
        if (is_address(text)) {
            return {.name = "", .address = std::move(text)};
        }
        const std::size_t open = text.rfind('<');
        if (open != std::string::npos && text.ends_with('>')) {
            std::string address = text.substr(open + 1, text.size() - open - 2);
            if (is_address(address)) {
                std::string_view name = base::trim(std::string_view(text).substr(0, open));
                if (name.size() > 1 && name.front() == '"' && name.back() == '"') {
                    name = name.substr(1, name.size() - 2);
                }
                return {.name = std::string(name), .address = std::move(address)};
            }
        }
        return {.name = std::move(text), .address = ""};
    }

    std::string decoded(std::string_view text) {
        return decode_field_text(text, decoder_, limits_.field_text);
    }

    std::string comment_text() {
        std::string text;
        for (std::size_t i = 0; i < comment_.size(); ++i) {
            if (comment_[i] == '\\' && i + 1 < comment_.size()) {
                ++i;
            }
            text.push_back(comment_[i]);
        }
        return decoded(text);
    }

    std::string address_text(std::string_view text) {
        std::string out;
        if (text.find("=?") != npos) {
            out = decoded(text);
        } else {
            decoder_.append(out, text, "", limits_.field_text);
        }
        // RFC 5322, 4.4: "@route,@route:address"
        if (out.starts_with('@')) {
            if (const std::size_t colon = out.rfind(':'); colon != std::string::npos) {
                out.erase(0, colon + 1);
            }
        }
        for (const std::string_view scheme : {"mailto:", "smtp:"}) {
            if (base::istarts_with(out, scheme)) {
                out.erase(0, scheme.size());
            }
        }
        const auto may_go = [](char c) { return is_white(c) || c == '('; };
        if (std::ranges::any_of(out, may_go)) {
            return without_blanks(out);
        }
        return out;
    }

    // RFC 5322, 4.4: white space and comments may stand around each piece of an address.
    static std::string without_blanks(std::string_view address) {
        std::string out;
        out.reserve(address.size());
        bool in_quotes = false;
        const bool comments = std::ranges::count(address, '(') == std::ranges::count(address, ')');
        std::size_t depth = 0;
        for (std::size_t i = 0; i < address.size(); ++i) {
            const char c = address[i];
            if (depth > 0) {
                i += c == '\\' ? 1U : 0U;
                depth += c == '(' ? 1U : 0U;
                depth -= c == ')' ? 1U : 0U;
                continue;
            }
            if (c == '"') {
                in_quotes = !in_quotes;
            } else if (!in_quotes && c == '(' && comments) {
                ++depth;
                continue;
            } else if (!in_quotes && is_white(c)) {
                continue;
            }
            out.push_back(c);
        }
        return out;
    }

    void clear() {
        phrase_.clear();
        angle_ = {};
        comment_ = {};
        has_angle_ = false;
        quoted_ = false;
        quoted_at_ = false;
        gap_ = false;
    }

    std::string_view raw_;
    TextDecoder& decoder_;
    const Limits& limits_;
    EncodedWordFinder words_;
    std::size_t at_ = 0;
    std::vector<Address> addresses_;

    // Of the address that is being read.
    std::string phrase_;     // words outside of brackets and comments, unquoted, one space between
    std::string_view angle_; // between < and >
    std::string_view comment_; // the last one
    bool has_angle_ = false;
    std::size_t name_end_ = 0; // of phrase_, where the bracket opened
    bool quoted_ = false;
    bool quoted_at_ = false; // an @ stood within quotes
    bool gap_ = false;       // white space before the next word

    std::string group_name_;
    bool in_group_ = false;
    bool group_has_members_ = false;

    // False once a search for the closing sign came to the end of the field.
    bool quotes_close_ = true;
    bool comments_close_ = true;
    bool angles_close_ = true;
};

} // namespace

std::vector<Address> parse_address_list(std::string_view raw, TextDecoder& decoder,
                                        const Limits& limits, bool* cut) {
    AddressListParser parser(raw, decoder, limits);
    std::vector<Address> addresses = parser.run();
    if (cut != nullptr) {
        *cut = parser.is_cut();
    }
    return addresses;
}

} // namespace mailcast::mime
