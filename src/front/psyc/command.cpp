// What a person does by her own clients: _request_do_* with variables, and the same as command lines in
// _request_execute and _request_input.  One table; a new command is a row.  reference: psyc-protocol 6.2.
#include "base/ascii.h"
#include "base/utf8.h"
#include "front/psyc/entities.h"
#include "psyc/keyword.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mailcast::front {

// What a command is given, from variables or from a line.
struct PsycEntities::Given {
    std::string_view whom; // a person or place; "" when none is named and nothing is in focus
    std::string_view text;
    std::string_view description; // of presence
    const Command* command = nullptr;
};

struct PsycEntities::Command {
    std::string_view names;   // of lines, with blanks between
    std::string_view methods; // behind "_request_do", with blanks between
    bool takes_whom;          // the first word of a line is whom
    PsycDeed (PsycEntities::*handler)(const Request&, const chat::Entity&, const Given&);
    std::string_view usage;
};

namespace {

std::string_view take_word(std::string_view& line) {
    line = base::trim(line);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

bool is_one_of(std::string_view name, std::string_view names) {
    while (!names.empty()) {
        if (take_word(names) == name) {
            return true;
        }
    }
    return false;
}

bool inherits_from_one_of(std::string_view method, std::string_view methods) {
    while (!methods.empty()) {
        if (psyc::is_a(method, take_word(methods))) {
            return true;
        }
    }
    return false;
}

std::string_view first_of(const psyc::Packet& packet, std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
        if (const auto value = packet.text_of(name); !value.empty()) {
            return value;
        }
    }
    return {};
}

// A place or person as somebody types it, in front of what follows.
bool looks_like_entity(std::string_view word) {
    return word.starts_with('@') || word.starts_with('*') || word.starts_with('#') ||
           word.starts_with('~') || base::istarts_with(word, "psyc://");
}

} // namespace

std::span<const PsycEntities::Command> PsycEntities::commands() {
    using Self = PsycEntities;
    static constexpr auto table = std::to_array<Command>({
        {"say", "_message_public _speak", false, &Self::do_say, "/say TEXT"},
        {"msg tell m", "_message _tell", true, &Self::do_tell, "/msg WHOM TEXT"},
        {"me", "_action", false, &Self::do_act, "/me TEXT"},
        {"join j enter", "_enter _subscribe", true, &Self::do_enter, "/join PLACE"},
        {"part leave", "_leave _unsubscribe", true, &Self::do_leave, "/part PLACE"},
        {"topic", "_topic _set_topic", false, &Self::do_topic, "/topic TEXT, - for none"},
        {"members names who", "_list_members _members", true, &Self::do_members, "/members PLACE"},
        {"history", "_history", false, &Self::do_log, "/history NUMBER or WORD"},
        {"log lastlog", "_show_log", false, &Self::do_log, "/log NUMBER or WORD"},
        {"here", "_here", false, &Self::do_presence, "/here"},
        {"away busy", "_away", false, &Self::do_away, "/away WHY, /busy WHY"},
        {"presence", "_presence", true, &Self::do_presence, "/presence 1 to 9 DESCRIPTION"},
        {"friend", "_add_friend", true, &Self::do_friend, "/friend WHOM"},
        {"unfriend", "_remove_friend", true, &Self::do_unfriend, "/unfriend WHOM"},
        {"friends peers", "_list_peers", false, &Self::do_peers, "/friends"},
        {"set", "_set", false, &Self::do_set, "/set KEY=VALUE, /set PLACE KEY=VALUE"},
        {"owner", "_add_owner", true, &Self::do_owner, "/owner PLACE PERSON"},
        {"disown", "_remove_owner", true, &Self::do_owner, "/disown PLACE PERSON"},
        {"mail write", "_mail", true, &Self::do_mail, "/mail ADDRESS TEXT"},
        {"reply answer", "_reply", true, &Self::do_reply, "/reply ID TEXT"},
        {"held", "_held", false, &Self::do_word, "/held"},
        {"accept", "_accept", false, &Self::do_word, "/accept NUMBER"},
        {"always", "_always", false, &Self::do_word, "/always NUMBER or ADDRESS"},
        {"never", "_never", false, &Self::do_word, "/never NUMBER or ADDRESS"},
        {"mails", "_list_mails", false, &Self::do_word, "/mails"},
        {"rules", "_rules", false, &Self::do_word, "/rules, /rules PLACE"},
        {"full", "_full", false, &Self::do_word, "/full ID"},
        {"files", "_files", false, &Self::do_word, "/files ID"},
        {"headers", "_headers", false, &Self::do_word, "/headers ID"},
        {"source", "_source_mail", false, &Self::do_word, "/source ID"},
        {"why", "_why", false, &Self::do_word, "/why ID"},
        {"trace", "_trace", false, &Self::do_word, "/trace ID"},
        {"help", "_help", false, &Self::do_help, "/help"},
        {"unlink detach", "_unlink", false, &Self::do_unlink, "/unlink"},
        {"quit exit bye", "_quit _exit", false, &Self::do_quit, "/quit"},
    });
    return table;
}

