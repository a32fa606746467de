#include "app/command/terminal.h"

#include <fmt/core.h>

#include <cstdlib>
#include <unistd.h>

namespace mailcast::app {

bool wants_colour() {
    return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

std::string Palette::paint(std::string_view code, std::string_view text) const {
    return colour_ ? fmt::format("\x1B[{}m{}\x1B[0m", code, text) : std::string(text);
}

} // namespace mailcast::app
