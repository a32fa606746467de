#include "base/log.h"

#include "base/utf8.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>

namespace mailcast::base::log {

namespace {

spdlog::level::level_enum level_of(Level level) {
    switch (level) {
    case Level::debug:
        return spdlog::level::debug;
    case Level::info:
        return spdlog::level::info;
    case Level::warn:
        return spdlog::level::warn;
    case Level::error:
        return spdlog::level::err;
    case Level::off:
        return spdlog::level::off;
    }
    return spdlog::level::info;
}

// A scope that gathers more than this writes in between.
constexpr std::size_t gathered_octets_max = 64UL * 1024UL;

// Of the outermost Gather of this thread; null when lines go out one by one.
thread_local std::string* gathered = nullptr;

// Standard error is unbuffered: one call, one write.
void write_out(std::string_view lines) {
    static_cast<void>(std::fwrite(lines.data(), 1, lines.size(), stderr));
}

class StandardError final : public spdlog::sinks::base_sink<std::mutex> {
  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        if (gathered == nullptr) {
            write_out({line.data(), line.size()});
            return;
        }
        gathered->append(line.data(), line.size());
        if (gathered->size() >= gathered_octets_max) {
            write_out(*gathered);
            gathered->clear();
        }
    }

    void flush_() override { static_cast<void>(std::fflush(stderr)); }
};

bool is_plain(char c) {
    return c >= 0x20 && c < 0x7F;
}

// Octets that a terminal could obey, or that show a line in another order than it has, in hexadecimal.
std::string escaped(std::string_view line) {
    constexpr std::uint32_t broken = 0xFFFD;
    std::string safe;
    safe.reserve(line.size());
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t begin = at;
        const std::uint32_t code_point = next_code_point(line, at);
        const std::string_view octets = line.substr(begin, at - begin);
        if (!is_unsafe_in_line(code_point) && (code_point != broken || octets == "\xEF\xBF\xBD")) {
            safe += octets;
            continue;
        }
        for (const char c : octets) {
            safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    return safe;
}

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>("mailcast", std::make_shared<StandardError>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
        made->set_level(spdlog::level::warn);
        return made;
    }();
    return *instance;
}

} // namespace

void set_level(Level level) {
    logger().set_level(level_of(level));
}

bool enabled(Level level) {
    return logger().should_log(level_of(level));
}

void write(Level level, std::string_view line) {
    if (std::ranges::all_of(line, is_plain)) {
        logger().log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
        return;
    }
    logger().log(level_of(level), spdlog::string_view_t(escaped(line)));
}

Gather::Gather() : is_outermost_(gathered == nullptr) {
    if (is_outermost_) {
        gathered = &lines_;
    }
}

Gather::~Gather() {
    if (!is_outermost_) {
        return;
    }
    gathered = nullptr;
    if (!lines_.empty()) {
        write_out(lines_);
    }
}

void flush() {
    logger().flush();
}

} // namespace mailcast::base::log
