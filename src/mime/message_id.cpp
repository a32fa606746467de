#include "mime/message_id.h"

#include "base/ascii.h"
#include "base/octets.h"
#include "base/utf8.h"

#include <algorithm>

namespace mailcast::mime {

namespace {

constexpr std::size_t npos = std::string_view::npos;

// RFC 5322, A.6.3: "1234   @   local(blah)  .machine" is obsolete syntax with a comment.  Without white space
// the brackets belong to the id, as programs write them.
std::string cleaned(std::string_view id) {
    id = base::trim(id.substr(0, max_message_id));
    const bool clean = base::all_octets(
        id, [](unsigned char c) { return (c > ' ') & (c < 0x7F) & (c != '<') & (c != '>'); });
    if (clean) {
        return std::string(id); // most: quotes and comments only matter beside white space
    }
    const bool has_comments =
        base::find_any(id, ' ', '\t', '\r', '\n') != npos && id.find(')') != npos;
    std::size_t depth = 0;
    bool in_quotes = false; // RFC 5322, 4.5.4: "a b"@example.org
    const bool quotes_close = std::ranges::count(id, '"') % 2 == 0;
    std::string out;
    out.reserve(id.size());
    for (const char c : id) {
        in_quotes = in_quotes != (c == '"' && quotes_close && depth == 0);
        if (in_quotes && c == ' ') {
            out.push_back(c);
        } else if (has_comments && !in_quotes && (c == '(' || (c == ')' && depth > 0))) {
            depth = c == '(' ? depth + 1 : depth - 1;
        } else if (depth == 0 && !base::is_blank(c) && c != '\r' && c != '\n' && c != '<' &&
                   c != '>') {
            out.push_back(c);
        }
    }
    return base::repaired_utf8(out);
}

// The next id in brackets; `rest` is moved behind it.  "" at the end.
std::string_view next_bracketed(std::string_view& rest) {
    const std::size_t open = rest.find('<');
    if (open == npos) {
        rest = {};
        return {};
    }
    rest.remove_prefix(open + 1);
    const std::size_t close = rest.find('>');
    const std::string_view id = rest.substr(0, close);
    rest.remove_prefix(close == npos ? rest.size() : close + 1);
    return id;
}

void keep(std::vector<std::string>& ids, std::string id) {
    if (id.empty()) {
        return;
    }
    if (ids.size() == max_message_ids) {
        // RFC 5322, 3.6.4: the last is the direct parent, so that one must stay.
        ids.back() = std::move(id);
    } else {
        ids.push_back(std::move(id));
    }
}

} // namespace

std::string parse_message_id(std::string_view raw) {
    std::string_view rest = raw;
    while (!rest.empty()) {
        if (std::string id = cleaned(next_bracketed(rest)); !id.empty()) {
            return id;
        }
    }
    rest = base::trim(raw);
    return cleaned(rest.substr(0, base::find_any(rest, ' ', '\t', '\r', '\n')));
}

std::vector<std::string> parse_message_ids(std::string_view raw) {
    std::vector<std::string> ids;
    std::string_view rest = raw;
    if (raw.find('<') != npos) {
        while (!rest.empty()) {
            keep(ids, cleaned(next_bracketed(rest)));
        }
        return ids;
    }
    while (!rest.empty()) {
        const std::size_t end = base::find_any(rest, ' ', '\t', '\r', '\n', ',');
        const std::string_view word = rest.substr(0, end);
        if (word.find('@') != npos) {
            keep(ids, cleaned(word));
        }
        rest.remove_prefix(end == npos ? rest.size() : end + 1);
    }
    return ids;
}

} // namespace mailcast::mime
