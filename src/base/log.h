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
    std::string lines_;
    bool is_outermost_;
};

// Blocks until what was written has left the program.
void flush();

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) {
        write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
    }
}

template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) {
        write(Level::info, fmt::format(format, std::forward<Args>(args)...));
    }
}

template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::warn, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace mailcast::base::log
