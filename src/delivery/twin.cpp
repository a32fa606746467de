#include "delivery/twin.h"

#include "base/ascii.h"
#include "base/time.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailcast::delivery {

namespace {

constexpr std::size_t longest_footer = 2000; // octets; what is longer was written by somebody
constexpr std::size_t shortest_rule = 20;    // underscores in a line
constexpr std::size_t longest_list_name = 100;

std::string_view trimmed_end(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// The line that lists and mail programs put above a footer.
bool is_rule(std::string_view line) {
    return line == "-- " || line == "--" ||
           (line.size() >= shortest_rule && line.find_first_not_of('_') == std::string_view::npos);
}

bool speaks_of_a_list(std::string_view footer, std::string_view list_id) {
    const std::string lowered = base::lowered(footer);
    const std::string name = base::lowered(list_id.substr(0, list_id.find('.')));
    return lowered.find("unsubscribe") != std::string::npos ||
           lowered.find("mailing list") != std::string::npos ||
           (!name.empty() && lowered.find(name) != std::string::npos);
}

} // namespace

std::string_view without_list_footer(std::string_view text, std::string_view list_id) {
    text = trimmed_end(text);
    std::size_t end = text.size();
    while (end > 0 && text.size() - end < longest_footer) {
        const std::size_t before = text.rfind('\n', end - 1);
        const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
        if (is_rule(text.substr(start, end - start))) {
            return speaks_of_a_list(text.substr(end), list_id) ? trimmed_end(text.substr(0, start))
                                                               : text;
        }
        if (start == 0) {
            break;
        }
        end = start - 1;
    }
    return text;
}

std::optional<Twin> twin_of(const Reading& reading) {
    const bool from_list = !reading.list_id.empty();
    if (reading.message_id.empty() || reading.text_source != TextSource::plain ||
        !reading.attachments.empty() || (!from_list && reading.to.size() + reading.cc.size() < 2)) {
        return std::nullopt;
    }
    const std::string_view text =
        from_list ? without_list_footer(reading.text, reading.list_id) : trimmed_end(reading.text);
    const std::string list = base::safe_line(reading.list_id);
    return Twin{.name = fmt::format("twin\n{}\n{}\n{}\n{}", reading.message_id, reading.from_addr,
                                    reading.date ? base::to_unix_ms(*reading.date) : 0, text),
                .path = from_list
                            ? fmt::format("by list {}", base::utf8_prefix(list, longest_list_name))
                            : "directly"};
}

} // namespace mailcast::delivery
