#include "mime/body.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mime/base64.h"
#include "mime/charset.h"
#include "mime/quoted_printable.h"
#include "mime/uuencode.h"

#include <algorithm>

namespace mailcast::mime {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t piece_size = 1'048'576;

enum class Cut { anywhere, at_lines };

// Hands `body` out in pieces of about 1 MiB, so that its pages may be let go in between.
template <typename Feed>
void in_pieces(std::string_view body, Cut cut, const Output& output, const Passed& passed,
               Feed feed) {
    std::size_t at = 0;
    while (at < body.size() && !output.is_full()) {
        std::size_t end = at + piece_size;
        if (end >= body.size()) {
            end = body.size();
        } else if (cut == Cut::at_lines) {
            const std::size_t line_end = body.find('\n', end);
            end = line_end == npos ? body.size() : line_end + 1;
        }
        feed(body.substr(at, end - at));
        at = end;
        if (passed && (at < body.size() || body.size() >= piece_size)) {
            passed(at);
        }
    }
}

void decode_uuencode(std::string_view body, Output& output, const Passed& passed) {
    UuDecoder decoder(output);
    const auto feed = [&](std::string_view piece) { decoder.feed(piece); };
    in_pieces(body, Cut::at_lines, output, passed, feed);
    if (!decoder.has_begun()) {
        decoder.begin();
        in_pieces(body, Cut::at_lines, output, passed, feed);
    }
}

// In HTML the page may name its set itself: <meta charset=x>, <meta ... content="text/html; charset=x">.
std::string_view charset_in_html(std::string_view page) {
    constexpr std::size_t window = 1'024; // as browsers do
    constexpr std::string_view key = "charset=";
    std::string_view head = page.substr(0, window);
    for (std::size_t at = head.find('='); at != npos; at = head.find('=', at + 1)) {
        if (at + 1 < key.size() ||
            !base::iequals(head.substr(at + 1 - key.size(), key.size()), key)) {
            continue;
        }
        head.remove_prefix(at + 1);
        while (!head.empty() && (head.front() == '"' || head.front() == '\'')) {
            head.remove_prefix(1);
        }
        return head.substr(0, head.find_first_of("\"' ;/>\r\n\t"));
    }
    return {};
}

// "<?xml version="1.0" encoding="x"?>" at the very beginning.
std::string_view charset_in_xml(std::string_view page) {
    page = base::trim(page.substr(0, 256));
    if (!page.starts_with("<?xml")) {
        return {};
    }
    page = page.substr(0, page.find("?>"));
    const std::size_t key = page.find("encoding=");
    if (key == npos || key + 10 >= page.size()) {
        return {};
    }
    page.remove_prefix(key + 10);
    return page.substr(0, page.find_first_of("\"' "));
}

// Programs of mailing lists put their footer behind a text in base64 as it stands.  Where it begins: behind an
// empty line, when all before it is base64 and something behind it is not; npos when there is none.
std::size_t footer_behind_base64(std::string_view body) {
    constexpr std::size_t longest_footer = 8'192;
    std::size_t other = 0;
    std::size_t digits = 0;
    for (; other < body.size(); ++other) {
        const char c = body[other];
        if (base64_value(c) >= 0) {
            ++digits;
        } else if (c != '=' && c != '\r' && c != '\n' && !base::is_blank(c)) {
            break;
        }
    }
    if (other == body.size() || digits < 4 || body.size() - other > longest_footer) {
        return npos;
    }
    for (std::size_t at = body.rfind('\n', other); at != npos && at > 0;
         at = body.rfind('\n', at - 1)) {
        if (body[at - 1] == '\n' || (at > 1 && body[at - 1] == '\r' && body[at - 2] == '\n')) {
            const std::string_view before = base::trim(body.substr(0, at));
            return before.size() < 4 ? npos : at + 1;
        }
    }
    return npos;
}

// Programs that label a text as base64 and send it as it is: blanks stand between its words, and what decoding
// gives has controls in it.
bool is_prose(std::string_view body, std::string_view decoded) {
    constexpr std::size_t window = 4'096;
    constexpr std::size_t longest_words = 20; // octets for each blank, on the average
    body = body.substr(0, window);
    std::size_t blanks = 0;
    for (std::size_t at = 1; at + 1 < body.size(); ++at) {
        blanks += body[at] == ' ' && body[at - 1] > ' ' && body[at + 1] > ' ' ? 1U : 0U;
    }
    return blanks * longest_words >= body.size() &&
           std::ranges::any_of(decoded.substr(0, window), [](char c) {
               return static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r' &&
                      c != '\x1B';
           });
}

// CRLF and CR become LF, in place.
void normalise_line_ends(std::string& text) {
    std::size_t at = text.find('\r');
    if (at == npos) {
        return;
    }
    std::size_t to = at;
    while (at < text.size()) {
        text[to++] = '\n';
        at += at + 1 < text.size() && text[at + 1] == '\n' ? 2U : 1U;
        const std::size_t next = std::min(text.find('\r', at), text.size());
        std::copy(text.data() + at, text.data() + next, text.data() + to);
        to += next - at;
        at = next;
    }
    text.resize(to);
}

} // namespace

void decode_body(std::string_view body, Encoding encoding, Output& output, const Passed& passed) {
    switch (encoding) {
    case Encoding::identity:
    case Encoding::unknown:
        if (output.is_counting()) {
            output.count(body.size());
        } else {
            in_pieces(body, Cut::anywhere, output, passed,
                      [&](std::string_view piece) { output.append(piece); });
        }
        break;
    case Encoding::quoted_printable:
        in_pieces(body, Cut::at_lines, output, passed,
                  [&](std::string_view piece) { decode_quoted_printable(piece, output); });
        break;
    case Encoding::base64: {
        Base64Decoder decoder(output);
        in_pieces(body, Cut::anywhere, output, passed,
                  [&](std::string_view piece) { decoder.feed(piece); });
        decoder.finish();
        break;
    }
    case Encoding::uuencode:
        decode_uuencode(body, output, passed);
        break;
    }
}

std::string decode_text(const Part& part, std::size_t max, const Passed& passed) {
    // Four octets may give one (UTF-32), so that much may be needed.
    const std::size_t need = max > npos / 4 ? npos : max * 4;
    std::string kept;
    std::string_view octets = part.body.substr(0, need);
    bool is_cut = octets.size() < part.body.size();
    if (part.encoding != Encoding::identity && part.encoding != Encoding::unknown) {
        Output output(kept, need);
        std::string_view body = part.body;
        const std::size_t footer =
            part.encoding == Encoding::base64 ? footer_behind_base64(body) : npos;
        body = body.substr(0, footer);
        decode_body(body, part.encoding, output, passed);
        if (footer != npos) {
            output.append("\n\n");
            output.append(base::trim(part.body.substr(footer)));
        }
        octets = kept;
        is_cut = output.is_full();
        if (part.encoding == Encoding::base64 && is_prose(part.body, octets)) {
            octets = part.body.substr(0, need);
        }
    }
    if (is_cut) {
        octets = octets.substr(0, octets.size() & ~std::size_t{3});
    }
    std::string_view label = part.charset;
    if (label.empty() && part.type == "text/html") {
        label = charset_in_html(octets);
        label = label.empty() ? charset_in_xml(octets) : label;
    }
    TextDecoder decoder;
    std::string text;
    text.reserve(std::min(octets.size(), max));
    decoder.append(text, octets, label, max);
    normalise_line_ends(text);
    return text;
}

} // namespace mailcast::mime
