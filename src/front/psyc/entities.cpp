#include "front/psyc/entities.h"

#include "base/ascii.h"
#include "front/psyc/rows.h"
#include "psyc/keyword.h"
#include "psyc/uniform.h"

#include <array>
#include <utility>

namespace mailcast::front {

PsycEntities::PsycEntities(chat::Talk& talk, Options options)
    : talk_(talk), options_(std::move(options)) {
    talk_.set_elsewhere(this);
}

PsycEntities::~PsycEntities() {
    talk_.set_elsewhere(nullptr);
}

void PsycEntities::Reply::operator()(const std::string& source, PsycLetter letter) const {
    if (!to || (is_complaint && psyc::is_complaint(letter.method))) {
        return;
    }
    // What is answered in a context has that as its sender.
    if (letter.context.empty() && letter.source.empty()) {
        letter.source = source;
    }
    letter.tag_reply = tag;
    to(std::move(letter));
}

std::string PsycEntities::root() const {
    return psyc::root_uniform(hub().hostname());
}

chat::Speaker PsycEntities::speaker_of(const PsycSender& sender) {
    return {.uniform = sender.uniform, .nick = sender.nick, .person = sender.person};
}

void PsycEntities::run(std::span<const Row> rows, const Request& request,
                       const chat::Entity& entity) {
    for (const Row& row : rows) {
        if (psyc::is_a(request.method, row.method)) {
            (this->*row.handler)(request, entity);
            return;
        }
    }
}

// ---- who is addressed ----------------------------------------------------------------------------

void PsycEntities::receive(const PsycSender& sender, const psyc::Packet& packet,
                           const Answer& answer) {
    if (packet.method.empty()) {
        return;
    }
    const Request request{.sender = sender,
                          .packet = packet,
                          .method = packet.method,
                          .reply = {.to = answer,
                                    .tag = std::string(packet.text_of("_tag")),
                                    .is_complaint = psyc::is_complaint(packet.method)}};
    std::string target(packet.text_of("_target"));
    target = target.substr(0, target.find('#')); // a channel belongs to its entity
    if (const auto normalised = psyc::normalised_uniform(target)) {
        target = *normalised;
    }
    if (target.empty() || target == root()) {
        to_root(request);
        return;
    }
    if (take_answer(request)) {
        return;
    }
    if (talk_.mail_of(target)) {
        to_mail(request, target);
        return;
    }
    const chat::Entity* entity = hub().find_uniform(target, chat::EntityKind::person);
    if (entity == nullptr && !target.starts_with(root())) {
        to_elsewhere(request, target);
        return;
    }
    if (entity == nullptr) {
        const auto parsed = psyc::parse_uniform(target);
        const std::string name(parsed ? parsed->name() : std::string_view(target));
        if (parsed && parsed->kind == psyc::UniformKind::place) {
            request.reply(target, {.variables = {{"_nick_place", name}},
                                   .method = "_error_unknown_name_place",
                                   .body = "There is no place [_nick_place] here."});
        } else {
            request.reply(target, {.variables = {{"_nick_target", name}},
                                   .method = "_error_unknown_name_user",
                                   .body = "Cannot reach \"[_nick_target]\"."});
        }
        return;
    }
    // Who is not linked speaks for the address that he calls from (reference: 4.2).
    const bool open = psyc::is_a(request.method, "_message") ||
                      psyc::is_a(request.method, "_request_version") ||
                      psyc::is_a(request.method, "_request_ping") ||
                      psyc::is_a(request.method, "_request_description");
    if (sender.person == 0 && sender.node.empty() && !open) {
        request.reply(target, {.method = "_error_necessary_registration",
                               .body = "Link to your person first: _request_link."});
        return;
    }
    if (entity->kind == chat::EntityKind::person) {
        to_person(request, *entity);
    } else {
        to_place(request, *entity);
    }
}

void PsycEntities::to_elsewhere(const Request& request, const std::string& target) {
    if (request.sender.person != 0 && is_mail_address(target) &&
        psyc::is_a(request.method, "_message")) {
        to_mail_address(request, target, request.packet.body);
        return;
    }
    const auto parsed = psyc::parse_uniform(target);
    if (outside_ == nullptr || request.sender.person == 0 || !parsed ||
        parsed->kind == psyc::UniformKind::foreign || parsed->kind == psyc::UniformKind::location) {
        request.reply(root(),
                      {.variables = {{"_host", std::string(parsed ? parsed->host : target)}},
                       .method = "_failure_unsupported_relay",
                       .body = "This node passes nothing on to [_host]."});
        return;
    }
    const chat::Entity* person = hub().find(request.sender.person);
    if (person == nullptr || request.reply.is_complaint) {
        return;
    }
    const bool action = request.packet.body.empty();
    const std::string_view text = action ? request.text_of("_action") : request.packet.body;
    const auto is = [&request](std::string_view base) { return psyc::is_a(request.method, base); };
    if (is("_message")) {
        if (parsed->kind == psyc::UniformKind::place) {
            say_elsewhere(request, target, text, action);
        } else {
            tell_elsewhere(request, target, text, action);
        }
    } else if (is("_request_enter") || is("_request_context_enter")) {
        enter_elsewhere(request, target);
    } else if (is("_request_leave") || is("_request_context_leave")) {
        leave_elsewhere(request, target);
    } else if (is("_request_friendship")) {
        befriend(request, *person, target);
    } else if (is("_notice_friendship_removed")) {
        unfriend(request, *person, target);
    } else if (is("_request") || is("_query")) {
        ask_elsewhere(request, target);
    }
}

// ---- the root ------------------------------------------------------------------------------------

void PsycEntities::to_root(const Request& request) {
    const auto is = [&request](std::string_view base) { return psyc::is_a(request.method, base); };
    if (is("_request_ping")) {
        request.reply(root(), {.method = "_echo_ping", .body = "Pong."});
    } else if (is("_request_version")) {
        request.reply(root(),
                      {.variables = {{"_version", options_.implementation},
                                     {"_version_description", "a PSYC node that takes mail"}},
                       .method = "_status_version",
                       .body = "[_version]"});
    } else if (is("_request_description_time")) {
        const auto boot = base::to_unix_seconds(options_.started);
        const auto duration = base::to_unix_seconds(talk_.now()) - boot;
        request.reply(root(), {.variables = {{"_time_boot", std::to_string(boot)},
                                             {"_time_boot_duration", std::to_string(duration)}},
                               .method = "_status_description_time",
                               .body = "Running for [_time_boot_duration] seconds."});
    } else if (is("_request_user_amount")) {
        // -1: not told.
        request.reply(root(), {.variables = {{"_amount_users_loaded", "-1"},
                                             {"_amount_users_registered", "-1"}},
                               .method = "_status_user_amount",
                               .body = "How many are here is not told."});
    } else if (is("_request_list_feature")) {
        request.reply(root(), {.variables = {{"_identity", "server/psyc"}, {"_name", root()}},
                               .lists = {{"_list_feature", {"list_feature", "version"}}},
                               .method = "_notice_list_feature_server",
                               .body = "[_name] can [_list_feature]."});
    } else if (is("_request_list_item")) {
        PsycLetter letter{.method = "_notice_list_item", .body = "Places: [_list_item]."};
        std::vector<std::string> places;
        std::vector<std::string> names;
        for (const chat::Entity* place : hub().all(chat::EntityKind::place, 100)) {
            places.push_back(hub().uniform_of(*place));
            names.push_back(place->name);
        }
        letter.lists.emplace_back("_list_item", std::move(places));
        letter.lists.emplace_back("_list_item_description", std::move(names));
        request.reply(root(), std::move(letter));
    } else if (is("_request") || is("_query") || is("_message")) {
        request.reply(root(), {.variables = {{"_method_relay", std::string(request.method)},
                                             {"_nick", root()}},
                               .method = "_failure_unsupported_function_root",
                               .body = "[_nick] does not provide [_method_relay]."});
    }
}

// ---- what all entities answer --------------------------------------------------------------------

void PsycEntities::describe(const Request& request, const chat::Entity& entity) {
    const std::string uniform = hub().uniform_of(entity);
    if (entity.kind == chat::EntityKind::person) {
        request.reply(uniform, {.variables = {{"_nick", entity.display}},
                                .method = "_status_description_person",
                                .body = "[_nick] is a person of this node."});
    } else {
        request.reply(uniform, {.variables = {{"_nick_place", entity.name}},
                                .method = "_status_description_place",
                                .body = "[_nick_place] is a place of this node."});
    }
}

void PsycEntities::version(const Request& request, const chat::Entity& entity) {
    request.reply(hub().uniform_of(entity), {.variables = {{"_version", options_.implementation}},
                                             .method = "_status_version",
                                             .body = "[_version]"});
}

void PsycEntities::ping(const Request& request, const chat::Entity& entity) {
    request.reply(hub().uniform_of(entity), {.method = "_echo_ping", .body = "Pong."});
}

void PsycEntities::unknown(const Request& request, const chat::Entity& entity) {
    request.reply(
        hub().uniform_of(entity),
        {.variables = {{"_method_relay", std::string(request.method)}, {"_nick", entity.display}},
         .method = "_failure_unsupported_request",
         .body = "[_nick] does not know [_method_relay]."});
}

// ---- refusals ------------------------------------------------------------------------------------

void PsycEntities::refuse(const Reply& reply, const std::string& source, std::string_view place,
                          chat::Refusal refusal) {
    const auto say = [&](std::string_view method, std::string_view body) {
        reply(source, {.variables = {{"_nick_place", std::string(place)}},
                       .method = std::string(method),
                       .body = std::string(body)});
    };
    switch (refusal) {
    case chat::Refusal::none:
        break;
    case chat::Refusal::empty:
        say("_error_necessary_text", "There is nothing to say in that.");
        break;
    case chat::Refusal::too_long:
        say("_error_invalid_length", "That is too long to be said at once.");
        break;
    case chat::Refusal::no_member:
        say("_error_necessary_membership", place.empty()
                                               ? "You are not among those who talk here."
                                               : "You need to enter [_nick_place] first.");
        break;
    case chat::Refusal::no_owner:
        say("_error_necessary_ownership", "Only an owner may do that.");
        break;
    case chat::Refusal::unknown:
        say("_error_unknown", "There is no such thing.");
        break;
    case chat::Refusal::full:
        say("_failure_exceeded_limit", "There are too many already.");
        break;
    case chat::Refusal::not_stored:
        say("_failure_unsuccessful_storage",
            "It could not be kept and was shown to nobody; try again later.");
        break;
    }
}

chat::Talk::Done PsycEntities::refusing(const Request& request, const chat::Entity& entity) const {
    const bool place = entity.kind == chat::EntityKind::place;
    return [reply = request.reply, source = hub().uniform_of(entity),
            name = place ? entity.name : std::string()](chat::Refusal refusal) {
        refuse(reply, source, name, refusal);
    };
}

std::optional<std::string> PsycEntities::full_uniform(std::string_view name,
                                                      chat::EntityKind kind) const {
    if (name.starts_with('#')) {
        name.remove_prefix(1);
        kind = chat::EntityKind::place;
    }
    if (const chat::Entity* entity = hub().find_uniform(name, kind)) {
        return hub().uniform_of(*entity);
    }
    if (const auto address = psyc::uniform_of_address(name)) {
        return psyc::normalised_uniform(*address);
    }
    if (base::istarts_with(name, "psyc://")) {
        return psyc::normalised_uniform(name);
    }
    return std::nullopt;
}

} // namespace mailcast::front
