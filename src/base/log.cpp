#include "base/log.h"

#include "base/utf8.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

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

// What the outermost Gather of this thread has; without one, lines go out one by one.
thread_local bool gathers = false;
thread_local std::string gathered; // keeps its memory for the next one

// Standard error is unbuffered: one call, one write.
void write_out(std::string_view lines) {
    static_cast<void>(std::fwrite(lines.data(), 1, lines.size(), stderr));
}

class StandardError final : public spdlog::sinks::base_sink<std::mutex> {
  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (gathers) {
            append_line(gathered, message);
            if (gathered.size() >= gathered_octets_max) {
                write_out(gathered);
                gathered.clear();
            }
            return;
        }
        std::string line;
        append_line(line, message);
        write_out(line);
    }

    void flush_() override { static_cast<void>(std::fflush(stderr)); }

    // "2026-11-23T12:00:00.000+01:00 info " and the payload.
    void append_line(std::string& out, const spdlog::details::log_msg& message) {
        using std::chrono::milliseconds;
        const auto second = std::chrono::floor<std::chrono::seconds>(message.time);
        if (second != second_) {
            second_ = second;
            const std::time_t seconds = std::chrono::system_clock::to_time_t(second);
            std::tm local{};
            static_cast<void>(::localtime_r(&seconds, &local));
            const long east = local.tm_gmtoff / 60; // minutes
            time_ = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", local.tm_year + 1900,
                                local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min,
                                local.tm_sec);
            zone_ = fmt::format("{}{:02}:{:02} ", east < 0 ? '-' : '+', std::abs(east) / 60,
                                std::abs(east) % 60);
        }
        const auto fraction = std::chrono::floor<milliseconds>(message.time - second).count();
        const auto level = spdlog::level::to_string_view(message.level);
        out += time_;
        out += static_cast<char>('0' + fraction / 100);
        out += static_cast<char>('0' + fraction / 10 % 10);
        out += static_cast<char>('0' + fraction % 10);
        out += zone_;
        out.append(level.data(), level.size());
        out += ' ';
        out.append(message.payload.data(), message.payload.size());
        out += '\n';
    }

    // The second that was written last, and how it is written.
    std::chrono::sys_seconds second_ = std::chrono::sys_seconds::min();
    std::string time_;
    std::string zone_;
};

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
    if (is_printable_ascii(line)) {
        logger().log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
        return;
    }
    logger().log(level_of(level), spdlog::string_view_t(escaped(line)));
}

void write_formatted(Level level, fmt::string_view format, fmt::format_args args) {
    if (enabled(level)) {
        fmt::memory_buffer line;
        fmt::vformat_to(std::back_inserter(line), format, args);
        write(level, {line.data(), line.size()});
    }
}

Gather::Gather() : is_outermost_(!std::exchange(gathers, true)) {}

Gather::~Gather() {
    if (!is_outermost_) {
        return;
    }
    gathers = false;
    if (!gathered.empty()) {
        write_out(gathered);
        gathered.clear();
    }
}

void flush() {
    logger().flush();
}

} // namespace mailcast::base::log
