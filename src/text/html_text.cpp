#include "text/html_text.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/entities.h"

#include <algorithm>
#include <array>

namespace mailcast::text {

namespace {

enum class Octet : std::uint8_t { plain, white, markup, reference, high, control };

constexpr std::array<Octet, 256> make_octets() {
    std::array<Octet, 256> octets{};
    for (std::size_t i = 0; i < 256; ++i) {
        octets[i] = i >= 0x80                 ? Octet::high
                    : (i < 0x20 || i == 0x7F) ? Octet::control
                                              : Octet::plain;
    }
    for (const char c : {' ', '\t', '\n', '\r', '\f'}) {
        octets[static_cast<unsigned char>(c)] = Octet::white;
    }
    octets['<'] = Octet::markup;
    octets['&'] = Octet::reference;
    return octets;
}

constexpr std::array<Octet, 256> octets = make_octets();

constexpr Octet octet_at(std::string_view text, std::size_t at) {
    return octets[static_cast<unsigned char>(text[at])];
}

constexpr std::size_t most_kept_lines = 10; // side by side

} // namespace

// Offsets go by value here: one that others can reach by reference is stored again at every octet.
std::size_t TextReader::read(std::size_t at, WhiteRule rule) {
    while (at < html_.size()) {
        switch (octet_at(html_, at)) {
        case Octet::plain:
            at = read_plain(at);
            break;
        case Octet::white:
            at = read_white(at, rule);
            break;
        case Octet::markup:
            return at;
        case Octet::reference:
            at = read_reference(at);
            break;
        case Octet::high: {
            std::size_t next = at;
            writer_.code_point(base::next_code_point(html_, next));
            at = next;
            break;
        }
        case Octet::control:
            ++at;
            break;
        }
    }
    return at;
}

// Words with single spaces between them go in one piece.
std::size_t TextReader::read_plain(std::size_t at) {
    const std::string_view html = html_;
    const std::size_t start = at;
    while (at < html.size()) {
        if (octet_at(html, at) == Octet::plain) {
            ++at;
        } else if (html[at] == ' ' && at + 1 < html.size() &&
                   octet_at(html, at + 1) == Octet::plain) {
            at += 2;
        } else {
            break;
        }
    }
    writer_.word(html.substr(start, at - start));
    return at;
}

std::size_t TextReader::read_reference(std::size_t at) {
    const CharacterReference reference = text::read_reference(html_.substr(at), false);
    if (reference.length == 0) {
        writer_.word("&");
        return at + 1;
    }
    const std::uint32_t c = reference.code_point;
    if (c == ' ' || c == '\t' || c == '\n') {
        writer_.space();
    } else {
        writer_.code_point(c);
    }
    return at + reference.length;
}

std::size_t TextReader::read_white(std::size_t at, WhiteRule rule) {
    if (rule == WhiteRule::preformatted) {
        return read_preformatted_white(at);
    }
    if (rule != WhiteRule::collapse) {
        return read_kept_white(at, rule);
    }
    while (at < html_.size() && octet_at(html_, at) == Octet::white) {
        ++at;
    }
    writer_.space();
    return at;
}

std::size_t TextReader::read_preformatted_white(std::size_t at) {
    constexpr std::size_t tab_width = 4;
    switch (html_[at]) {
    case '\n':
        writer_.preformatted_line_end();
        break;
    case '\t':
        writer_.preformatted_space(tab_width);
        break;
    case ' ':
        writer_.preformatted_space(1);
        break;
    default:
        break;
    }
    return at + 1;
}

// White space that a style keeps.  Between two tags it is how the page was laid out, and no empty lines.
std::size_t TextReader::read_kept_white(std::size_t at, WhiteRule rule) {
    const std::size_t start = at;
    std::size_t lines = 0;
    std::size_t blanks = 0; // since the last line end
    for (; at < html_.size() && octet_at(html_, at) == Octet::white; ++at) {
        lines += html_[at] == '\n' ? 1U : 0U;
        blanks = html_[at] == '\n' ? 0 : blanks + (html_[at] == '\r' ? 0U : 1U);
    }
    const bool between_tags =
        start > 0 && html_[start - 1] == '>' && (at == html_.size() || html_[at] == '<');
    if (lines == 0 && blanks < 2) {
        writer_.space();
    } else if (between_tags) {
        lines > 0 ? writer_.block(1) : writer_.space();
    } else {
        for (std::size_t i = 0; i < std::min(lines, most_kept_lines); ++i) {
            writer_.preformatted_line_end();
        }
        if (rule == WhiteRule::all) {
            writer_.preformatted_space(blanks);
        } else if (lines == 0) {
            writer_.space();
        }
    }
    return at;
}

void TextReader::read_alternative(std::string_view alt) {
    // A word stands apart from its neighbours; an emoji does not.
    alt = base::trim(alt);
    const bool apart = alt.size() > 1 && base::is_alnum(alt.front());
    if (apart) {
        writer_.space();
    }
    for (std::size_t at = 0; at < alt.size();) {
        switch (octet_at(alt, at)) {
        case Octet::white:
            writer_.space();
            ++at;
            break;
        case Octet::reference: {
            const CharacterReference reference = text::read_reference(alt.substr(at), true);
            if (reference.length == 0) {
                writer_.word("&");
            } else if (reference.code_point > ' ') {
                writer_.code_point(reference.code_point);
            } else {
                writer_.space();
            }
            at += std::max<std::size_t>(reference.length, 1);
            break;
        }
        case Octet::high:
            writer_.code_point(base::next_code_point(alt, at));
            break;
        case Octet::control:
            ++at;
            break;
        case Octet::plain:
        case Octet::markup: {
            const std::size_t start = at;
            while (at < alt.size() && (octet_at(alt, at) == Octet::plain || alt[at] == '<')) {
                ++at;
            }
            writer_.word(alt.substr(start, at - start));
            break;
        }
        }
    }
    if (apart) {
        writer_.space();
    }
}

} // namespace mailcast::text
