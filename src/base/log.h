// The log front: lines of "what happened key=value ..." to standard error (the journal).
// Only net, web, store and app log; cores return facts instead.  Any thread may call it.
// Never put a password or the body of a mail here.
// error: an operator must act.  warn: we coped.  info: history.  debug: for developers.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace mailcast::base::log {

enum class Level { debug, info, warn, error, off };

void set_level(Level level);

bool enabled(Level level);

// Control characters in `line` are written as \xNN, so that nothing from outside can forge a line.
void write(Level level, std::string_view line);

// As long as it lives, the lines of this thread gather; they are written together, with one write, when it ends.
// Scopes may nest: the outermost one writes.
class Gather {
  public:
    Gather();
    Gather(const Gather&) = delete;
    Gather& operator=(const Gather&) = delete;
    ~Gather();

  private:
    bool is_outermost_;
};

// Blocks until what was written has left the program.
void flush();

// What the functions below share.
void write_formatted(Level level, fmt::string_view format, fmt::format_args args);

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    write_formatted(Level::debug, format, fmt::make_format_args(args...));
}

template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    write_formatted(Level::info, format, fmt::make_format_args(args...));
}

template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
    write_formatted(Level::warn, format, fmt::make_format_args(args...));
}

template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    write_formatted(Level::error, format, fmt::make_format_args(args...));
}

} // namespace mailcast::base::log
