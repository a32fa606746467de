// Our persons and what is at other nodes: letters that go out and wait for an answer, places elsewhere that
// they are in, friends elsewhere.  reference: psyc-protocol 4.4, 6.2, 6.4, 7.2, 7.4.
#include "base/utf8.h"
#include "front/psyc_entities.h"
#include "front/psyc_mail.h"
#include "psyc/keyword.h"
#include "psyc/psyctext.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::chrono::minutes longest_wait{10}; // for an answer that is still believed
constexpr std::size_t longest_answer = 4000;     // octets of another node's words

std::string root_of(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    if (!parsed) {
        return {};
    }
    const auto slash = uniform.find('/', std::string_view("psyc://").size());
    return psyc::normalised_uniform(uniform.substr(0, slash)).value_or("");
}

std::string name_in(std::string_view uniform) {
    const auto parsed = psyc::parse_uniform(uniform);
    return base::safe_line(parsed ? parsed->name() : uniform);
}

std::string_view tag_answered(const psyc::Packet& packet) {
    for (const std::string_view name : {"_tag_relay", "_tag_reply", "_tag"}) {
        if (const auto tag = packet.text_of(name); !tag.empty()) {
            return tag;
        }
    }
    return {};
}

// Another node's words under a name that a client never takes for one of ours.
std::string method_elsewhere(std::string_view method) {
    for (const std::string_view family :
         {"_error", "_failure", "_warning", "_status", "_info", "_echo"}) {
        if (psyc::is_a(method, family)) {
            return std::string(family) + "_elsewhere";
        }
    }
    return "_notice_elsewhere";
}

PsycLetter elsewhere_letter(const psyc::Packet& packet, const std::string& who) {
    const std::string text = base::safe_text(psyc::shown_text(packet));
    return {.source_relay = who,
            .variables = {{"_nick", who},
                          {"_method_relay", std::string(packet.method)},
                          {"_content", std::string(base::utf8_prefix(text, longest_answer))}},
            .method = method_elsewhere(packet.method),
            .body = "[_nick]: [_content]"};
}

} // namespace

// ---- letters that go out -------------------------------------------------------------------------

std::string PsycEntities::wait(Waiting waiting) {
    while (waiting_order_.size() >= options_.most_waiting) {
        waiting_.erase(waiting_order_.front());
        waiting_order_.pop_front();
    }
    std::string tag = options_.new_tag();
    waiting.since = talk_.now();
    waiting_.insert_or_assign(tag, std::move(waiting));
    waiting_order_.push_back(tag);
    return tag;
}

void PsycEntities::send_out(PsycLetter letter) {
    if (outside_ != nullptr) {
        outside_->send(std::move(letter), {});
    }
}

void PsycEntities::send_out(const Request& request, PsycLetter letter) {
    const std::string target = letter.target;
    if (outside_ == nullptr) {
        request.reply(root(), {.variables = {{"_host", target}},
                               .method = "_failure_unsupported_relay",
                               .body = "This node passes nothing on to [_host]."});
        return;
    }
    outside_->send(
        std::move(letter), [reply = request.reply, target, own = root()](const std::string& why) {
            reply(own, {.source_relay = target,
                        .variables = {{"_nick_target", target}, {"_reason", base::safe_line(why)}},
                        .method = "_failure_unsuccessful_delivery",
                        .body = "[_nick_target] could not be reached: [_reason]"});
        });
}

void PsycEntities::tell_elsewhere(const Request& request, const std::string& target,
                                  std::string_view text, bool action) {
    std::string words = base::safe_text(text);
    if (words.empty() || words.size() > chat::longest_talk) {
        refuse(request.reply, target, {},
               words.empty() ? chat::Refusal::empty : chat::Refusal::too_long);
        return;
    }
    talk_.know(request.sender.person, target);
    PsycLetter letter{
        .source = request.sender.uniform,
        .target = target,
        .variables = {{"_nick", request.sender.nick}, {"_nick_target", name_in(target)}},
        .method = "_message_private"};
    if (action) {
        letter.variables.emplace_back("_action", words);
    } else {
        letter.body = words;
    }
    letter.tag = wait({.kind = Waiting::Kind::receipt,
                       .person = request.sender.person,
                       .target = target,
                       .text = std::move(words),
                       .action = action,
                       .reply = request.reply});
    send_out(request, std::move(letter));
}

