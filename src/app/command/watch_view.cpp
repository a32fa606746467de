#include "app/command/watch_view.h"

#include "base/time.h"
#include "base/utf8.h"
#include "psyc/keyword.h"
#include "psyc/list.h"
#include "psyc/psyctext.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdint>
#include <string_view>

namespace mailcast::app {

namespace {

std::int64_t number_of(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// "2026-11-23 12:00" in the zone of whoever watches.
std::string local_time(std::int64_t seconds) {
    const auto value = static_cast<std::time_t>(seconds);
    std::tm parts{};
    if (::localtime_r(&value, &parts) == nullptr) {
        return {};
    }
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min);
}

std::string readable_size(std::int64_t octets) {
    if (octets < 1000) {
        return fmt::format("{} octets", octets);
    }
    if (octets < 1'000'000) {
        return fmt::format("{:.1f} KB", static_cast<double>(octets) / 1e3);
    }
    return fmt::format("{:.1f} MB", static_cast<double>(octets) / 1e6);
}

// Every line but the first stands further in than any that begins with a name: who says several lines cannot make one of
// them look like somebody else's.
std::string spoken(std::string_view said) {
    std::string text;
    for (const char c : base::safe_text(said)) {
        text += c;
        text += c == '\n' ? "  " : "";
    }
    return text;
}

std::string mail_view(const psyc::Packet& packet, const Palette& palette) {
    const auto line = [&packet](std::string_view name) {
        return base::safe_line(packet.text_of(name));
    };
    std::string sender = line("_address_from");
    if (sender.empty()) {
        sender = line("_nick"); // of the envelope
    }
    if (const std::string name = line("_name_source"); !name.empty()) {
        sender = fmt::format("{} <{}>", name, sender);
    }
    const std::string badge = line("_badge");
    const bool genuine =
        badge.starts_with("internal") || badge.find(", verified ") != std::string::npos;
    std::string place = line("_nick_place");
    if (!place.empty()) {
        place = " " + palette.accent("@" + place);
    }
    const std::int64_t time = number_of(packet.text_of("_time_sent"));
    std::string out =
        fmt::format("{} {}{} {}\n", palette.dim(local_time(time)),
                    genuine ? palette.good("[" + badge + "]") : palette.warning("[" + badge + "]"),
                    place, palette.bold(sender));
    const std::string subject = line("_subject");
    out += fmt::format("  {}\n", palette.bold(subject.empty() ? "(no subject)" : subject));
    const std::string text = base::safe_text(packet.text_of("_content"));
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out += fmt::format("  {}\n", std::string_view(text).substr(at, end - at));
        at = end + 1;
    }
    if (const auto names = psyc::list_of(packet, "_list_attachments")) {
        for (const psyc::ListElement& element : *names) {
            out += fmt::format("  {}\n", palette.accent("+ " + base::safe_line(element.value)));
        }
    }
    const std::string id = line("_ID_mail");
    if (packet.value_of("_flag_cut")) {
        out += fmt::format("  {}\n", palette.dim("... there is more: mailcast mail show " + id));
    }
    out += fmt::format(
        "  {}\n\n",
        palette.dim(fmt::format("{} {}", id, readable_size(number_of(packet.text_of("_size"))))));
    return out;
}

} // namespace

std::string watch_view(const psyc::Packet& packet, const Palette& palette) {
    if (psyc::is_a(packet.method, "_notice_email_delivered") ||
        psyc::is_a(packet.method, "_message_public_mail")) {
        return mail_view(packet, palette);
    }
    if (psyc::is_a(packet.method, "_message")) {
        return fmt::format("{} {}\n", palette.bold(base::safe_line(packet.text_of("_nick")) + ":"),
                           spoken(packet.body));
    }
    const bool worth_showing = psyc::is_complaint(packet.method) ||
                               psyc::is_a(packet.method, "_notice_link") ||
                               psyc::is_a(packet.method, "_echo_place_enter") ||
                               psyc::is_a(packet.method, "_echo_context_enter") ||
                               psyc::is_a(packet.method, "_status_log_new");
    if (!worth_showing) {
        return {};
    }
    const std::string text = base::safe_line(psyc::fill(packet.body, packet));
    return text.empty() ? std::string() : palette.dim("* " + text) + "\n";
}

} // namespace mailcast::app
