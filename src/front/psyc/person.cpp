// What a person of ours does with packets of others: talk, friendship, presence, questions.
// reference: psyc-protocol 6.2, 6.4, 6.5, 8.4, 9.
#include "base/utf8.h"
#include "front/psyc/entities.h"
#include "front/psyc/rows.h"
#include "psyc/keyword.h"
#include "psyc/psyctext.h"

#include <array>
#include <utility>

namespace mailcast::front {

// ---- degrees of presence -------------------------------------------------------------------------

int availability_of(const psyc::Packet& packet) {
    const std::string_view degree = packet.text_of("_degree_availability");
    if (!degree.empty() && base::is_digit(degree.front())) {
        return degree.front() - '0';
    }

    struct Known {
        std::string_view pattern;
        int availability;
    };

    static constexpr std::array<Known, 8> known = {{{"_absent_vacation", 2},
                                                    {"_absent", 1},
                                                    {"_away", 3},
                                                    {"_here_busy", 6},
                                                    {"_here_talkative", 8},
                                                    {"_here", 7},
                                                    {"_present", 7},
                                                    {"_presence", 0}}};
    for (const Known& one : known) {
        if (psyc::matches(packet.method, one.pattern)) {
            return one.availability;
        }
    }
    return 0;
}

std::string_view presence_method(int availability) {
    switch (availability) {
    case 2:
        return "_notice_presence_absent_vacation";
    case 3:
        return "_notice_presence_away_manual";
    case 4:
    case 5:
    case 6:
        return "_notice_presence_here_busy";
    case 7:
    case 9:
        return "_notice_presence_here";
    case 8:
        return "_notice_presence_here_talkative";
    default:
        return "_notice_presence_absent";
    }
}

// ---- what a person answers -----------------------------------------------------------------------

void PsycEntities::to_person(const Request& request, const chat::Entity& person) {
    using Self = PsycEntities;
    static constexpr auto rows = std::to_array<Row>({
        {"_message_echo", &Self::ignore}, // a receipt that nobody waits for
        {"_message", &Self::person_message},
        {"_request_friendship", &Self::person_friendship},
        {"_request_context_enter_friends", &Self::person_friendship},
        {"_notice_friendship_established", &Self::person_friendship_established},
        {"_status_friendship_established", &Self::person_friendship_established},
        {"_notice_friendship_removed", &Self::person_friendship_removed},
        {"_request_context_leave_friends", &Self::person_friendship_removed},
        {"_notice_presence", &Self::person_presence},
        {"_status_presence", &Self::person_presence},
        {"_status_person", &Self::person_presence},
        {"_request_status", &Self::person_status},
        {"_request_description", &Self::describe},
        {"_request_version", &Self::version},
        {"_request_ping", &Self::ping},
        {"_request_do", &Self::person_refuses},
        {"_request_execute", &Self::person_refuses},
        {"_request_input", &Self::person_refuses},
        {"_request_location", &Self::person_refuses},
        {"_request_authentication", &Self::person_refuses},
        {"_notice_received_email", &Self::person_received_email},
        {"_notice_email_received", &Self::person_received_email},
        {"_notice", &Self::person_foreign},
        {"_info", &Self::person_foreign},
        {"_status", &Self::person_foreign},
        {"_warning", &Self::person_foreign},
        {"_failure", &Self::person_foreign},
        {"_error", &Self::person_foreign},
        {"_request", &Self::unknown},
        {"_query", &Self::unknown},
    });
    run(rows, request, person);
}

void PsycEntities::person_message(const Request& request, const chat::Entity& person) {
    const bool action = request.packet.body.empty();
    const std::string_view said = action ? request.text_of("_action") : request.packet.body;
    const std::string uniform = hub().uniform_of(person);
    const bool reveal =
        talk_.friendship(person.id, request.sender.uniform) == chat::Friendship::mutual;
    PsycLetter receipt{
        .variables = {{"_nick", request.sender.nick}, {"_nick_target", person.display}},
        .method = "_message_echo_private"};
    if (action) {
        receipt.variables.emplace_back("_action", said);
    } else {
        receipt.body = said;
    }
    chat::Event others{.kind = chat::EventKind::receipt,
                       .about = request.sender.person,
                       .who = uniform,
                       .nick = person.display,
                       .text = base::safe_text(said.substr(0, chat::longest_talk)),
                       .action = action};
    talk_.tell(person, speaker_of(request.sender), said,
               action ? chat::Manner::action : chat::Manner::plain,
               [this, alive = std::weak_ptr(alive_), reply = request.reply, uniform, id = person.id,
                display = person.display, reveal, client = request.sender.client,
                receipt = std::move(receipt), others = std::move(others)](chat::Refusal refusal) {
                   if (alive.expired()) {
                       return;
                   }
                   if (refusal != chat::Refusal::none) {
                       refuse(reply, uniform, {}, refusal);
                       return;
                   }
                   reply(uniform, receipt);
                   if (others.about != 0) {
                       hub().announce(others, client);
                   }
                   if (reveal && !hub().is_here(id)) {
                       reply(uniform, {.variables = {{"_nick", display}},
                                       .method = "_status_person_absent_recorded",
                                       .body = "[_nick] is not here; it is kept for the return."});
                   }
               });
}

void PsycEntities::person_refuses(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub().uniform_of(person);
    std::string_view method = "_failure_unsupported_execute_person";
    if (psyc::is_a(request.method, "_request_input")) {
        method = "_error_rejected_input_person";
    } else if (psyc::is_a(request.method, "_request_location")) {
        method = "_error_rejected_query_location";
    } else if (psyc::is_a(request.method, "_request_authentication")) {
        method = "_error_invalid_authentication";
    }
    request.reply(uniform, {.variables = {{"_nick", person.display}},
                            .method = std::string(method),
                            .body = "[_nick] takes no commands from you."});
}

// ---- friendship ----------------------------------------------------------------------------------

void PsycEntities::person_friendship(const Request& request, const chat::Entity& person) {
    const std::string uniform = hub().uniform_of(person);
    const std::string& other = request.sender.uniform;
    if (other == uniform) {
        return;
    }
    const auto before = talk_.friendship(person.id, other);
    // A person of ours has a side of her own.
    const chat::Entity* asking = hub().find(request.sender.person);
    if (asking != nullptr) {
        befriend(request, *asking, uniform);
        return;
    }
    const auto after = talk_.offer_friendship(person, speaker_of(request.sender));
    PsycLetter letter{.variables = {{"_nick", person.display}}};
    if (before == chat::Friendship::mutual) {
        letter.method = "_status_friendship_established";
        letter.body = "[_nick] is your friend already.";
    } else if (after == chat::Friendship::mutual) {
        letter.method = "_notice_friendship_established";
        letter.body = "[_nick] is your friend now.";
    } else if (after == chat::Friendship::none) {
        letter.method = "_failure_exceeded_limit";
        letter.body = "[_nick] has too many offers to keep another.";
    } else if (!request.reply.tag.empty()) {
        letter.method = "_echo_friendship_offered";
        letter.body = "[_nick] is asked.";
    } else {
        return;
    }
    request.reply(uniform, std::move(letter));
}

void PsycEntities::person_friendship_established(const Request& request,
                                                 const chat::Entity& person) {
    // Believed only if she asked for it.
    if (talk_.friendship(person.id, request.sender.uniform) == chat::Friendship::asked) {
        talk_.offer_friendship(person, speaker_of(request.sender));
    }
}

void PsycEntities::person_friendship_removed(const Request& request, const chat::Entity& person) {
    const bool had = talk_.end_friendship(person, request.sender.uniform, true);
    if (had && !psyc::is_a(request.method, "_notice_friendship_removed_implied")) {
        request.reply(hub().uniform_of(person), {.variables = {{"_nick", person.display}},
                                                 .method = "_notice_friendship_removed_implied",
                                                 .body = "[_nick] is no friend any more."});
    }
}

// ---- presence ------------------------------------------------------------------------------------

void PsycEntities::person_presence(const Request& request, const chat::Entity& person) {
    if (request.sender.person != 0) {
        return; // persons of ours set theirs by a command
    }
    const int availability = availability_of(request.packet);
    const bool heard = talk_.hear_presence(person, speaker_of(request.sender), availability,
                                           request.text_of("_description_presence"));
    // Who comes learns who of his friends is here already.
    if (heard && hub().is_here(person.id) && availability > chat::availability_offline &&
        psyc::is_a(request.method, "_notice_presence")) {
        person_status(request, person);
    }
}

void PsycEntities::person_status(const Request& request, const chat::Entity& person) {
    if (talk_.friendship(person.id, request.sender.uniform) != chat::Friendship::mutual &&
        request.sender.person != person.id) {
        return; // nothing to those who are no friends
    }
    const chat::Presence presence = talk_.presence_of(person.id);
    std::string_view method = "_status_person_present";
    std::string_view body = "[_nick] is here.";
    if (presence.availability <= chat::availability_offline) {
        method = "_status_person_absent_offline";
        body = "[_nick] is not here.";
    } else if (presence.availability <= 3) {
        method = "_status_person_away";
        body = "[_nick] is away.";
    }
    request.reply(hub().uniform_of(person),
                  {.variables = {{"_nick", person.display},
                                 {"_degree_availability", std::to_string(presence.availability)},
                                 {"_description_presence", presence.description}},
                   .method = std::string(method),
                   .body = std::string(body)});
}

// ---- notices from elsewhere ----------------------------------------------------------------------

// The datagram of a program that looks at a mailbox: only who wrote and about what.
void PsycEntities::person_received_email(const Request& request, const chat::Entity& person) {
    auto note = std::make_shared<chat::Note>();
    note->kind = chat::NoteKind::notice;
    note->source = request.sender.uniform;
    note->source_name = base::safe_line(request.text_of("_nick_alias"));
    if (note->source_name.empty()) {
        note->source_name = talk_.shown_name(speaker_of(request.sender));
    } else {
        note->source_name += " (" + talk_.shown_name(speaker_of(request.sender)) + ")";
    }
    // The fields as the mail has them.
    const auto shown = [this](std::string_view raw) {
        return reading_ == nullptr ? base::safe_line(raw) : reading_->field_text(raw);
    };
    note->badge = chat::mailbox_badge;
    note->text = shown(request.text_of("_origin"));
    note->subject = shown(request.text_of("_subject"));
    note->recipients.push_back({.entity = person.id, .address = {}, .domain = {}, .visible = true});
    talk_.deliver(std::move(note), {}, [](bool) {});
}

void PsycEntities::person_foreign(const Request& request, const chat::Entity& person) {
    constexpr std::size_t longest_notice = 2000;
    const std::string text = base::safe_text(psyc::shown_text(request.packet));
    hub().announce({.kind = chat::EventKind::foreign,
                    .about = person.id,
                    .who = request.sender.uniform,
                    .nick = talk_.shown_name(speaker_of(request.sender)),
                    .text = std::string(base::utf8_prefix(text, longest_notice)),
                    .detail = std::string(request.method)});
}

} // namespace mailcast::front
