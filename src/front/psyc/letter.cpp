#include "front/psyc/letter.h"

#include "front/psyc/mail.h"
#include "psyc/date.h"
#include "psyc/keyword.h"
#include "psyc/renderer.h"

#include <vector>

namespace mailcast::front {

namespace {

std::vector<psyc::Variable> routing_of(psyc::Generation generation, const PsycLetter& letter) {
    std::vector<psyc::Variable> variables;
    const auto add = [&variables](std::string_view name, std::string_view value) {
        if (!value.empty()) {
            variables.push_back({name, value});
        }
    };
    add("_source", letter.source);
    add("_context", letter.context);
    add("_target", letter.target);
    add("_source_relay", letter.source_relay);
    add("_tag", letter.tag);
    if (generation == psyc::Generation::v1) {
        add("_counter", letter.counter);
    }
    if (generation == psyc::Generation::classic) {
        add("_tag_reply", letter.tag_reply);
    }
    add("_tag_relay", letter.tag_reply);
    return variables;
}

// `date` holds what a _date became; views into it live as long.
void add_entity(std::vector<psyc::Variable>& variables, psyc::Generation generation,
                const PsycLetter& letter, std::string& date) {
    for (const auto& [name, value] : letter.variables) {
        if (generation == psyc::Generation::v1 && name == "_date") {
            date = psyc::date_number(value).value_or("");
            if (!date.empty()) {
                variables.push_back({name, date});
            }
        } else if (!value.empty()) {
            variables.push_back({name, value});
        }
    }
}

// The names of 1.0 for coming and going (FOLLOW of the reference, 7.1); letters have those of 0.99.
std::string method_of(psyc::Generation generation, const std::string& method) {
    if (generation == psyc::Generation::v1) {
        for (const std::string_view name : {"_echo_place_enter", "_echo_place_leave",
                                            "_notice_place_enter", "_notice_place_leave"}) {
            if (psyc::is_a(method, name)) {
                constexpr std::string_view place = "_place";
                std::string renamed = method;
                return renamed.replace(renamed.find(place), place.size(), "_context");
            }
        }
    }
    return method;
}

// Elements of lists are views that must live until the packet is written.
using Elements = std::vector<std::vector<std::string_view>>;

void add_lists(std::vector<psyc::Variable>& variables, const PsycLetter& letter,
               Elements& elements) {
    elements.reserve(letter.lists.size());
    for (const auto& [name, list] : letter.lists) {
        elements.emplace_back(list.begin(), list.end());
        variables.push_back(psyc::Variable::list(name, elements.back()));
    }
}

// The octets of a 1.0 content: without its length in front and "|" LF behind it.
std::string_view content_of(std::string_view rendered) {
    constexpr std::string_view end = "|\n";
    if (rendered == end) {
        return {};
    }
    rendered.remove_prefix(rendered.find('\n') + 1);
    rendered.remove_suffix(end.size());
    return rendered;
}

} // namespace

PsycLetter features_letter() {
    return {.lists = {{"_list_understand_modules", {"_context", std::string(mail_module)}}},
            .method = "_notice_features"};
}

void append_letter(std::string& out, psyc::Generation generation, const PsycLetter& letter) {
    Elements elements;
    std::string date;
    auto variables = routing_of(generation, letter);
    add_entity(variables, generation, letter, date);
    add_lists(variables, letter, elements);
    psyc::append_packet(out, generation, variables, method_of(generation, letter.method),
                        letter.body);
}

std::string letter_head(psyc::Generation generation, const PsycLetter& letter,
                        std::string_view tail) {
    const auto routing = routing_of(generation, letter);
    std::vector<psyc::Variable> own;
    std::string date;
    add_entity(own, generation, letter, date);
    std::string variables;
    psyc::append_tail(variables, generation, own, "", "");
    std::string head;
    psyc::append_head(head, generation, routing);
    if (generation == psyc::Generation::classic) {
        // "LF variables . LF" without the end.
        variables.resize(variables.size() - 2);
        head += variables;
        return head;
    }
    constexpr std::size_t end_octets = 2;
    const std::string_view content = content_of(variables);
    head += std::to_string(content.size() + tail.size() - end_octets);
    head += '\n';
    head += content;
    return head;
}

std::string letter_tail(psyc::Generation generation, const PsycLetter& letter) {
    Elements elements;
    std::vector<psyc::Variable> variables;
    std::string date;
    add_entity(variables, generation, letter, date);
    add_lists(variables, letter, elements);
    std::string tail;
    psyc::append_tail(tail, generation, variables, method_of(generation, letter.method),
                      letter.body);
    // The blank line, or the length, is the head's.
    tail.erase(0, tail.find('\n') + 1);
    return tail;
}

} // namespace mailcast::front