PsycDeed PsycEntities::command(const PsycSender& sender, const psyc::Packet& packet,
                               const Answer& answer) {
    const Request request{.sender = sender,
                          .packet = packet,
                          .method = packet.method,
                          .reply = {.to = answer, .tag = std::string(packet.text_of("_tag"))}};
    const chat::Entity* person = hub().find(sender.person);
    if (person == nullptr) {
        return {};
    }
    static constexpr auto focus_names = std::to_array<std::string_view>({"_focus", "_group"});
    static constexpr auto whom_names =
        std::to_array<std::string_view>({"_person", "_ID_mail", "_group", "_focus"});
    static constexpr auto text_names = std::to_array<std::string_view>(
        {"_topic", "_action", "_value", "_match", "_amount", "_number", "_ID_mail"});
    constexpr std::string_view request_do = "_request_do";

    if (psyc::is_a(request.method, request_do)) {
        const std::string_view wanted = request.method.substr(request_do.size());
        for (const Command& command : commands()) {
            if (inherits_from_one_of(wanted, command.methods)) {
                const Given given{.whom = first_of(packet, whom_names),
                                  .text = packet.body.empty() ? first_of(packet, text_names)
                                                              : packet.body,
                                  .description = packet.text_of("_description_presence"),
                                  .command = &command};
                return (this->*command.handler)(request, *person, given);
            }
        }
        unknown(request, *person);
        return {};
    }

    std::string_view line = packet.body;
    const bool is_input = psyc::is_a(request.method, "_request_input");
    const std::string_view focus = first_of(packet, focus_names);
    if (is_input && !line.starts_with('/')) {
        return talk_to(request, *person, focus, line, false);
    }
    line.remove_prefix(line.starts_with('/') ? 1 : 0);
    const std::string name = base::lowered(take_word(line));
    for (const Command& command : commands()) {
        if (!is_one_of(name, command.names)) {
            continue;
        }
        Given given{.whom = focus, .text = {}, .description = {}, .command = &command};
        if (command.takes_whom) {
            if (const std::string_view word = take_word(line); !word.empty()) {
                given.whom = word;
            }
        }
        given.text = base::trim(line);
        given.description = given.text;
        return (this->*command.handler)(request, *person, given);
    }
    request.reply(hub().uniform_of(*person),
                  {.variables = {{"_command", base::safe_line(name.substr(0, 100))}},
                   .method = "_error_unknown_command",
                   .body = "There is no command [_command]; /help shows which there are."});
    return {};
}

std::string_view PsycEntities::whom_of(const Given& given) {
    return given.whom;
}

std::string_view PsycEntities::text_of(const Given& given) {
    return given.text;
}

std::string_view PsycEntities::word_of(const Given& given) {
    return given.command->names;
}

// ---- talk ----------------------------------------------------------------------------------------

