// Our persons and what is at other nodes: letters that go out and wait for an answer, places elsewhere that
// they enter and leave, friends elsewhere.  reference: psyc-protocol 4.4, 6.2, 6.4, 7.2, 7.4.
#include "front/psyc/elsewhere.h"

#include "base/utf8.h"
#include "front/psyc/entities.h"
#include "front/psyc/node_address.h"
#include "psyc/keyword.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::chrono::minutes longest_wait{10}; // for an answer that is still believed

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
                     (psyc::is_complaint(request.method) && who == root_in(waiting.target));
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
        nodes.insert(root_in(other));
    }
    const std::string number = std::to_string(hub().next_counter(person.id));
    for (const std::string& node : nodes) {
        if (!node.empty()) {
            send_out({.target = node,
                      .context = hub().uniform_of(person),
                      .counter = number,
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