void PsycEntities::say_elsewhere(const Request& request, const std::string& target,
                                 std::string_view text, bool action) {
    // Into the context of a mail at another node one talks without having entered.
    const bool is_member =
        hub().relations().find(request.sender.person, chat::RelationKind::place, target) != nullptr;
    if (!is_member && target.find("/@mail-") == std::string::npos) {
        refuse(request.reply, root(), name_in(target), chat::Refusal::no_member);
        return;
    }
    std::string words = base::safe_text(text);
    if (words.empty() || words.size() > chat::longest_talk) {
        refuse(request.reply, root(), {},
               words.empty() ? chat::Refusal::empty : chat::Refusal::too_long);
        return;
    }
    PsycLetter letter{.source = request.sender.uniform,
                      .target = target,
                      .variables = {{"_nick", request.sender.nick}},
                      .method = "_message_public"};
    if (action) {
        letter.variables.emplace_back("_action", std::move(words));
    } else {
        letter.body = std::move(words);
    }
    send_out(request, std::move(letter));
}

void PsycEntities::enter_elsewhere(const Request& request, const std::string& target) {
    PsycLetter letter{.source = request.sender.uniform,
                      .target = target,
                      .variables = {{"_nick", request.sender.nick}},
                      .method = "_request_enter"};
    letter.tag = wait({.kind = Waiting::Kind::enter,
                       .person = request.sender.person,
                       .target = target,
                       .text = {},
                       .reply = request.reply});
    send_out(request, std::move(letter));
}

void PsycEntities::leave_elsewhere(const Request& request, const std::string& target) {
    const bool was_in = talk_.forget(request.sender.person, chat::RelationKind::place, target);
    PsycLetter echo{.source_relay = target, .variables = {{"_nick_place", name_in(target)}}};
    echo.method = was_in ? "_echo_place_leave" : "_echo_place_leave_invalid";
    echo.body = was_in ? "You leave [_nick_place]." : "You are not in [_nick_place].";
    request.reply(request.sender.uniform, std::move(echo));
    // Told in any case: the other side may think that she is in.
    send_out({.source = request.sender.uniform,
              .target = target,
              .variables = {{"_nick", request.sender.nick}},
              .method = "_request_leave"});
}

void PsycEntities::ask_elsewhere(const Request& request, const std::string& target) {
    // Only what asks; nothing that acts for her.
    static constexpr auto passed = std::to_array<std::string_view>(
        {"_request_version", "_request_ping", "_request_description", "_request_status",
         "_request_members", "_request_history", "_request_topic", "_query_topic",
         "_request_set_topic", "_request_list_item", "_request_list_feature"});
    if (std::ranges::none_of(passed, [&request](std::string_view method) {
            return psyc::is_a(request.method, method);
        })) {
        request.reply(root(), {.variables = {{"_method_relay", std::string(request.method)}},
                               .method = "_failure_unsupported_request",
                               .body = "[_method_relay] is not passed on to other nodes."});
        return;
    }
    PsycLetter letter{.source = request.sender.uniform,
                      .target = target,
                      .variables = {{"_nick", request.sender.nick}},
                      .method = std::string(request.method)};
    for (const std::string_view name : {"_amount", "_match", "_topic"}) {
        letter.variables.emplace_back(name, request.text_of(name));
    }
    letter.tag = wait({.kind = Waiting::Kind::question,
                       .person = request.sender.person,
                       .target = target,
                       .text = {},
                       .reply = request.reply});
    send_out(request, std::move(letter));
}

// ---- answers that come in ------------------------------------------------------------------------