PsycDeed PsycEntities::talk_to(const Request& request, const chat::Entity& person,
                               std::string_view whom, std::string_view text, bool action) {
    if (is_mail_address(whom)) {
        to_mail_address(request, whom, text);
        return {};
    }
    const auto target = full_uniform(whom, chat::EntityKind::person);
    const chat::Entity* entity = target ? hub().find_uniform(*target, chat::EntityKind::person)
                                        : hub().find_uniform(whom, chat::EntityKind::place);
    if (!target && entity == nullptr) {
        request.reply(
            hub().uniform_of(person),
            {.variables = {{"_nick_target", base::safe_line(whom.substr(0, 200))}},
             .method = whom.empty() ? "_error_necessary_focus" : "_error_unknown_name_user",
             .body = whom.empty() ? "Say to whom, such as: /msg WHOM TEXT"
                                  : "Cannot reach \"[_nick_target]\"."});
        return {};
    }
    // The same as if she had sent it there herself.
    const std::array modifiers = {
        psyc::Modifier{.layer = psyc::Layer::entity, .name = "_action", .value = text}};
    psyc::Packet said = request.packet;
    said.method = "_message";
    said.body = action ? std::string_view{} : text;
    said.modifiers =
        action ? std::span<const psyc::Modifier>(modifiers) : std::span<const psyc::Modifier>();
    const Request talk{
        .sender = request.sender, .packet = said, .method = said.method, .reply = request.reply};
    if (entity != nullptr && entity->kind == chat::EntityKind::person) {
        person_message(talk, *entity);
    } else if (entity != nullptr) {
        place_message(talk, *entity);
    } else if (talk_.mail_of(*target)) {
        to_mail(talk, *target);
    } else {
        to_elsewhere(talk, *target);
    }
    return {};
}

PsycDeed PsycEntities::do_tell(const Request& request, const chat::Entity& person,
                               const Given& given) {
    return talk_to(request, person, given.whom, given.text, false);
}

PsycDeed PsycEntities::do_say(const Request& request, const chat::Entity& person,
                              const Given& given) {
    return talk_to(request, person, given.whom, given.text, false);
}

PsycDeed PsycEntities::do_act(const Request& request, const chat::Entity& person,
                              const Given& given) {
    return talk_to(request, person, given.whom, given.text, true);
}

// ---- places --------------------------------------------------------------------------------------

const chat::Entity* PsycEntities::place_named(const Request& request, std::string_view name) {
    name.remove_prefix(name.starts_with('#') ? 1 : 0);
    if (name.empty()) {
        request.reply(request.sender.uniform,
                      {.variables = {},
                       .method = "_error_necessary_focus",
                       .body = "Which place? Say its name behind the command."});
        return nullptr;
    }
    const chat::Entity* place = hub().find_uniform(name, chat::EntityKind::place);
    if (place != nullptr && place->kind == chat::EntityKind::place) {
        return place;
    }
    request.reply(request.sender.uniform,
                  {.variables = {{"_nick_place", base::safe_line(name.substr(0, 200))}},
                   .method = "_error_unknown_name_place",
                   .body = "There is no place [_nick_place] here."});
    return nullptr;
}

PsycDeed PsycEntities::do_enter(const Request& request, const chat::Entity&, const Given& given) {
    const auto target = full_uniform(given.whom, chat::EntityKind::place);
    if (target && hub().find_uniform(*target, chat::EntityKind::place) == nullptr &&
        !target->starts_with(root())) {
        enter_elsewhere(request, *target);
        return {};
    }
    const chat::Entity* place = place_named(request, given.whom);
    return place == nullptr ? PsycDeed{} : PsycDeed{PsycDeed::Kind::enter, place};
}

PsycDeed PsycEntities::do_leave(const Request& request, const chat::Entity&, const Given& given) {
    const auto target = full_uniform(given.whom, chat::EntityKind::place);
    if (target && hub().find_uniform(*target, chat::EntityKind::place) == nullptr &&
        !target->starts_with(root())) {
        leave_elsewhere(request, *target);
        return {};
    }
    const chat::Entity* place = place_named(request, given.whom);
    return place == nullptr ? PsycDeed{} : PsycDeed{PsycDeed::Kind::leave, place};
}

PsycDeed PsycEntities::do_topic(const Request& request, const chat::Entity&, const Given& given) {
    const chat::Entity* place = place_named(request, given.whom);
    if (place == nullptr) {
        return {};
    }
    if (given.text.empty()) {
        place_topic(request, *place);
    } else if (!hub().is_in(place->id, request.sender.uniform)) {
        refuse(request.reply, hub().uniform_of(*place), place->name, chat::Refusal::no_member);
    } else {
        refuse(request.reply, hub().uniform_of(*place), place->name,
               talk_.set_topic(*place, speaker_of(request.sender), given.text));
    }
    return {};
}

