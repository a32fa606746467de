// What a place of ours, and the context of a mail, do with packets: enter, leave, talk, members, topic,
// history, rules by owners.  Both vocabularies, _place_* and _context_*.  reference: psyc-protocol 7.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/psyc/entities.h"
#include "front/psyc/note.h"
#include "front/psyc/rows.h"
#include "psyc/keyword.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::size_t most_members_listed = 44; // as psyced; above that only their number
constexpr std::size_t most_history_at_enter = 3;
constexpr std::size_t history_octets = 512U << 10; // of texts in one answer; the newest are shown

// An element of a list on a classic circuit ends at its first blank.
std::string without_blanks(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(out, [](char c) { return base::is_blank(c) || c == '\n'; }, '_');
    return out;
}

std::size_t number_or(std::string_view text, std::size_t usual) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : usual;
}

// Why somebody enters is said back to him, but that he enters again is not.
std::string_view suffix_of(std::string_view method) {
    static constexpr std::array<std::string_view, 8> known = {
        "_join",  "_login", "_home", "_follow", "_other", "_subscribe", "_automatic_subscription",
        "_relink"};
    constexpr std::string_view again = "_again";
    if (method.ends_with(again)) {
        method.remove_suffix(again.size());
    }
    for (const std::string_view suffix : known) {
        if (method.ends_with(suffix)) {
            return suffix;
        }
    }
    return {};
}

} // namespace

void PsycEntities::to_place(const Request& request, const chat::Entity& place) {
    using Self = PsycEntities;
    static constexpr auto rows = std::to_array<Row>({
        {"_message", &Self::place_message},
        {"_request_enter", &Self::place_enter},
        {"_request_context_enter", &Self::place_enter},
        {"_notice_place_enter", &Self::place_enter},
        {"_notice_context_enter", &Self::place_enter},
        {"_request_leave", &Self::place_leave},
        {"_request_context_leave", &Self::place_leave},
        {"_notice_place_leave", &Self::place_leave},
        {"_notice_context_leave", &Self::place_leave},
        {"_request_members", &Self::place_members},
        {"_request_list_members", &Self::place_members},
        {"_request_status", &Self::place_status},
        {"_request_set_topic", &Self::place_set_topic},
        {"_set_topic", &Self::place_set_topic},
        {"_request_topic", &Self::place_topic},
        {"_query_topic", &Self::place_topic},
        {"_request_history", &Self::place_history},
        {"_request_add_owner", &Self::place_owner},
        {"_request_remove_owner", &Self::place_owner},
        {"_request_set", &Self::place_set},
        {"_request_description", &Self::describe},
        {"_request_version", &Self::version},
        {"_request_ping", &Self::ping},
        {"_request", &Self::unknown},
        {"_query", &Self::unknown},
    });
    // What stands in no row and is no complaint, such as a notice of somebody who is no member.
    if (psyc::is_a(request.method, "_notice") &&
        std::ranges::none_of(
            rows, [&request](const Row& row) { return psyc::is_a(request.method, row.method); })) {
        refuse(request.reply, hub().uniform_of(place), place.name, chat::Refusal::no_member);
        return;
    }
    run(rows, request, place);
}

// ---- enter and leave -----------------------------------------------------------------------------

PsycLetter PsycEntities::members_of(const chat::Entity& place) const {
    PsycLetter letter{.variables = {{"_nick_place", place.name}}};
    const std::size_t amount = hub().occupants(place.id);
    letter.variables.emplace_back("_amount_members", std::to_string(amount));
    if (amount == 0) {
        letter.method = "_status_place_members_none";
        letter.body = "Nobody is in [_nick_place].";
        return letter;
    }
    if (amount > most_members_listed) {
        letter.method = "_status_place_members_amount";
        letter.body = "[_amount_members] are in [_nick_place].";
        return letter;
    }
    std::vector<std::string> uniforms;
    std::vector<std::string> nicks;
    for (const chat::Occupant& one : hub().occupants(place.id, most_members_listed)) {
        uniforms.push_back(without_blanks(one.uniform));
        nicks.push_back(without_blanks(one.nick));
    }
    letter.lists.emplace_back("_list_members", std::move(uniforms));
    letter.lists.emplace_back("_list_members_nicks", std::move(nicks));
    letter.method = "_status_place_members";
    letter.body = "In [_nick_place]: [_list_members_nicks].";
    return letter;
}

PsycLetter PsycEntities::entered(const chat::Entity& place, const PsycSender& sender,
                                 std::string_view suffix) const {
    PsycLetter letter = members_of(place);
    letter.source_relay = hub().uniform_of(place);
    letter.variables.emplace_back("_nick", sender.nick);
    letter.variables.emplace_back("_duty",
                                  talk_.is_owner(place, speaker_of(sender)) ? "owner" : "member");
    if (const auto topic = talk_.topic(place)) {
        letter.variables.emplace_back("_topic", topic->text);
    }
    letter.method = "_echo_place_enter";
    letter.method += suffix_of(suffix);
    letter.body = "You enter [_nick_place].";
    return letter;
}

