#include "front/psyc_note.h"

#include "psyc/renderer.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mailcast::front {

namespace {

// An element of a list on a classic circuit ends at its first blank.
std::string without_blanks(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\n'; }, '_');
    return out;
}

// Collects variables whose values must live until the packet is written.
class Variables {
  public:
    void add(std::string_view name, std::string_view value) { list_.push_back({name, value}); }

    void add_unless_empty(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            add(name, value);
        }
    }

    void add_number(std::string_view name, std::int64_t value) {
        numbers_.push_back(std::make_unique<std::string>(std::to_string(value)));
        add(name, *numbers_.back());
    }

    void add_list(std::string_view name, std::span<const std::string_view> elements) {
        list_.push_back(psyc::Variable::list(name, elements));
    }

    std::span<const psyc::Variable> all() const { return list_; }

  private:
    std::vector<psyc::Variable> list_;
    std::vector<std::unique_ptr<std::string>> numbers_;
};

const chat::Addressed* addressed_as(const chat::Note& note, chat::EntityId audience) {
    const auto found = std::ranges::find(note.recipients, audience, &chat::Addressed::entity);
    return found == note.recipients.end() ? nullptr : &*found;
}

std::string_view local_part(std::string_view address) {
    const auto at = address.rfind('@');
    return address.substr(0, at);
}

std::string render_mail(const chat::Cast& cast, const PsycView& view) {
    const chat::Note& note = cast.note();
    const chat::MailFacts& mail = note.mail;
    const bool in_place = view.audience.kind == chat::EntityKind::place;
    const chat::Addressed* addressed = addressed_as(note, view.audience.id);
    const std::string id = note.id.text();

    Variables variables;
    // The null reverse-path is no name; <> is how mail writes it.
    variables.add("_nick",
                  mail.envelope_from.empty() ? "<>" : std::string_view(mail.envelope_from));
    if (in_place) {
        variables.add("_nick_place", view.audience.name);
    }
    if (addressed != nullptr) {
        variables.add("_nick_target", local_part(addressed->address));
        variables.add("_host_target", addressed->domain);
    }
    variables.add_unless_empty("_host_source", mail.host_source);
    variables.add("_method_SMTP", "MAIL");
    variables.add("_subject", note.subject);
    variables.add("_content", note.text);
    const std::string message_id = mail.message_id.empty() ? "" : "<" + mail.message_id + ">";
    variables.add_unless_empty("_ID_SMTP", message_id);
    variables.add("_ID_mail", id);
    variables.add_unless_empty("_name_source", mail.from_name);
    variables.add_unless_empty("_address_from", mail.from_address);
    variables.add("_badge", note.badge);
    variables.add_unless_empty("_date", mail.date);
    variables.add_number("_time_sent", base::to_unix_seconds(note.time));
    variables.add_number("_size", static_cast<std::int64_t>(mail.size));
    variables.add_number("_amount_lines", mail.text_lines);
    if (mail.text_cut) {
        variables.add("_flag_cut", "yes");
    }
    std::vector<std::string> names;
    std::vector<std::string_view> name_views;
    if (!mail.attachments.empty()) {
        names.reserve(mail.attachments.size());
        for (const chat::Attachment& attachment : mail.attachments) {
            names.push_back(
                without_blanks(attachment.name.empty() ? attachment.type : attachment.name));
        }
        name_views.assign(names.begin(), names.end());
        variables.add_number("_amount_attachments",
                             static_cast<std::int64_t>(mail.attachments.size()));
        variables.add_list("_list_attachments", name_views);
    }
    variables.add_unless_empty("_context_mail", note.context);
    if (view.replayed) {
        variables.add_number("_time_log", base::to_unix_seconds(note.time));
        if (in_place) {
            variables.add_number("_time_place", base::to_unix_seconds(note.time));
        }
    }

    std::string out;
    if (in_place) {
        // A _message is shown as it stands, never filled in.
        std::string body = note.subject;
        if (!note.text.empty()) {
            body += body.empty() ? "" : ":\n";
            body += note.text;
        }
        psyc::append_tail(out, view.generation, variables.all(), "_message_public_mail", body);
    } else {
        psyc::append_tail(out, view.generation, variables.all(), "_notice_email_delivered",
                          "([_method_SMTP] from [_nick] to [_nick_target]) [_subject]\n[_content]");
    }
    return out;
}

std::string render_talk(const chat::Cast& cast, const PsycView& view) {
    const chat::Note& note = cast.note();
    const bool in_place = view.audience.kind == chat::EntityKind::place;
    Variables variables;
    variables.add("_nick", note.source_name);
    if (in_place) {
        variables.add("_nick_place", view.audience.name);
    }
    if (view.replayed) {
        variables.add_number("_time_log", base::to_unix_seconds(note.time));
        if (in_place) {
            variables.add_number("_time_place", base::to_unix_seconds(note.time));
        }
    }
    std::string out;
    psyc::append_tail(out, view.generation, variables.all(),
                      in_place ? "_message_public" : "_message_private", note.text);
    return out;
}

} // namespace

std::string psyc_head(const chat::Cast& cast, const PsycView& view, std::string_view location) {
    const bool in_place = view.audience.kind == chat::EntityKind::place;
    std::vector<psyc::Variable> variables;
    variables.push_back({in_place ? "_context" : "_source", view.uniform});
    // To a place's members there is one packet for all; what is sent again goes to one.
    if (!in_place || view.replayed) {
        variables.push_back({"_target", location});
    }
    variables.push_back({"_source_relay", cast.note().source});
    std::string out;
    psyc::append_head(out, view.generation, variables);
    return out;
}

chat::SharedBytes psyc_tail(const chat::Cast& cast, const PsycView& view) {
    const std::uint32_t form =
        1U + (view.generation == psyc::Generation::v1 ? 2U : 0U) + (view.replayed ? 4U : 0U);
    return cast.once({.form = form, .audience = view.audience.id}, [&] {
        return cast.note().kind == chat::NoteKind::mail ? render_mail(cast, view)
                                                        : render_talk(cast, view);
    });
}

} // namespace mailcast::front
