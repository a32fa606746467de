// A dialogue script as values; its form is in README.md.
#pragma once

#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::dialogue {

struct Step {
    enum class Kind { send, line, match, closed, mail, mails };

    Kind kind;
    std::string text;   // escapes resolved; for send with the line end, if it has one
    int number = 0;     // line in the file
    std::regex pattern; // for match
};

struct Script {
    std::map<std::string, std::string> options;
    std::vector<Step> steps;

    std::string option(const std::string& name, const std::string& otherwise) const;
};

// Throws std::runtime_error with "file:line: what is wrong".
Script read_script(const std::filesystem::path& file);

} // namespace mailcast::dialogue
