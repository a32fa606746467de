#include "delivery/report_line.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>

namespace mailcast::delivery {

namespace {

constexpr std::size_t longest_value = 400; // octets of one field

// One group of fields, up to a blank line.  Values are unfolded and safe to show.
class FieldGroup {
  public:
    // Takes the group from the front of `report`.
    explicit FieldGroup(std::string_view& report) {
        while (!report.empty()) {
            const std::size_t end = std::min(report.find('\n'), report.size());
            const std::string_view line = report.substr(0, end);
            report.remove_prefix(std::min(end + 1, report.size()));
            if (base::trim(line).empty()) {
                if (fields_.empty()) {
                    continue;
                }
                return;
            }
            if (base::is_blank(line.front()) && !fields_.empty()) {
                std::string& value = fields_.back().value;
                if (value.size() < longest_value) {
                    value += ' ';
                    value += base::trim(line);
                }
                continue;
            }
            const std::size_t colon = line.find(':');
            if (colon != std::string_view::npos && fields_.size() < most_fields) {
                fields_.push_back({.name = base::trim(line.substr(0, colon)),
                                   .value = std::string(base::trim(line.substr(colon + 1)))});
            }
        }
    }

    bool empty() const { return fields_.empty(); }

    std::string value(std::string_view name) const {
        for (const Field& field : fields_) {
            if (base::iequals(field.name, name)) {
                return base::safe_line(base::utf8_prefix(field.value, longest_value));
            }
        }
        return {};
    }

    // "rfc822; ada@example.org" and "smtp; 550 no": without the type.
    std::string typed_value(std::string_view name) const {
        const std::string whole = value(name);
        const std::size_t semicolon = whole.find(';');
        // npos is longer than any type.
        return std::string(base::trim(
            std::string_view(whole).substr(semicolon > longest_type ? 0 : semicolon + 1)));
    }

  private:
    static constexpr std::size_t most_fields = 100;
    static constexpr std::size_t longest_type = 40;

    struct Field {
        std::string_view name;
        std::string value;
    };

    std::vector<Field> fields_;
};

std::string_view action_text(std::string_view action) {
    if (base::istarts_with(action, "failed")) {
        return "Delivery failed: ";
    }
    if (base::istarts_with(action, "delayed")) {
        return "Delivery is delayed: ";
    }
    if (base::istarts_with(action, "delivered")) {
        return "Delivered: ";
    }
    if (base::istarts_with(action, "relayed")) {
        return "Passed on to a system that sends no reports: ";
    }
    if (base::istarts_with(action, "expanded")) {
        return "Passed on to several: ";
    }
    return "Delivery report: ";
}

} // namespace

std::vector<std::string> delivery_report_lines(std::string_view report) {
    report = report.substr(0, max_report);
    std::vector<std::string> lines;
    std::size_t more = 0;
    while (!report.empty()) {
        const FieldGroup group(report);
        std::string recipient = group.typed_value("Final-Recipient");
        if (recipient.empty()) {
            recipient = group.typed_value("Original-Recipient");
        }
        const std::string action = group.value("Action");
        if (recipient.empty() && action.empty()) {
            continue; // the group about the message
        }
        if (lines.size() == max_reported_recipients) {
            ++more;
            continue;
        }
        std::string line(action_text(action));
        line += recipient;
        const std::string status = group.value("Status");
        const std::string diagnostic = group.typed_value("Diagnostic-Code");
        if (!diagnostic.empty()) {
            line += (recipient.empty() ? "" : ": ") + diagnostic;
        } else if (!status.empty()) {
            line += (recipient.empty() ? "" : ": ") + status;
        }
        lines.push_back(std::move(line));
    }
    if (more > 0) {
        lines.push_back("Delivery report: " + std::to_string(more) + " more recipients");
    }
    if (lines.empty()) {
        lines.emplace_back("Delivery report");
    }
    return lines;
}

std::string disposition_line(std::string_view report) {
    report = report.substr(0, max_report);
    const FieldGroup group(report);
    // "manual-action/MDN-sent-manually; displayed"
    const std::string whole = group.value("Disposition");
    const std::size_t semicolon = whole.find(';');
    std::string disposition(base::trim(
        std::string_view(whole).substr(semicolon == std::string::npos ? 0 : semicolon + 1)));
    std::string line = "Read receipt";
    if (!disposition.empty()) {
        line += ": " + disposition;
    }
    const std::string recipient = group.typed_value("Final-Recipient");
    if (!recipient.empty()) {
        line += ", by " + recipient;
    }
    return line;
}

std::string feedback_line(std::string_view report) {
    report = report.substr(0, max_report);
    const FieldGroup group(report);
    const std::string kind = base::lowered(group.value("Feedback-Type"));
    std::string line = "Report of " + (kind.empty() ? "abuse" : kind) + " about a mail";
    const std::string from = group.value("Original-Mail-From");
    if (!from.empty()) {
        line += " from " + from;
    }
    const std::string agent = group.value("User-Agent");
    if (!agent.empty()) {
        line += ", by " + agent;
    }
    return line;
}

} // namespace mailcast::delivery
