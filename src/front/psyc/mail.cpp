#include "front/psyc/mail.h"

#include "base/time.h"
#include "base/utf8.h"
#include "psyc/date.h"
#include "psyc/list.h"
#include "psyc/uniform.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::string_view template_body =
    "([_method_SMTP] from [_nick] to [_nick_target]) [_subject]\n[_content]";
constexpr std::size_t status_text_octets = 200;

template <typename Number>
Number number_of(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : Number{};
}

// The name as psyced writes the recipient of a mail: "~ada", "*lab".
std::string nick_of(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    if (!parsed) {
        return {};
    }
    const bool place = parsed->kind == psyc::UniformKind::place;
    return (place ? "*" : "~") + std::string(parsed->name());
}

std::string host_of(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    return parsed ? std::string(parsed->host) : std::string();
}

// An element of a list must not have blanks in generation 0.99.
std::string without_blanks(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\n'; }, '_');
    return out;
}

mail::Status unanswered() {
    return mail::make_status(451, 4, 2, "the other node's answer names no status");
}

// "250:2.1.5" with its text.
mail::Status status_of(std::string_view code, std::string_view text) {
    const std::size_t colon = code.find(':');
    const std::size_t dot =
        colon == std::string_view::npos ? std::string_view::npos : code.find('.', colon + 3);
    if (dot == std::string_view::npos || code.size() < colon + 2) {
        return unanswered();
    }
    const int number = number_of<int>(code.substr(0, colon));
    const auto subject = number_of<std::uint16_t>(code.substr(colon + 3, dot - colon - 3));
    const auto detail = number_of<std::uint16_t>(code.substr(dot + 1));
    const bool fits = (number >= 200 && number < 300) || (number >= 400 && number < 600);
    if (!fits || code[colon + 1] != static_cast<char>('0' + number / 100) ||
        code[colon + 2] != '.') {
        return unanswered();
    }
    const std::string line = base::safe_line(text);
    return mail::make_status(number, subject, detail,
                             std::string(base::utf8_prefix(line, status_text_octets)));
}

std::vector<std::string> uniforms_of(const psyc::Packet& packet, std::string_view name) {
    std::vector<std::string> out;
    const auto list = psyc::list_of(packet, name, mail_targets);
    if (list) {
        for (const psyc::ListElement& element : *list) {
            out.push_back(psyc::normalised_uniform(element.value).value_or(std::string()));
        }
    }
    return out;
}

std::string unbracketed(std::string_view id) {
    if (id.size() > 2 && id.front() == '<' && id.back() == '>') {
        id = id.substr(1, id.size() - 2);
    }
    return base::safe_line(id);
}

void read_attachments(const psyc::Packet& packet, std::vector<chat::Attachment>& attachments) {
    const auto names = psyc::list_of(packet, "_list_attachments");
    const auto types = psyc::list_of(packet, "_list_attachments_types");
    const auto sizes = psyc::list_of(packet, "_list_attachments_sizes");
    if (!names) {
        return;
    }
    for (std::size_t i = 0; i < names->size(); ++i) {
        chat::Attachment attachment;
        attachment.name = base::safe_line((*names)[i].value);
        std::ranges::replace(attachment.name, '/', '_');
        if (types && i < types->size()) {
            attachment.type = base::safe_line((*types)[i].value);
        }
        if (sizes && i < sizes->size()) {
            attachment.size = number_of<std::uint64_t>((*sizes)[i].value);
        }
        attachments.push_back(std::move(attachment));
    }
}

} // namespace

PsycLetter mail_letter(const chat::Note& note, std::string_view once, std::string_view root,
                       std::string_view target) {
    const chat::MailFacts& mail = note.mail;
    PsycLetter letter;
    letter.source = root;
    letter.target = target;
    letter.source_relay = note.source;
    const std::string_view text = base::utf8_prefix(note.text, mail_text_octets);
    const bool cut = mail.text_cut || text.size() < note.text.size();
    letter.variables = {
        {"_nick", mail.envelope_from.empty() ? "<>" : mail.envelope_from},
        {"_nick_target", nick_of(target)},
        {"_host_target", host_of(target)},
        {"_host_source", mail.host_source},
        {"_method_SMTP", "MAIL"},
        {"_subject", note.subject},
        {"_content", std::string(text)},
        {"_ID_SMTP", mail.message_id.empty() ? "" : "<" + mail.message_id + ">"},
        {"_ID_mail", note.id.text()},
        {"_ID_once", std::string(once)},
        {"_name_source", mail.from_name},
        {"_name_shown", note.source_name},
        {"_address_from", mail.from_address},
        {"_badge", note.badge},
        {"_verdict", mail.verdict},
        {"_date", mail.date},
        {"_time_sent", std::to_string(base::to_unix_seconds(note.time))},
        {"_size", std::to_string(mail.size)},
        {"_amount_lines", std::to_string(mail.text_lines)},
        {"_flag_cut", cut ? "yes" : ""},
        {"_context_mail", note.context},
    };
    if (!mail.attachments.empty()) {
        std::vector<std::string> names;
        std::vector<std::string> types;
        std::vector<std::string> sizes;
        for (const chat::Attachment& each : mail.attachments) {
            if (names.size() >= psyc::default_list_elements) {
                break;
            }
            names.push_back(without_blanks(each.name.empty() ? each.type : each.name));
            types.push_back(without_blanks(each.type.empty() ? "?" : each.type));
            sizes.push_back(std::to_string(each.size));
        }
        letter.variables.emplace_back("_amount_attachments",
                                      std::to_string(mail.attachments.size()));
        letter.lists = {{"_list_attachments", std::move(names)},
                        {"_list_attachments_types", std::move(types)},
                        {"_list_attachments_sizes", std::move(sizes)}};
    }
    letter.method = "_notice_email_delivered";
    letter.body = template_body;
    return letter;
}

