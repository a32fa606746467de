// What a terminal needs that a file does not: colour, and a password that is not shown.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace mailcast::app {

// Colour only where somebody sees it: standard output is a terminal, and NO_COLOR is not set.
bool wants_colour();

// SGR codes around text, or nothing around it.
class Palette {
  public:
    explicit Palette(bool colour) : colour_(colour) {}

    std::string bold(std::string_view text) const { return paint("1", text); }

    std::string dim(std::string_view text) const { return paint("2", text); }

    std::string good(std::string_view text) const { return paint("32", text); }

    std::string warning(std::string_view text) const { return paint("33", text); }

    std::string accent(std::string_view text) const { return paint("36", text); }

  private:
    std::string paint(std::string_view code, std::string_view text) const;

    bool colour_;
};

} // namespace mailcast::app
