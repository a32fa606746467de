#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

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

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "mailcast", std::make_shared<spdlog::sinks::stderr_sink_mt>());
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
    std::string safe;
    safe.reserve(line.size());
    for (const char c : line) {
        const auto value = static_cast<unsigned char>(c);
        if (value < 0x20 || value == 0x7F) {
            safe += fmt::format("\\x{:02x}", value);
        } else {
            safe.push_back(c);
        }
    }
    logger().log(level_of(level), "{}", safe);
}

void flush() {
    logger().flush();
}

} // namespace mailcast::base::log