PsycDeed PsycEntities::do_members(const Request& request, const chat::Entity&, const Given& given) {
    if (const chat::Entity* place = place_named(request, given.whom)) {
        place_members(request, *place);
    }
    return {};
}

PsycDeed PsycEntities::do_log(const Request& request, const chat::Entity& person,
                              const Given& given) {
    std::size_t amount = chat::usual_history;
    std::string match(given.text);
    const auto [end, error] =
        std::from_chars(given.text.data(), given.text.data() + given.text.size(), amount);
    if (error == std::errc{} && end == given.text.data() + given.text.size()) {
        match.clear();
    }
    if (const std::string_view wanted = request.text_of("_match"); !wanted.empty()) {
        match = wanted;
    }
    if (given.command->names != std::string_view("history")) {
        send_history(request.sender, request.reply, person, amount, std::move(match),
                     "_echo_lastlog");
        return {};
    }
    const chat::Entity* place = place_named(request, given.whom);
    if (place == nullptr) {
        return {};
    }
    if (hub().is_in(place->id, request.sender.uniform)) {
        send_history(request.sender, request.reply, *place, amount, std::move(match),
                     "_echo_history");
    } else {
        refuse(request.reply, hub().uniform_of(*place), place->name, chat::Refusal::no_member);
    }
    return {};
}

// ---- presence and friends ------------------------------------------------------------------------

PsycDeed PsycEntities::do_presence(const Request& request, const chat::Entity& person,
                                   const Given& given) {
    std::string_view degree = request.text_of("_degree_availability");
    if (degree.empty() && given.command->takes_whom) {
        degree = given.whom;
    }
    const int availability = !degree.empty() && base::is_digit(degree.front())
                                 ? degree.front() - '0'
                                 : chat::availability_here;
    talk_.set_presence(person, availability, given.description);
    person_status(request, person);
    return {};
}

PsycDeed PsycEntities::do_away(const Request& request, const chat::Entity& person,
                               const Given& given) {
    constexpr int away = 3;
    constexpr int busy = 6;
    const bool is_busy = base::istarts_with(base::trim(request.packet.body), "/busy") ||
                         base::istarts_with(base::trim(request.packet.body), "busy");
    talk_.set_presence(person, is_busy ? busy : away, given.description);
    person_status(request, person);
    return {};
}

PsycDeed PsycEntities::do_friend(const Request& request, const chat::Entity& person,
                                 const Given& given) {
    const auto other = full_uniform(given.whom, chat::EntityKind::person);
    const auto parsed = other ? psyc::parse_uniform(*other) : std::nullopt;
    if (!parsed || parsed->kind != psyc::UniformKind::person ||
        *other == hub().uniform_of(person) ||
        (other->starts_with(root()) &&
         hub().find_uniform(*other, chat::EntityKind::person) == nullptr)) {
        request.reply(hub().uniform_of(person),
                      {.variables = {{"_nick_target", base::safe_line(given.whom.substr(0, 200))}},
                       .method = "_error_unknown_name_user",
                       .body = "There is no \"[_nick_target]\" to be friends with."});
        return {};
    }
    befriend(request, person, *other);
    return {};
}

PsycDeed PsycEntities::do_unfriend(const Request& request, const chat::Entity& person,
                                   const Given& given) {
    // Also somebody who is not there any more.
    unfriend(request, person,
             full_uniform(given.whom, chat::EntityKind::person)
                 .value_or(psyc::person_uniform(hub().hostname(), base::lowered(given.whom))));
    return {};
}

PsycDeed PsycEntities::do_peers(const Request& request, const chat::Entity& person, const Given&) {
    constexpr std::size_t most = 400; // elements of a list that every client reads
    PsycLetter letter{.method = "_status_list_peers", .body = "Friends: [_list_peers]."};
    std::vector<std::string> peers;
    std::vector<std::string> states;
    for (const auto& [other, state] :
         hub().relations().of(person.id, chat::RelationKind::friendship)) {
        if (peers.size() == most) {
            break;
        }
        const chat::Entity* local = hub().find_uniform(other, chat::EntityKind::person);
        const bool here =
            state == "mutual" &&
            (local == nullptr ? talk_.heard_availability(other) > 1 : hub().is_here(local->id));
        peers.push_back(other);
        states.push_back(here ? "here" : state);
    }
    if (peers.empty()) {
        letter.body = "You have no friends on your list.";
    }
    letter.lists.emplace_back("_list_peers", std::move(peers));
    letter.lists.emplace_back("_list_peers_states", std::move(states));
    request.reply(hub().uniform_of(person), std::move(letter));
    return {};
}

