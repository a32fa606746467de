#include "text/enriched.h"

#include "base/ascii.h"

#include <algorithm>

namespace mailcast::text {

namespace {

constexpr std::size_t longest_command = 60; // RFC 1896
constexpr std::size_t deepest_quote = 8;

struct Command {
    std::string_view name; // without '/'
    bool closing = false;
    std::size_t length = 0; // with the brackets; 0: no command, '<' stands for itself
};

Command read_command(std::string_view text) {
    const std::size_t end = text.substr(0, longest_command + 3).find('>');
    if (end == std::string_view::npos) {
        return {};
    }
    std::string_view name = text.substr(1, end - 1);
    const bool closing = name.starts_with('/');
    if (closing) {
        name.remove_prefix(1);
    }
    const bool known_form = !name.empty() && std::ranges::all_of(name, [](char c) {
        return base::is_alnum(c) || c == '-' || c == '_';
    });
    if (!known_form) {
        return {};
    }
    return {.name = name, .closing = closing, .length = end + 1};
}

class Writer {
  public:
    explicit Writer(std::size_t expected) { out_.reserve(expected); }

    void put(char c) {
        if (c == '\n') {
            break_line();
            return;
        }
        if (at_start_) {
            for (std::size_t i = 0; i < quotes_; ++i) {
                out_ += "> ";
            }
            at_start_ = false;
        }
        out_.push_back(c);
    }

    void break_line() {
        while (out_.ends_with(' ')) {
            out_.pop_back();
        }
        out_.push_back('\n');
        at_start_ = true;
    }

    void space() {
        if (!at_start_ && !out_.ends_with(' ')) {
            out_.push_back(' ');
        }
    }

    void set_quotes(std::size_t quotes) {
        if (!at_start_) {
            break_line();
        }
        quotes_ = quotes;
    }

    std::size_t quotes() const { return quotes_; }

    std::string take() { return std::move(out_); }

  private:
    std::string out_;
    std::size_t quotes_ = 0;
    bool at_start_ = true;
};

// Behind "</name>", or npos when it does not come.
std::size_t behind_end(std::string_view text, std::size_t from, std::string_view name) {
    for (std::size_t at = text.find("</", from); at != std::string_view::npos;
         at = text.find("</", at + 2)) {
        const Command command = read_command(text.substr(at));
        if (command.length > 0 && base::iequals(command.name, name)) {
            return at + command.length;
        }
    }
    return std::string_view::npos;
}

} // namespace

std::string enriched_to_text(std::string_view enriched) {
    Writer out(enriched.size());
    bool unfilled = false;
    bool parameters_end = true;
    for (std::size_t at = 0; at < enriched.size();) {
        const char c = enriched[at];
        if (c == '<' && at + 1 < enriched.size() && enriched[at + 1] == '<') {
            out.put('<');
            at += 2;
            continue;
        }
        if (c == '\n' && !unfilled) {
            // One line end is a space; each further one is a line end.
            std::size_t ends = 0;
            while (at < enriched.size() && enriched[at] == '\n') {
                ++ends;
                ++at;
            }
            if (ends == 1) {
                out.space();
            }
            for (; ends > 1; --ends) {
                out.break_line();
            }
            continue;
        }
        const Command command = c == '<' ? read_command(enriched.substr(at)) : Command{};
        if (command.length == 0) {
            out.put(c);
            ++at;
            continue;
        }
        at += command.length;
        if (base::iequals(command.name, "nofill")) {
            unfilled = !command.closing;
        } else if (base::iequals(command.name, "excerpt")) {
            const std::size_t now = out.quotes();
            out.set_quotes(command.closing ? now - std::min<std::size_t>(now, 1)
                                           : std::min(now + 1, deepest_quote));
        } else if (base::iequals(command.name, "param") && !command.closing && parameters_end) {
            const std::size_t end = behind_end(enriched, at, "param");
            parameters_end = end != std::string_view::npos;
            at = parameters_end ? end : at;
        }
    }
    return out.take();
}

std::string richtext_to_text(std::string_view richtext) {
    Writer out(richtext.size());
    bool comments_end = true;
    for (std::size_t at = 0; at < richtext.size();) {
        const char c = richtext[at];
        if (c == '\n') {
            out.space();
            ++at;
            continue;
        }
        const Command command = c == '<' ? read_command(richtext.substr(at)) : Command{};
        if (command.length == 0) {
            out.put(c);
            ++at;
            continue;
        }
        at += command.length;
        if (base::iequals(command.name, "lt")) {
            out.put('<');
        } else if (base::iequals(command.name, "nl")) {
            out.break_line();
        } else if (base::iequals(command.name, "np") || base::iequals(command.name, "paragraph") ||
                   base::iequals(command.name, "signature")) {
            out.break_line();
            if (command.closing) {
                out.break_line();
            }
        } else if (base::iequals(command.name, "excerpt")) {
            const std::size_t now = out.quotes();
            out.set_quotes(command.closing ? now - std::min<std::size_t>(now, 1)
                                           : std::min(now + 1, deepest_quote));
        } else if (base::iequals(command.name, "comment") && !command.closing && comments_end) {
            const std::size_t end = behind_end(richtext, at, "comment");
            comments_end = end != std::string_view::npos;
            at = comments_end ? end : at;
        }
    }
    return out.take();
}

} // namespace mailcast::text
