#include "text/own_words.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace mailcast::text {

namespace {

enum class LineKind : std::uint8_t { own, blank, quoted, introduction, history, signature };

struct Line {
    std::string_view text;
    LineKind kind = LineKind::own;
};

constexpr std::size_t longest_introduction = 400; // octets, over its lines
constexpr std::size_t most_introduction_lines = 4;
constexpr std::size_t longest_signature = 40; // lines; a longer one is text behind a rule

// The verb of "On Monday Ada wrote:" as mail programs write it.
constexpr auto verbs = std::to_array<std::string_view>({
    "wrote",
    "writes",
    "schrieb",
    "schrieben",
    "a \xC3\xA9"
    "crit",
    "ecrit",
    "escribi\xC3\xB3",
    "escribio",
    "ha scritto",
    "scrisse",
    "scritto",
    "schreef",
    "escreveu",
    "skrev",
    "kirjoitti",
    "napsal",
    "nap\xC3\xADsal",
    "napisa\xC5\x82",
    "nap\xC3\xADsal(a)",
    "\xC3\xADrta",
    "a scris",
    "yazd\xC4\xB1",
    "\xD0\xBF\xD0\xB8\xD1\x88\xD0\xB5\xD1\x82",                 // пишет
    "\xD0\xBD\xD0\xB0\xD0\xBF\xD0\xB8\xD1\x81\xD0\xB0\xD0\xBB", // написал
    "\xD0\xBF\xD0\xB8\xD1\x81\xD0\xB0\xD0\xBB",                 // писал
    "\xE5\x86\x99\xE9\x81\x93",                                 // 写道
    "\xE3\x81\xAE\xE3\x83\xA1\xE3\x83\xBC\xE3\x83\xAB",         // のメール
    "\xEC\x9E\x91\xEC\x84\xB1",                                 // 작성
});

// What stands between the rules of "-----Original Message-----".
constexpr auto original_message = std::to_array<std::string_view>({
    "original message",
    "urspr\xC3\xBCngliche nachricht",
    "original-nachricht",
    "originalnachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "mensagem original",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
    "wiadomo\xC5\x9B\xC4\x87 oryginalna",
    "oryginalna wiadomo\xC5\x9B\xC4\x87",
    "p\xC5\xAFvodn\xC3\xAD zpr\xC3\xA1va",
    "original appointment",
    "orijinal ileti",
    "alkuper\xC3\xA4inen viesti",
    "\xD0\x98\xD1\x81\xD1\x85\xD0\xBE\xD0\xB4\xD0\xBD\xD0\xBE\xD0\xB5", // Исходное
});

// Names of the first field of a block of header lines, as Outlook puts it above an answered mail.
constexpr auto from_names = std::to_array<std::string_view>(
    {"from:", "von:", "de:", "da:", "van:", "fr\xC3\xA5n:", "fra:", "od:", "\xD0\x9E\xD1\x82:"});
constexpr auto sent_names = std::to_array<std::string_view>(
    {"sent:", "date:", "gesendet:", "datum:", "envoy\xC3\xA9", "date ", "enviado",
     "fecha:", "inviato:", "data:", "verzonden:", "skickat:", "sendt:", "wys\xC5\x82", "odesl",
     "\xD0\x94\xD0\xB0\xD1\x82\xD0\xB0:", "\xD0\x9E\xD1\x82\xD0\xBF\xD1\x80"});

template <typename List>
bool starts_with_one_of(std::string_view text, const List& list) {
    return std::ranges::any_of(
        list, [text](std::string_view name) { return base::istarts_with(text, name); });
}

// "*From:* Ada" is how bold field names come out of HTML.
std::string_view field_line(std::string_view line) {
    line = base::trim(line);
    while (line.starts_with('*')) {
        line.remove_prefix(1);
    }
    return line;
}

bool is_rule(std::string_view line, char c) {
    line = base::trim(line);
    return line.size() >= 10 && std::ranges::all_of(line, [c](char x) { return x == c; });
}

bool is_original_message_line(std::string_view line) {
    line = base::trim(line);
    if (!line.starts_with("--") || line.size() > 100) {
        return false;
    }
    const std::size_t first = line.find_first_not_of("- ");
    return first != std::string_view::npos &&
           starts_with_one_of(line.substr(first), original_message);
}

bool is_signature_line(std::string_view line) {
    return line == "-- " || line == "--";
}

bool ends_like_introduction(std::string_view text) {
    text = base::trim(text);
    if (text.ends_with("\xEF\xBC\x9A")) { // full-width colon
        text.remove_suffix(3);
    } else if (text.ends_with(':')) {
        text.remove_suffix(1);
    } else {
        return false;
    }
    constexpr std::size_t tail = 60; // German and Dutch put the name behind the verb
    const std::string_view end = text.substr(text.size() - std::min(text.size(), tail * 3));
    return std::ranges::any_of(verbs, [end](std::string_view verb) { return end.contains(verb); });
}

std::vector<Line> split_lines(std::string_view text) {
    std::vector<Line> lines;
    lines.reserve(static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        Line line{.text = text.substr(0, end)};
        if (base::trim(line.text).empty()) {
            line.kind = LineKind::blank;
        } else if (line.text.starts_with('>') || line.text.starts_with(" >")) {
            line.kind = LineKind::quoted;
        }
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// Index of the line with which history begins that is not marked by '>'; lines.size() when there is none.
std::size_t find_history(const std::vector<Line>& lines) {
    bool own = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].kind != LineKind::own) {
            continue;
        }
        if (own) {
            if (is_original_message_line(lines[i].text)) {
                return i;
            }
            const bool ruled = is_rule(lines[i].text, '_') || is_rule(lines[i].text, '-');
            std::size_t next = ruled ? i + 1 : i;
            while (ruled && next < lines.size() && next < i + 3 &&
                   lines[next].kind == LineKind::blank) {
                ++next;
            }
            if (next + 1 < lines.size() &&
                starts_with_one_of(field_line(lines[next].text), from_names) &&
                starts_with_one_of(field_line(lines[next + 1].text), sent_names)) {
                return i;
            }
        }
        own = true;
    }
    return lines.size();
}