std::optional<PsycLetter> PsycEntities::topic_of(const chat::Entity& place) const {
    const auto topic = talk_.topic(place);
    if (!topic) {
        return std::nullopt;
    }
    return PsycLetter{
        .variables = {{"_nick_place", place.name}, {"_nick", topic->nick}, {"_topic", topic->text}},
        .method = "_status_place_topic",
        .body = "[_nick_place]: [_topic]"};
}

void PsycEntities::recent_of(const chat::Entity& place, const PsycSender& sender,
                             std::string_view amount, const Answer& answer) {
    const std::size_t wanted = std::min(number_or(amount, 0), most_history_at_enter);
    if (wanted > 0 && hub().is_in(place.id, sender.uniform)) {
        send_history(sender, {.to = answer, .tag = {}}, place, wanted, {}, {});
    }
}

// Of somebody elsewhere; a client of ours enters by its own circuit.
void PsycEntities::place_enter(const Request& request, const chat::Entity& place) {
    const std::string uniform = hub().uniform_of(place);
    const auto parsed = psyc::parse_uniform(request.sender.uniform);
    if (request.sender.person != 0 || !parsed || parsed->kind != psyc::UniformKind::person) {
        request.reply(uniform, {.variables = {{"_nick_place", place.name}},
                                .method = "_error_place_enter_necessary_registration",
                                .body = "Only persons enter [_nick_place]."});
        return;
    }
    const chat::Refusal refusal = talk_.admit(place, speaker_of(request.sender));
    if (refusal != chat::Refusal::none) {
        refuse(request.reply, uniform, place.name, refusal);
        return;
    }
    PsycLetter letter = entered(place, request.sender, request.method);
    letter.source_relay.clear();
    request.reply(uniform, std::move(letter));
    recent_of(place, request.sender, request.text_of("_amount_history"), request.reply.to);
    if (auto topic = topic_of(place)) {
        request.reply(uniform, std::move(*topic));
    }
}

void PsycEntities::place_leave(const Request& request, const chat::Entity& place) {
    const bool left = talk_.dismiss(place, request.sender.uniform);
    PsycLetter letter{.variables = {{"_nick_place", place.name}, {"_nick", request.sender.nick}}};
    letter.method = left ? "_echo_place_leave" : "_echo_place_leave_invalid";
    letter.body = left ? "You leave [_nick_place]." : "You are not in [_nick_place].";
    request.reply(hub().uniform_of(place), std::move(letter));
}

// ---- talk ----------------------------------------------------------------------------------------

void PsycEntities::place_message(const Request& request, const chat::Entity& place) {
    const bool action = request.packet.body.empty();
    talk_.say(place, speaker_of(request.sender),
              action ? request.text_of("_action") : request.packet.body,
              action ? chat::Manner::action : chat::Manner::plain, refusing(request, place));
}

void PsycEntities::to_mail(const Request& request, const std::string& context) {
    const auto is = [&request](std::string_view base) { return psyc::is_a(request.method, base); };
    if (!is("_message")) {
        if (is("_request") || is("_query")) {
            request.reply(context, {.variables = {{"_method_relay", std::string(request.method)}},
                                    .method = "_failure_unsupported_request",
                                    .body = "About a mail one can talk; [_method_relay] is not "
                                            "known here."});
        }
        return;
    }
    const bool action = request.packet.body.empty();
    talk_.say_about_mail(context, speaker_of(request.sender),
                         action ? request.text_of("_action") : request.packet.body,
                         action ? chat::Manner::action : chat::Manner::plain,
                         [reply = request.reply, context](chat::Refusal refusal) {
                             refuse(reply, context, {}, refusal);
                         });
}

// ---- questions -----------------------------------------------------------------------------------

// Persons of this node may look into its places, others when they are members.
bool PsycEntities::may_look(const Request& request, const chat::Entity& place) {
    if (request.sender.person != 0 || hub().is_in(place.id, request.sender.uniform)) {
        return true;
    }
    refuse(request.reply, hub().uniform_of(place), place.name, chat::Refusal::no_member);
    return false;
}

void PsycEntities::place_members(const Request& request, const chat::Entity& place) {
    if (may_look(request, place)) {
        request.reply(hub().uniform_of(place), members_of(place));
    }
}

void PsycEntities::place_topic(const Request& request, const chat::Entity& place) {
    if (!may_look(request, place)) {
        return;
    }
    if (auto topic = topic_of(place)) {
        request.reply(hub().uniform_of(place), std::move(*topic));
    } else {
        request.reply(hub().uniform_of(place), {.variables = {{"_nick_place", place.name}},
                                                .method = "_status_place_topic_none",
                                                .body = "[_nick_place] has no topic."});
    }
}