void add_targets(PsycLetter& letter, const std::vector<std::string>& targets,
                 const std::vector<bool>& visible) {
    std::vector<std::string> shown;
    shown.reserve(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        shown.emplace_back(i < visible.size() && visible[i] ? "yes" : "no");
    }
    letter.lists.emplace_back("_list_targets", targets);
    letter.lists.emplace_back("_list_targets_visible", std::move(shown));
}

PsycMailRead read_mail(const psyc::Packet& packet, std::string_view node) {
    PsycMailRead read;
    chat::Note& note = read.arrival.note;
    chat::MailFacts& mail = note.mail;
    const auto line = [&packet](std::string_view name) {
        return base::safe_line(packet.text_of(name));
    };
    note.kind = chat::NoteKind::mail;
    note.time = base::from_unix_ms(number_of<std::int64_t>(packet.text_of("_time_sent")) * 1000);
    mail.envelope_from = line("_nick");
    if (mail.envelope_from == "<>") {
        mail.envelope_from.clear();
    }
    mail.from_name = line("_name_source");
    mail.from_address = line("_address_from");
    note.source = line("_source_relay");
    if (!note.source.starts_with("mailto:") || !psyc::parse_uniform(note.source)) {
        note.source =
            "mailto:" + (mail.from_address.empty() ? mail.envelope_from : mail.from_address);
    }
    note.source_name = line("_name_shown");
    if (note.source_name.empty()) {
        note.source_name = mail.from_name.empty() ? mail.envelope_from : mail.from_name;
    }
    // What that node found out about the mail is its word, not ours.
    const std::string badge = line("_badge");
    note.badge = "via " + host_of(node) + (badge.empty() ? "" : ", " + badge);
    note.subject = line("_subject");
    note.text = base::safe_text(packet.text_of("_content"));
    note.context = line("_context_mail");
    mail.message_id = unbracketed(packet.text_of("_ID_SMTP"));
    mail.origin = "external";
    mail.verdict = line("_verdict");
    mail.host_source = line("_host_source");
    mail.date = line("_date");
    if (packet.generation == psyc::Generation::v1) {
        mail.date = psyc::date_text(mail.date).value_or("");
    }
    mail.size = number_of<std::uint64_t>(packet.text_of("_size"));
    mail.text_lines = number_of<std::uint32_t>(packet.text_of("_amount_lines"));
    mail.text_cut = packet.text_of("_flag_cut") == "yes";
    read_attachments(packet, mail.attachments);

    read.arrival.node = node;
    std::string_view once = packet.text_of("_ID_once");
    if (once.empty()) {
        once = packet.text_of("_ID_mail");
    }
    if (!once.empty()) {
        read.arrival.once = fmt::format("{} {}", node, once);
    }
    read.listed = packet.find("_list_targets") != nullptr;
    if (read.listed) {
        read.arrival.targets = uniforms_of(packet, "_list_targets");
        const auto shown = psyc::list_of(packet, "_list_targets_visible", mail_targets);
        for (std::size_t i = 0; i < read.arrival.targets.size(); ++i) {
            read.arrival.visible.push_back(shown && i < shown->size() &&
                                           (*shown)[i].value == "yes");
        }
    } else {
        read.arrival.targets = {
            psyc::normalised_uniform(packet.text_of("_target")).value_or(std::string())};
        read.arrival.visible = {false};
    }
    return read;
}

void add_statuses(PsycLetter& letter, const std::vector<mail::Status>& statuses) {
    std::vector<std::string> codes;
    std::string texts;
    for (const mail::Status& status : statuses) {
        codes.push_back(fmt::format("{}:{}.{}.{}", status.code, status.enhanced.status_class,
                                    status.enhanced.subject, status.enhanced.detail));
        texts += texts.empty() ? "" : "\n";
        // A line that is empty would be lost at the ends of a value.
        texts += status.text.empty() ? "-" : status.text;
    }
    letter.lists.emplace_back("_list_status", std::move(codes));
    letter.variables.emplace_back("_description_status", std::move(texts));
}

std::vector<mail::Status> read_statuses(const psyc::Packet& packet, std::size_t count) {
    std::vector<mail::Status> out;
    out.reserve(count);
    const auto codes = psyc::list_of(packet, "_list_status", mail_targets);
    std::string_view texts = packet.text_of("_description_status");
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t end = texts.find('\n');
        const std::string_view text = texts.substr(0, end);
        texts = end == std::string_view::npos ? std::string_view{} : texts.substr(end + 1);
        out.push_back(codes && i < codes->size() ? status_of((*codes)[i].value, text)
                                                 : unanswered());
    }
    return out;
}

} // namespace mailcast::front