// "On ... wrote:", on one line or several, right above the quote that begins at `quote`.
void mark_introduction(std::vector<Line>& lines, std::size_t quote) {
    std::size_t last = quote;
    while (last > 0 && lines[last - 1].kind == LineKind::blank) {
        --last;
    }
    if (last == 0 || lines[last - 1].kind != LineKind::own ||
        !base::trim(lines[last - 1].text).ends_with(':')) {
        if (last == 0 || !base::trim(lines[last - 1].text).ends_with("\xEF\xBC\x9A")) {
            return;
        }
    }
    std::string joined;
    for (std::size_t i = last; i-- > 0 && last - i <= most_introduction_lines;) {
        if (lines[i].kind != LineKind::own) {
            break;
        }
        joined.insert(0, 1, ' ').insert(0, lines[i].text);
        if (joined.size() > longest_introduction) {
            break;
        }
        if (!ends_like_introduction(joined)) {
            continue;
        }
        // Only as far up as the sentence goes: to a line that has a date or begins like one does.
        const bool complete = i == 0 || lines[i - 1].kind != LineKind::own ||
                              std::ranges::any_of(joined, base::is_digit);
        if (complete) {
            for (std::size_t line = i; line < last; ++line) {
                lines[line].kind = LineKind::introduction;
            }
            return;
        }
    }
}

void mark_signature(std::vector<Line>& lines, std::size_t end) {
    for (std::size_t i = end; i-- > 0;) {
        if (lines[i].kind != LineKind::own || !is_signature_line(lines[i].text)) {
            continue;
        }
        std::size_t stop = i;
        while (stop < end && stop - i <= longest_signature &&
               lines[stop].kind != LineKind::quoted && lines[stop].kind != LineKind::introduction) {
            ++stop;
        }
        if (stop - i > longest_signature) {
            continue;
        }
        while (lines[stop - 1].kind == LineKind::blank) {
            --stop;
        }
        for (std::size_t line = i; line < stop; ++line) {
            lines[line].kind = LineKind::signature;
        }
        return;
    }
}

} // namespace

OwnWords split_quotes(std::string_view text) {
    OwnWords result;
    std::vector<Line> lines = split_lines(text);
    const std::size_t history = find_history(lines);
    for (std::size_t i = history; i < lines.size(); ++i) {
        lines[i].kind = LineKind::history;
    }
    for (std::size_t i = 0; i < history; ++i) {
        if (lines[i].kind == LineKind::quoted &&
            (i == 0 || lines[i - 1].kind != LineKind::quoted)) {
            mark_introduction(lines, i);
        }
    }
    mark_signature(lines, history);

    const bool has_own =
        std::ranges::any_of(lines, [](const Line& line) { return line.kind == LineKind::own; });
    if (!has_own) {
        result.text = text;
        return result;
    }

    // From the end: a quote is answered when own words follow it.
    std::vector<bool> kept(lines.size(), true);
    bool own_follows = false;
    std::size_t answered = 0; // quoted lines kept of the quote above those own words
    for (std::size_t i = lines.size(); i-- > 0;) {
        switch (lines[i].kind) {
        case LineKind::own:
            own_follows = true;
            answered = 0;
            break;
        case LineKind::blank:
            break;
        case LineKind::quoted:
            kept[i] = own_follows && answered < most_answered;
            answered += kept[i] ? 1U : 0U;
            result.quoted_lines += kept[i] ? 0U : 1U;
            break;
        case LineKind::introduction:
            kept[i] = own_follows;
            result.quoted_lines += kept[i] ? 0U : 1U;
            break;
        case LineKind::history:
            kept[i] = false;
            ++result.history_lines;
            break;
        case LineKind::signature:
            kept[i] = false;
            ++result.signature_lines;
            break;
        }
    }

    bool gap = false; // a blank line waits
    bool cut = false; // the beginning of an answered quote was left out
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].kind == LineKind::blank) {
            gap = !result.text.empty();
            continue;
        }
        if (!kept[i]) {
            cut = lines[i].kind == LineKind::quoted;
            continue;
        }
        if (gap) {
            result.text.push_back('\n');
        }
        gap = false;
        if (cut && lines[i].kind == LineKind::quoted) {
            result.text += "> [...]\n";
        }
        cut = false;
        result.text += lines[i].text;
        result.text.push_back('\n');
    }
    while (result.text.ends_with('\n')) {
        result.text.pop_back();
    }
    return result;
}

std::string describe_trimmed(const OwnWords& words) {
    std::string out;
    const auto add = [&out](std::size_t lines, std::string_view of) {
        if (lines == 0) {
            return;
        }
        if (!out.empty()) {
            out += ", ";
        }
        out += std::to_string(lines);
        out += lines == 1 ? " line of " : " lines of ";
        out += of;
    };
    add(words.quoted_lines, "quotes");
    add(words.history_lines, "earlier mail");
    add(words.signature_lines, "signature");
    return out;
}

} // namespace mailcast::text
