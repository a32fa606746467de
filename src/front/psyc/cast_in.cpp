// What places, friends and contexts of mails at other nodes tell all of our persons who are in them: one packet each.
// reference: psyc-protocol 6.4, 7.4.
#include "base/utf8.h"
#include "front/psyc/elsewhere.h"
#include "front/psyc/entities.h"
#include "front/psyc/mail.h"
#include "front/psyc/node_address.h"
#include "front/psyc/note.h"
#include "psyc/keyword.h"
#include "psyc/psyctext.h"
#include "psyc/uniform.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace mailcast::front {

namespace {

constexpr std::size_t longest_answer = 4000; // octets of another node's words

std::string method_elsewhere(std::string_view method) {
    for (const std::string_view family :
         {"_error", "_failure", "_warning", "_status", "_info", "_echo"}) {
        if (psyc::is_a(method, family)) {
            return std::string(family) + "_elsewhere";
        }
    }
    return "_notice_elsewhere";
}

} // namespace

PsycLetter elsewhere_letter(const psyc::Packet& packet, const std::string& who) {
    const std::string text = base::safe_text(psyc::shown_text(packet));
    return {.source_relay = who,
            .variables = {{"_nick", who},
                          {"_method_relay", std::string(packet.method)},
                          {"_content", std::string(base::utf8_prefix(text, longest_answer))}},
            .method = method_elsewhere(packet.method),
            .body = "[_nick]: [_content]"};
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
        *note = read_mail(packet, root_in(subject)).arrival.note;
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
    talk_.node_returned(std::string(node));
    for (const std::string& place : hub().relations().subjects(chat::RelationKind::place)) {
        if (root_in(place) != node || is_mail_context(place)) {
            continue; // who is in the context of a mail is known by the mail
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

void PsycEntities::node_lost(std::string_view node) {
    talk_.node_left(std::string(node));
}

// ---- contexts of mails ---------------------------------------------------------------------------

void PsycEntities::mail_taken(std::string_view context, const std::vector<std::string>& persons) {
    constexpr std::size_t most = 1000; // contexts of mails elsewhere that one person is in
    if (!is_mail_context(context)) {
        return;
    }
    for (const std::string& uniform : persons) {
        const chat::Entity* person = hub().find_uniform(uniform, chat::EntityKind::person);
        if (person == nullptr || person->kind != chat::EntityKind::person) {
            continue;
        }
        const auto& places = hub().relations().of(person->id, chat::RelationKind::place);
        if (places.size() >= most) {
            // Their ids sort by age: the oldest mail is the one least talked about.
            const auto oldest = std::ranges::find_if(
                places, [](const auto& place) { return is_mail_context(place.first); });
            if (oldest != places.end()) {
                talk_.forget(person->id, chat::RelationKind::place, std::string(oldest->first));
            }
        }
        static_cast<void>(talk_.remember({.entity = person->id,
                                          .kind = chat::RelationKind::place,
                                          .subject = std::string(context),
                                          .value = person->display}));
    }
}

void PsycEntities::said_about_mail(const chat::Note& note,
                                   const std::vector<std::string>& members) {
    std::set<std::string> nodes; // one packet for all members at a node
    for (const std::string& member : members) {
        nodes.insert(root_in(member));
    }
    const chat::Entity nobody; // as a person hears it
    for (const std::string& node : nodes) {
        if (!node.empty()) {
            PsycLetter letter = psyc_letter(note, {.audience = nobody, .uniform = {}});
            letter.target = node;
            send_out(std::move(letter));
        }
    }
}

} // namespace mailcast::front
