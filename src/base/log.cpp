#include "base/log.h"

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

bool is_control(char c) {
    const auto value = static_cast<unsigned char>(c);
    return value < 0x20 || value == 0x7F;
}

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>("mailcast", std::make_shared<StandardError>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
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
    if (std::ranges::none_of(line, is_control)) {
        logger().log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
        return;
    }
    std::string safe;
    safe.reserve(line.size());
    for (const char c : line) {
        if (is_control(c)) {
            safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            safe.push_back(c);
        }
    }
    logger().log(level_of(level), spdlog::string_view_t(safe));
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
