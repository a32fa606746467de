#include "psyc/psyctext.h"

#include "psyc/keyword.h"
#include "psyc/list.h"

namespace mailcast::psyc {

namespace {

bool append_variable(const Packet& packet, std::string_view name, std::string& out) {
    const Modifier* found = packet.find(name);
    if (found == nullptr) {
        return false;
    }
    const Modifier* const end = packet.modifiers.data() + packet.modifiers.size();
    const bool repeated = found + 1 != end && found[1].continues_list();
    if (!repeated && (packet.generation == Generation::classic || !is_a(name, "_list"))) {
        out += found->value;
        return true;
    }
    const auto list = list_of(packet, name);
    if (!list) {
        out += found->value;
        return true;
    }
    bool first = true;
    for (const ListElement& element : *list) {
        out += first ? "" : ", ";
        out += element.value;
        if (!element.data.empty()) {
            out += ' ';
            out += element.data;
        }
        first = false;
    }
    return true;
}

} // namespace

std::string fill(std::string_view text, const Lookup& lookup, const TemplateLimits& limits) {
    std::string out;
    out.reserve(text.size());
    std::size_t left = limits.placeholders;
    while (!text.empty()) {
        const std::size_t bracket = text.find('[');
        out += text.substr(0, bracket);
        if (bracket == std::string_view::npos) {
            break;
        }
        text.remove_prefix(bracket);
        std::size_t end = 1;
        while (end < text.size() && is_keyword_octet(text[end])) {
            ++end;
        }
        const std::string_view name = text.substr(1, end - 1);
        const bool is_placeholder = name.starts_with('_') && end < text.size() && text[end] == ']';
        const std::size_t before = out.size();
        if (is_placeholder && left != 0) {
            --left;
            // The rest of the text shall find room, too.
            if (lookup(name, out) && out.size() + text.size() - end <= limits.octets + 1) {
                text.remove_prefix(end + 1);
                continue;
            }
            if (out.size() > before) {
                out.resize(before);
                left = 0;
            }
        }
        out += text.substr(0, end);
        text.remove_prefix(end);
    }
    return out;
}

std::string fill(std::string_view text, const Packet& packet, const TemplateLimits& limits) {
    return fill(
        text,
        [&packet](std::string_view name, std::string& out) {
            return append_variable(packet, name, out);
        },
        limits);
}

std::string shown_text(const Packet& packet) {
    return family_of(packet.method).is_template ? fill(packet.body, packet)
                                                : std::string(packet.body);
}

} // namespace mailcast::psyc
