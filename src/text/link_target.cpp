#include "text/link_target.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "text/entities.h"

#include <algorithm>
#include <array>

namespace mailcast::text {

namespace {

constexpr std::array<std::string_view, 15> schemes = {
    "https:", "http:", "mailto:", "ftp:", "tel:", "sip:",  "xmpp:",  "psyc:",
    "irc:",   "ircs:", "news:",   "geo:", "sms:", "nntp:", "magnet:"};

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
    return base::istarts_with(text, prefix) ? text.substr(prefix.size()) : text;
}

std::string_view bare(std::string_view target) {
    target = without_prefix(target, "http://");
    target = without_prefix(target, "https://");
    target = without_prefix(target, "mailto:");
    target = without_prefix(target, "tel:");
    target = without_prefix(target, "www.");
    while (target.ends_with('/')) {
        target.remove_suffix(1);
    }
    return target;
}

bool is_plain(char c) {
    return c > ' ' && c < '\x7F' && c != '<' && c != '>' && c != '&';
}

void append_octet(std::string& out, char c) {
    switch (c) {
    case '<':
        out += "%3C";
        break;
    case '>':
        out += "%3E";
        break;
    case ' ':
        out += "%20";
        break;
    default:
        // Browsers drop line ends and tabs inside a target, so senders may fold it.
        if (static_cast<unsigned char>(c) > ' ' && c != '\x7F') {
            out.push_back(c);
        }
        break;
    }
}

} // namespace

std::string shown_target(std::string_view href, std::size_t max) {
    href = base::trim(href);
    if (href.size() > max * 2) {
        return {};
    }
    std::string target;
    target.reserve(href.size());
    for (std::size_t at = 0; at < href.size();) {
        const std::size_t start = at;
        while (at < href.size() && is_plain(href[at])) {
            ++at;
        }
        target.append(href, start, at - start);
        if (at == href.size()) {
            break;
        }
        const auto c = static_cast<unsigned char>(href[at]);
        if (c == '&') {
            const CharacterReference reference = read_reference(href.substr(at), true);
            if (reference.length == 0) {
                target.push_back('&');
                ++at;
            } else {
                at += reference.length;
                if (reference.code_point < 0x80) {
                    append_octet(target, static_cast<char>(reference.code_point));
                } else if (!base::is_unsafe_in_line(reference.code_point)) {
                    base::append_utf8(target, reference.code_point);
                }
            }
        } else if (c < 0x80) {
            append_octet(target, href[at]);
            ++at;
        } else {
            const std::uint32_t code_point = base::next_code_point(href, at);
            if (!base::is_unsafe_in_line(code_point)) {
                base::append_utf8(target, code_point);
            }
        }
    }
    const bool known = std::ranges::any_of(
        schemes, [&target](std::string_view scheme) { return base::istarts_with(target, scheme); });
    if (target.size() > max ||
        !(known || target.starts_with("//") || base::istarts_with(target, "www."))) {
        return {};
    }
    if (const std::string_view rest = bare(target); rest.empty() || rest.ends_with(':')) {
        return {}; // "http://": a place-holder that somebody forgot to fill
    }
    if (base::istarts_with(target, "mailto:") && !target.contains('?')) {
        target.erase(0, 7);
    }
    return target;
}

bool says_target(std::string_view text, std::string_view target) {
    // What stands around an address in running text.
    constexpr std::string_view around = " \n\t<>()[].,;";
    const std::size_t first = text.find_first_not_of(around);
    if (first == std::string_view::npos) {
        return false;
    }
    const std::size_t last = text.find_last_not_of(around);
    text = text.substr(first, last - first + 1);
    const std::string_view wanted = bare(target);
    if (base::iequals(bare(text), wanted)) {
        return true;
    }
    // "tel:+4912345" says "+49 123-45".
    if (!base::istarts_with(target, "tel:")) {
        return false;
    }
    const auto digits = [](std::string_view number) {
        std::string only;
        std::ranges::copy_if(number, std::back_inserter(only), base::is_digit);
        return only;
    };
    return digits(text) == digits(target);
}

} // namespace mailcast::text
