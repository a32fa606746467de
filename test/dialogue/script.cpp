#include "script.h"

#include <fstream>
#include <stdexcept>

namespace mailcast::dialogue {

namespace {

std::string unescaped(std::string_view text);

// Takes one escape, behind its backslash, from the front of `text`.
std::string take_escape(std::string_view& text) {
    if (text.empty()) {
        throw std::runtime_error("a backslash at the end");
    }
    const char kind = text.front();
    text.remove_prefix(1);
    switch (kind) {
    case 'r':
        return "\r";
    case 'n':
        return "\n";
    case 't':
        return "\t";
    case '0':
        return {'\0'};
    case '\\':
        return "\\";
    case 'x': {
        const int value = std::stoi(std::string(text.substr(0, 2)), nullptr, 16);
        text.remove_prefix(2);
        return {static_cast<char>(value)};
    }
    case '{': {
        const std::size_t star = text.find('*');
        const std::size_t end = text.find('}');
        if (star == std::string_view::npos || end == std::string_view::npos || star > end) {
            throw std::runtime_error("\\{N*TEXT} is broken");
        }
        const int count = std::stoi(std::string(text.substr(0, star)));
        const std::string unit = unescaped(text.substr(star + 1, end - star - 1));
        text.remove_prefix(end + 1);
        std::string out;
        for (int i = 0; i < count; ++i) {
            out += unit;
        }
        return out;
    }
    default:
        throw std::runtime_error("unknown escape");
    }
}

std::string unescaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t plain = text.find('\\');
        out += text.substr(0, plain);
        if (plain == std::string_view::npos) {
            break;
        }
        text.remove_prefix(plain + 1);
        out += take_escape(text);
    }
    return out;
}

// The text behind `prefix` and one space; nothing if the line does not begin with it.
bool take_prefix(std::string_view& line, std::string_view prefix) {
    if (!line.starts_with(prefix)) {
        return false;
    }
    line.remove_prefix(prefix.size());
    if (!line.empty() && line.front() == ' ') {
        line.remove_prefix(1);
    }
    return true;
}

void read_line(Script& script, std::string_view line, int number) {
    using Kind = Step::Kind;
    const auto add = [&](Kind kind, std::string text) {
        script.steps.push_back(
            {.kind = kind, .text = std::move(text), .number = number, .pattern = {}});
    };
    if (line.empty() || line.front() == '#') {
        return;
    }
    if (take_prefix(line, "c ->")) {
        add(Kind::send, unescaped(line) + "\r\n");
    } else if (take_prefix(line, "c =>")) {
        add(Kind::send, unescaped(line));
    } else if (take_prefix(line, "c <-")) {
        add(Kind::line, unescaped(line));
    } else if (take_prefix(line, "c <~")) {
        add(Kind::match, std::string(line));
        script.steps.back().pattern = std::regex(std::string(line));
    } else if (line == "c <= closed") {
        add(Kind::closed, {});
    } else if (take_prefix(line, "mails ")) {
        add(Kind::mails, std::string(line));
    } else if (take_prefix(line, "mail")) {
        add(Kind::mail, unescaped(line));
    } else if (const std::size_t colon = line.find(": ");
               colon != std::string_view::npos && script.steps.empty()) {
        script.options.emplace(line.substr(0, colon), line.substr(colon + 2));
    } else {
        throw std::runtime_error("neither an option nor a step");
    }
}

} // namespace

std::string Script::option(const std::string& name, const std::string& otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : found->second;
}

Script read_script(const std::filesystem::path& file) {
    Script script;
    std::ifstream in(file);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        try {
            read_line(script, line, number);
        } catch (const std::exception& error) {
            throw std::runtime_error(file.filename().string() + ':' + std::to_string(number) +
                                     ": " + error.what());
        }
    }
    return script;
}

} // namespace mailcast::dialogue