// ---- rules, help, the end ------------------------------------------------------------------------

PsycDeed PsycEntities::do_set(const Request& request, const chat::Entity& person,
                              const Given& given) {
    std::string_view line = given.text;
    const chat::Entity* entity = &person;
    std::string key(request.text_of("_key"));
    std::string value(request.text_of("_value"));
    std::string_view whom = key.empty() ? std::string_view{} : request.text_of("_group");
    if (key.empty()) {
        std::string_view rest = line;
        if (const auto word = take_word(rest); looks_like_entity(word)) {
            whom = word;
            line = base::trim(rest);
        }
        const std::size_t end = std::min(line.find_first_of("= \t"), line.size());
        key = line.substr(0, end);
        value = end == line.size() ? "" : base::trim(line.substr(end + 1));
    }
    if (!whom.empty()) {
        whom.remove_prefix(whom.starts_with('#') ? 1 : 0);
        entity = hub().find_uniform(whom, chat::EntityKind::place);
    }
    const std::string own = hub().uniform_of(person);
    if (entity == nullptr || key.empty()) {
        request.reply(own, {.variables = {{"_usage", "/set KEY=VALUE or /set PLACE KEY=VALUE"}},
                            .method = "_error_necessary_key",
                            .body = "Which rule? [_usage]"});
        return {};
    }
    const std::string source = hub().uniform_of(*entity);
    const chat::Refusal refusal = talk_.set_rule(
        *entity, speaker_of(request.sender), key, value,
        [reply = request.reply, source, key, value](const std::string& wrong) {
            reply(source, {.variables = {{"_key", base::safe_line(key)},
                                         {"_value", base::safe_line(value)},
                                         {"_reason", base::safe_line(wrong)}},
                           .method = wrong.empty() ? "_echo_set" : "_error_invalid_setting",
                           .body = wrong.empty() ? "[_key] is [_value] now." : "[_reason]"});
        });
    refuse(request.reply, source, entity->name, refusal);
    return {};
}

PsycDeed PsycEntities::do_owner(const Request& request, const chat::Entity&, const Given& given) {
    const std::string_view place_name =
        request.text_of("_group").empty() ? given.whom : request.text_of("_group");
    const chat::Entity* place = place_named(request, place_name);
    if (place == nullptr) {
        return {};
    }
    const std::string_view person = given.text.empty() ? request.text_of("_person") : given.text;
    const std::array modifiers = {
        psyc::Modifier{.layer = psyc::Layer::entity, .name = "_person", .value = person}};
    psyc::Packet wanted = request.packet;
    const bool adds = is_one_of("owner", given.command->names);
    wanted.method = adds ? "_request_add_owner" : "_request_remove_owner";
    wanted.modifiers = modifiers;
    place_owner({.sender = request.sender,
                 .packet = wanted,
                 .method = wanted.method,
                 .reply = request.reply},
                *place);
    return {};
}

PsycDeed PsycEntities::do_help(const Request& request, const chat::Entity& person, const Given&) {
    std::string lines;
    for (const Command& command : commands()) {
        lines += lines.empty() ? "" : "\n";
        lines += command.usage;
    }
    request.reply(hub().uniform_of(person), {.variables = {{"_content", std::move(lines)}},
                                             .method = "_info_help",
                                             .body = "[_content]"});
    return {};
}

PsycDeed PsycEntities::do_unlink(const Request&, const chat::Entity&, const Given&) {
    return {PsycDeed::Kind::unlink, nullptr};
}

PsycDeed PsycEntities::do_quit(const Request&, const chat::Entity&, const Given&) {
    return {PsycDeed::Kind::quit, nullptr};
}

} // namespace mailcast::front
