#include "app/operations/explain.h"

#include "base/ascii.h"
#include "delivery/answer.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::app {

namespace {

namespace json = boost::json;

constexpr std::string_view unknown_sender = "somebody@unknown.invalid";

struct Question {
    mail::Recipient recipient;
    mail::Mailbox sender;
    bool sender_given = false;
    std::vector<mail::Origin> origins{mail::Origin::internal, mail::Origin::external};
};

std::expected<mail::Mailbox, mail::AddressError> path_of(std::string_view text) {
    std::string written(text);
    if (!written.starts_with('<')) {
        written = fmt::format("<{}>", written);
    }
    std::string_view rest;
    return mail::parse_path(
        written,
        {.utf8 = true, .null_path = true, .bare_postmaster = true, .long_local_part = true}, rest);
}

std::expected<Question, Reply> question_of(const Request& request,
                                           const delivery::Directory& directory) {
    Question question;
    const auto recipient = path_of(request.name);
    if (!recipient || recipient->is_null()) {
        return std::unexpected(Reply::wrong_usage(fmt::format(
            "'{}' is no mail address; right would be ada@{}", request.name, directory.hostname())));
    }
    question.recipient = {*recipient, recipient->text(), {}};
    question.sender = *mail::parse_mailbox(unknown_sender);
    for (const std::string& value : request.values) {
        const std::string_view text = value;
        if (text.starts_with("from=")) {
            const auto sender = path_of(text.substr(5));
            if (!sender) {
                return std::unexpected(Reply::wrong_usage(
                    fmt::format("--from: '{}' is no mail address; right would be bea@example.net, "
                                "or <> for a bounce",
                                text.substr(5))));
            }
            question.sender = *sender;
            question.sender_given = true;
        } else if (text == "origin=internal" || text == "origin=external") {
            question.origins = {text == "origin=internal" ? mail::Origin::internal
                                                          : mail::Origin::external};
        } else {
            return std::unexpected(
                Reply::wrong_usage("--origin: right would be internal or external"));
        }
    }
    return question;
}

std::string spelled(const delivery::Target& target) {
    if (const auto* remote = std::get_if<delivery::RemoteTarget>(&target)) {
        return remote->uniform;
    }
    const delivery::Entity& entity = *std::get<const delivery::Entity*>(target);
    return (entity.kind == chat::EntityKind::person ? "~" : "*") + entity.name;
}

std::vector<std::string> rules_of(const delivery::Target& target) {
    const auto* const* entity = std::get_if<const delivery::Entity*>(&target);
    return entity == nullptr ? std::vector<std::string>{} : delivery::print_rules((*entity)->rules);
}

std::string_view word(delivery::Existence existence) {
    switch (existence) {
    case delivery::Existence::exists:
        return "OK";
    case delivery::Existence::nobody:
        return "NOTFOUND";
    case delivery::Existence::unsure:
        return "TEMP";
    }
    return "TEMP";
}

std::string edge_line(const delivery::Answer& answer) {
    switch (delivery::edge_action(answer)) {
    case delivery::EdgeAction::dunno:
        return "DUNNO";
    case delivery::EdgeAction::reject:
        return "REJECT " + delivery::edge_text(answer.disposition.status);
    case delivery::EdgeAction::defer:
        return "DEFER_IF_PERMIT " + delivery::edge_text(answer.disposition.status);
    }
    return "DUNNO";
}

// How the address came to its targets.
std::string way_of(const delivery::Directory& directory, const mail::Mailbox& mailbox,
                   const delivery::Resolution& resolution) {
    const auto is_alias = [&](const std::string& local) {
        return std::ranges::any_of(directory.aliases(), [&](const delivery::Alias& alias) {
            return base::iequals(alias.address, mail::Mailbox{local, mailbox.domain}.text());
        });
    };
    const std::size_t plus = mailbox.local.find('+', 1);
    const std::string base_name = mailbox.local.substr(0, plus);
    if (is_alias(mailbox.local)) {
        return "alias " + mailbox.text();
    }
    if (resolution.found() && is_alias(base_name)) {
        return fmt::format("alias {}", mail::Mailbox{base_name, mailbox.domain}.text());
    }
    if (base::iequals(base_name, "postmaster")) {
        return "postmaster";
    }
    return resolution.found() ? "name" : "";
}

std::string_view detail_of(const mail::Mailbox& mailbox) {
    const std::size_t plus = mailbox.local.find('+', 1);
    return plus == std::string::npos ? std::string_view{}
                                     : std::string_view(mailbox.local).substr(plus + 1);
}

struct Told {
    mail::Origin origin;
    delivery::Answer answer;
};

std::string as_text(const Question& question, const delivery::Directory& directory,
                    const std::vector<Told>& told) {
    const delivery::Resolution& resolution = told.front().answer.resolution;
    std::string out = fmt::format("address    {}\n", question.recipient.original);
    if (const std::string way = way_of(directory, question.recipient.mailbox, resolution);
        !way.empty()) {
        out += fmt::format("found by   {}\n", way);
    }
    if (resolution.found() && !detail_of(question.recipient.mailbox).empty()) {
        out += fmt::format("topic      {}\n", detail_of(question.recipient.mailbox));
    }
    for (const delivery::Target& target : resolution.targets) {
        const auto rules = rules_of(target);
        out += fmt::format("leads to   {}{}{}\n", spelled(target),
                           rules.empty() ? "" : "  rules: ", fmt::join(rules, " "));
    }
    out += fmt::format("sender     {}\n", question.sender_given
                                              ? "<" + question.sender.text() + ">"
                                              : "somebody unknown; --from names one");
    out += fmt::format("socketmap  {}\n", word(delivery::existence(told.front().answer)));
    for (const Told& each : told) {
        const mail::Disposition& disposition = each.answer.disposition;
        out +=
            fmt::format("{:<10} RCPT {}\n", to_string(each.origin), to_string(disposition.status));
        if (!disposition.rule.empty()) {
            out += fmt::format("           decided by {}\n", disposition.rule);
        }
        out += fmt::format("           policy {}\n", edge_line(each.answer));
    }
    return out;
}

std::string as_json(const Question& question, const delivery::Directory& directory,
                    const std::vector<Told>& told) {
    const delivery::Resolution& resolution = told.front().answer.resolution;
    json::array targets;
    for (const delivery::Target& target : resolution.targets) {
        json::array rules;
        for (const std::string& rule : rules_of(target)) {
            rules.emplace_back(rule);
        }
        targets.push_back(json::object{{"target", spelled(target)}, {"rules", std::move(rules)}});
    }
    json::object origins;
    for (const Told& each : told) {
        const mail::Disposition& disposition = each.answer.disposition;
        origins[mail::to_string(each.origin)] =
            json::object{{"rcpt", to_string(disposition.status)},
                         {"rule", disposition.rule},
                         {"policy", edge_line(each.answer)}};
    }
    const json::object out{
        {"address", question.recipient.original},
        {"found_by", way_of(directory, question.recipient.mailbox, resolution)},
        {"topic", std::string(detail_of(question.recipient.mailbox))},
        {"targets", std::move(targets)},
        {"from",
         question.sender_given ? json::value(question.sender.text()) : json::value(nullptr)},
        {"socketmap", std::string(word(delivery::existence(told.front().answer)))},
        {"origins", std::move(origins)}};
    return json::serialize(out) + "\n";
}

} // namespace

Reply explain(const Request& request, const delivery::Directory& directory,
              const delivery::Policy& policy) {
    const auto question = question_of(request, directory);
    if (!question) {
        return question.error();
    }
    std::vector<Told> told;
    for (const mail::Origin origin : question->origins) {
        mail::Envelope envelope;
        envelope.reverse_path = question->sender;
        envelope.forwarded.source = origin;
        told.push_back({origin, delivery::answer_for(directory, policy, origin, envelope,
                                                     question->recipient)});
    }
    return Reply::done(request.json ? as_json(*question, directory, told)
                                    : as_text(*question, directory, told));
}

} // namespace mailcast::app