void PsycEntities::place_status(const Request& request, const chat::Entity& place) {
    if (may_look(request, place)) {
        request.reply(hub().uniform_of(place), members_of(place));
        place_topic(request, place);
    }
}

void PsycEntities::place_set_topic(const Request& request, const chat::Entity& place) {
    if (!hub().is_in(place.id, request.sender.uniform)) {
        refuse(request.reply, hub().uniform_of(place), place.name, chat::Refusal::no_member);
        return;
    }
    // What the members are told is the answer to him who is one.
    refuse(request.reply, hub().uniform_of(place), place.name,
           talk_.set_topic(place, speaker_of(request.sender), request.text_of("_topic")));
}

void PsycEntities::place_history(const Request& request, const chat::Entity& place) {
    if (!hub().is_in(place.id, request.sender.uniform)) {
        refuse(request.reply, hub().uniform_of(place), place.name, chat::Refusal::no_member);
        return;
    }
    std::size_t amount = number_or(request.text_of("_amount"), chat::usual_history);
    std::string match(request.text_of("_match"));
    if (const std::string_view either = request.text_of("_parameter"); !either.empty()) {
        amount = number_or(either, amount);
        if (number_or(either, 0) == 0) {
            match = either;
        }
    }
    send_history(request.sender, request.reply, place, amount, std::move(match), "_echo_history");
}

void PsycEntities::send_history(const PsycSender& asker, const Reply& reply,
                                const chat::Entity& entity, std::size_t amount, std::string match,
                                std::string end_method) {
    // All persons of another node come over one circuit.
    talk_.history(
        asker.node.empty() ? asker.uniform : asker.node, entity, amount, std::move(match),
        [this, alive = std::weak_ptr(alive_), reply, entity,
         end_method = std::move(end_method)](std::optional<std::vector<chat::LogEntry>> entries) {
            if (alive.expired()) {
                return;
            }
            const std::string uniform = hub().uniform_of(entity);
            if (!entries) {
                refuse(reply, uniform, {}, chat::Refusal::not_stored);
                return;
            }
            std::size_t octets = 0;
            std::size_t first = entries->size();
            while (first > 0 &&
                   octets + (*entries)[first - 1].note->text.size() <= history_octets) {
                octets += (*entries)[--first].note->text.size();
            }
            // An answer that goes to him alone: _target is the circuit's to fill in.
            const PsycView view{.replayed = true, .audience = entity, .uniform = uniform};
            for (std::size_t i = first; i < entries->size(); ++i) {
                reply(uniform, psyc_letter(*(*entries)[i].note, view));
            }
            if (!end_method.empty()) {
                reply(uniform, {.variables = {{"_nick_place", entity.name},
                                              {"_amount", std::to_string(entries->size() - first)}},
                                .method = end_method,
                                .body = "[_amount] entries of [_nick_place]."});
            }
        });
}

// ---- rules ---------------------------------------------------------------------------------------

void PsycEntities::place_set(const Request& request, const chat::Entity& place) {
    const std::string uniform = hub().uniform_of(place);
    std::string key(request.text_of("_key"));
    std::string value(request.text_of("_value"));
    const chat::Refusal refusal = talk_.set_rule(
        place, speaker_of(request.sender), key, value,
        [reply = request.reply, uniform, key, value](const std::string& wrong) {
            reply(uniform, {.variables = {{"_key", base::safe_line(key)},
                                          {"_value", base::safe_line(value)},
                                          {"_reason", base::safe_line(wrong)}},
                            .method = wrong.empty() ? "_echo_set" : "_error_invalid_setting",
                            .body = wrong.empty() ? "[_key] is [_value] now." : "[_reason]"});
        });
    refuse(request.reply, uniform, place.name, refusal);
}

void PsycEntities::place_owner(const Request& request, const chat::Entity& place) {
    const std::string uniform = hub().uniform_of(place);
    const auto person = full_uniform(request.text_of("_person"), chat::EntityKind::person);
    if (!person) {
        request.reply(uniform,
                      {.variables = {{"_nick_target", base::safe_line(request.text_of("_person"))}},
                       .method = "_error_unknown_name_user",
                       .body = "There is no [_nick_target]."});
        return;
    }
    const bool owns = psyc::is_a(request.method, "_request_add_owner");
    const chat::Refusal refusal = talk_.set_owner(place, speaker_of(request.sender), *person, owns);
    refuse(request.reply, uniform, place.name, refusal);
    if (refusal == chat::Refusal::none) {
        request.reply(uniform, {.variables = {{"_nick_place", place.name}, {"_person", *person}},
                                .method = owns ? "_echo_add_owner" : "_echo_remove_owner",
                                .body = owns ? "[_person] owns [_nick_place] now."
                                             : "[_person] does not own [_nick_place] any more."});
    }
}

} // namespace mailcast::front