bool PsycEntities::take_answer(const Request& request) {
    const auto found = waiting_.find(std::string(tag_answered(request.packet)));
    if (found == waiting_.end() || request.sender.node.empty()) {
        return false;
    }
    const Waiting& waiting = found->second;
    const std::string& who = request.sender.uniform;
    // Only who was asked may answer, or his node for him when he cannot be reached.
    const bool may = who == waiting.target ||
                     (psyc::is_complaint(request.method) && who == root_of(waiting.target));
    if (!may || talk_.now() - waiting.since > longest_wait) {
        return false;
    }
    const chat::Entity* person = hub().find(waiting.person);
    const Waiting asked = waiting;
    // A history has many answers; the last one ends with an echo.
    if (asked.kind != Waiting::Kind::question || psyc::is_a(request.method, "_echo")) {
        waiting_.erase(found);
    }
    if (person == nullptr) {
        return true;
    }
    const std::string own = hub().uniform_of(*person);
    const auto is = [&request](std::string_view base) { return psyc::is_a(request.method, base); };
    if (asked.kind == Waiting::Kind::receipt && is("_message_echo")) {
        PsycLetter letter{.source_relay = who,
                          .variables = {{"_nick", person->display}, {"_nick_target", who}},
                          .method = "_message_echo_private"};
        // Our own record of it: nobody else says what she has said.
        if (asked.action) {
            letter.variables.emplace_back("_action", asked.text);
        } else {
            letter.body = asked.text;
        }
        asked.reply(own, std::move(letter));
        return true;
    }
    if (asked.kind == Waiting::Kind::enter &&
        (is("_echo_place_enter") || is("_echo_context_enter"))) {
        if (!talk_.remember({.entity = person->id,
                             .kind = chat::RelationKind::place,
                             .subject = asked.target,
                             .value = person->display})) {
            refuse(asked.reply, own, {}, chat::Refusal::full);
            return true;
        }
        asked.reply(own, {.source_relay = asked.target,
                          .variables = {{"_nick_place", name_in(asked.target)},
                                        {"_nick", person->display},
                                        {"_topic", base::safe_line(request.text_of("_topic"))},
                                        {"_duty", "member"}},
                          .method = "_echo_place_enter",
                          .body = "You enter [_nick_place]."});
        return true;
    }
    asked.reply(own, elsewhere_letter(request.packet, who));
    return true;
}

// ---- casts of places and persons elsewhere -------------------------------------------------------

bool PsycEntities::was_removed(std::string_view context, const psyc::Packet& packet) const {
    return (psyc::is_a(packet.method, "_notice_place_leave") ||
            psyc::is_a(packet.method, "_notice_context_leave")) &&
           !context.empty();
}

void PsycEntities::receive_cast(std::string_view context, const psyc::Packet& packet,
                                std::function<void(bool)> stored) {
    const std::string subject = psyc::normalised_uniform(context.substr(0, context.find('#')))
                                    .value_or(std::string(context));
    const auto parsed = psyc::parse_uniform(subject);
    if (parsed && parsed->kind == psyc::UniformKind::person) {
        // A friend tells all of his friends.
        const chat::Speaker friend_elsewhere{
            .uniform = subject, .nick = std::string(packet.text_of("_nick")), .person = 0};
        if (psyc::is_a(packet.method, "_notice_presence")) {
            for (const chat::EntityId id :
                 hub().relations().with(chat::RelationKind::friendship, subject)) {
                if (const chat::Entity* person = hub().find(id)) {
                    talk_.hear_presence(*person, friend_elsewhere, availability_of(packet),
                                        packet.text_of("_description_presence"));
                }
            }
        }
        stored(true);
        return;
    }
    auto persons = hub().relations().with(chat::RelationKind::place, subject);
    if (const chat::Entity* one =
            hub().find_uniform(packet.text_of("_target"), chat::EntityKind::person)) {
        // Sent again to one of them.
        std::erase_if(persons, [one](chat::EntityId id) { return id != one->id; });
    }
    if (persons.empty() || packet.method.empty()) {
        stored(true);
        return;
    }
    if (!psyc::is_a(packet.method, "_message")) {
        hear_in_place(subject, packet, persons);
        stored(true);
        return;
    }
    auto note = std::make_shared<chat::Note>();
    if (psyc::is_a(packet.method, "_message_public_mail")) {
        *note = read_mail(packet, root_of(subject)).arrival.note;
        note->kind = chat::NoteKind::mail;
    } else {
        const bool action = packet.body.empty();
        note->kind = chat::NoteKind::message;
        note->badge = action ? chat::action_badge : std::string_view{};
        note->text = base::safe_text(base::utf8_prefix(
            action ? packet.text_of("_action") : packet.body, chat::longest_talk));
        chat::Speaker speaker{
            .uniform = psyc::normalised_uniform(packet.text_of("_source_relay")).value_or(subject),
            .nick = std::string(packet.text_of("_nick")),
            .person = 0};
        // A place speaks for its members, and for nobody here who is none.
        if (const chat::Entity* own =
                hub().find_uniform(speaker.uniform, chat::EntityKind::person)) {
            if (hub().relations().find(own->id, chat::RelationKind::place, subject) == nullptr) {
                speaker = {.uniform = subject, .nick = subject, .person = 0};
            } else {
                speaker.person = own->id;
            }
        }
        note->source = speaker.uniform;
        note->source_name = talk_.shown_name(speaker);
    }
    note->context = subject;
    note->id = {};
    std::int64_t seconds = 0;
    const std::string_view time = packet.text_of("_time_place");
    std::from_chars(time.data(), time.data() + time.size(), seconds);
    note->time = {};
    if (const auto said = base::from_unix_ms(seconds * 1000);
        seconds > 0 && seconds < 1'000'000'000'000 && said < talk_.now()) {
        note->time = said;
    }
    note->recipients.clear();
    for (const chat::EntityId id : persons) {
        note->recipients.push_back({.entity = id, .address = {}, .domain = {}, .visible = true});
    }
    std::string once;
    for (const std::string_view name : {"_ID_mail", "_ID_message"}) {
        if (const auto id = packet.text_of(name); once.empty() && !id.empty() && id.size() < 200) {
            once = subject + " " + std::string(id);
        }
    }
    talk_.deliver(std::move(note), std::move(once), std::move(stored));
}

void PsycEntities::hear_in_place(std::string_view context, const psyc::Packet& packet,
                                 const std::vector<chat::EntityId>& persons) {
    chat::Event event;
    event.context = context;
    event.who = psyc::normalised_uniform(packet.text_of("_source_relay")).value_or("");
    const chat::Entity* own = hub().find_uniform(event.who, chat::EntityKind::person);
    event.nick = talk_.shown_name({.uniform = event.who.empty() ? event.context : event.who,
                                   .nick = std::string(packet.text_of("_nick")),
                                   .person = own == nullptr ? 0 : own->id});
    const auto is = [&packet](std::string_view base) { return psyc::is_a(packet.method, base); };
    if (is("_notice_place_enter") || is("_notice_context_enter")) {
        event.kind = chat::EventKind::enter;
    } else if (was_removed(context, packet)) {
        event.kind = chat::EventKind::leave;
    } else if (is("_notice_place_topic")) {
        event.kind = chat::EventKind::topic;
        event.text =
            base::safe_line(base::utf8_prefix(packet.text_of("_topic"), chat::longest_topic));
    } else {
        const PsycLetter words = elsewhere_letter(packet, event.context);
        event.kind = chat::EventKind::foreign;
        event.who = event.context;
        event.nick = event.context;
        event.detail = packet.method;
        event.text = words.variables.back().second;
    }
    for (const chat::EntityId id : persons) {
        event.about = id;
        hub().announce(event);
        if (event.kind == chat::EventKind::leave && own != nullptr && own->id == id) {
            talk_.forget(id, chat::RelationKind::place, std::string(context));
        }
    }
}

void PsycEntities::node_opened(std::string_view node) {
    if (opened_) {
        opened_(node);
    }
    for (const std::string& place : hub().relations().subjects(chat::RelationKind::place)) {
        if (root_of(place) != node) {
            continue;
        }
        for (const chat::EntityId id : hub().relations().with(chat::RelationKind::place, place)) {
            const chat::Entity* person = hub().find(id);
            if (person == nullptr) {
                continue;
            }
            PsycLetter letter{.source = hub().uniform_of(*person),
                              .target = place,
                              .variables = {{"_nick", person->display}},
                              .method = "_request_enter_relink"};
            letter.tag =
                wait({.kind = Waiting::Kind::enter, .person = id, .target = place, .text = {}});
            send_out(std::move(letter));
        }
    }
}

// ---- friends elsewhere ---------------------------------------------------------------------------

void PsycEntities::befriend(const Request& request, const chat::Entity& person,
                            const std::string& other) {
    const auto before = talk_.friendship(person.id, other);
    const auto after = talk_.ask_friendship(person, other);
    const chat::Entity* local = hub().find_uniform(other, chat::EntityKind::person);
    const std::string own = hub().uniform_of(person);
    if (local == nullptr && before != chat::Friendship::mutual) {
        PsycLetter letter{.source = own,
                          .target = other,
                          .variables = {{"_nick", person.display}},
                          .method = "_request_friendship",
                          .body = "[_nick] would like to be your friend."};
        if (after == chat::Friendship::mutual) {
            letter.method = "_notice_friendship_established";
            letter.body = "[_nick] is your friend now.";
        }
        send_out(request, std::move(letter));
    }
    PsycLetter echo{.source_relay = other,
                    .variables = {{"_nick_target", local == nullptr ? other : local->display},
                                  {"_person", other}}};
    if (before == chat::Friendship::mutual) {
        echo.method = "_status_friendship_established";
        echo.body = "[_nick_target] is your friend already.";
    } else if (after == chat::Friendship::none) {
        echo.method = "_failure_exceeded_limit";
        echo.body = "You have too many friends and offers to add [_nick_target].";
    } else if (after == chat::Friendship::mutual) {
        echo.method = "_echo_friendship_established";
        echo.body = "[_nick_target] is your friend now.";
    } else {
        echo.method = "_echo_friendship_asked";
        echo.body = "[_nick_target] is asked.";
    }
    request.reply(own, std::move(echo));
}

void PsycEntities::unfriend(const Request& request, const chat::Entity& person,
                            const std::string& other) {
    const bool had = talk_.end_friendship(person, other, false);
    const std::string own = hub().uniform_of(person);
    if (had && hub().find_uniform(other, chat::EntityKind::person) == nullptr) {
        send_out({.source = own,
                  .target = other,
                  .variables = {{"_nick", person.display}},
                  .method = "_notice_friendship_removed",
                  .body = "[_nick] is no friend any more."});
    }
    request.reply(own, {.source_relay = other,
                        .variables = {{"_nick_target", other}},
                        .method = had ? "_echo_friendship_removed" : "_error_unknown_friend",
                        .body = had ? "[_nick_target] is no friend of yours any more."
                                    : "[_nick_target] is no friend of yours."});
}

void PsycEntities::presence_changed(const chat::Entity& person, const chat::Presence& presence,
                                    const std::vector<std::string>& friends) {
    // One packet for all friends at a node.
    std::set<std::string> nodes;
    for (const std::string& other : friends) {
        nodes.insert(root_of(other));
    }
    for (const std::string& node : nodes) {
        if (!node.empty()) {
            send_out({.target = node,
                      .context = hub().uniform_of(person),
                      .variables = {{"_nick", person.display},
                                    {"_degree_availability", std::to_string(presence.availability)},
                                    {"_description_presence", presence.description}},
                      .method = std::string(presence_method(presence.availability)),
                      .body = "[_nick]: [_description_presence]"});
        }
    }
}

void PsycEntities::members_changed(const chat::Entity& place) {
    if (outside_ != nullptr) {
        outside_->members_changed(place);
    }
}

} // namespace mailcast::front
