// A node in memory with persons ada, bob and cyd, places lab and attic, and clients of both generations, for the
// tests of what is said on client circuits.
#pragma once

#include "chat/test_backing.h"
#include "front/psyc/front.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::front {

using chat::EntityId;
using chat::EntityKind;
using chat::Sequence;

inline constexpr EntityId ada = 1;
inline constexpr EntityId lab = 2;
inline constexpr EntityId bob = 3;
inline constexpr EntityId cyd = 4;
inline constexpr EntityId attic = 5;

class MemoryOutput : public PsycOutput {
  public:
    void send(chat::SharedBytes bytes) override {
        text += *bytes;
        pieces.push_back(std::move(bytes));
    }

    std::size_t queued() const override { return stuck; }

    void close() override { closed = true; }

    std::string take() {
        pieces.clear();
        return std::exchange(text, {});
    }

    std::string text;
    std::vector<chat::SharedBytes> pieces;
    std::size_t stuck = 0;
    bool closed = false;
};

// Another node's side: what was sent to it.
class MemoryOutside : public PsycOutside {
  public:
    void send(PsycLetter letter, std::function<void(std::string)> failed) override {
        letters.push_back(std::move(letter));
        if (broken && failed) {
            failed("connection refused");
        }
    }

    void members_changed(const chat::Entity& place) override { changed.push_back(place.id); }

    void hand_over(HandOver, std::function<void(std::vector<mail::Status>)>) override {}

    std::vector<PsycLetter> letters;
    std::vector<EntityId> changed;
    bool broken = false;
};

struct PsycNode {
    chat::TestBacking backing;
    chat::Hub hub{"chat.example.org"};
    base::Time clock = base::from_unix_ms(1795435200000);
    chat::Talk talk{{.hub = hub,
                     .backing = backing,
                     .now = [this] { return clock; },
                     .seed = 1,
                     .keeper = "cyd"}};
    int tags = 0;
    PsycEntities entities{talk, {.implementation = "mailcast/0", .new_tag = [this] {
                                     return "tag" + std::to_string(++tags);
                                 }}};
    PsycFront::Moment now{std::chrono::hours(1)};

    PsycNode() {
        hub.set_entities(
            {{.id = ada, .kind = EntityKind::person, .name = "ada", .display = "Ada"},
             {.id = bob, .kind = EntityKind::person, .name = "bob", .display = "Bob"},
             {.id = cyd, .kind = EntityKind::person, .name = "cyd", .display = "cyd"},
             {.id = lab, .kind = EntityKind::place, .name = "lab", .display = "lab"},
             {.id = attic, .kind = EntityKind::place, .name = "attic", .display = "attic"}});
        backing.passwords = {{ada, "secret"}, {bob, "secret"}, {cyd, "secret"}};
    }

    struct Client {
        MemoryOutput output;
        PsycSession session{output,
                            {.root = "psyc://chat.example.org/",
                             .location = "psyc://127.0.0.1:-4000/",
                             .implementation = "mailcast/0",
                             .address = "192.0.2.1",
                             .port = "4404"}};
        std::shared_ptr<PsycFront> front;
    };

    std::unique_ptr<Client> connect(bool passwords = true) {
        auto client = std::make_unique<Client>();
        PsycFront::Options options;
        options.passwords = passwords;
        client->front = std::make_shared<PsycFront>(entities, client->session, options);
        client->session.converse(client->front.get());
        return client;
    }

    std::string say(Client& client, std::string_view text) {
        client.session.receive(text, now);
        backing.settle();
        return client.output.take();
    }

    std::unique_ptr<Client> linked(const std::string& nick = "ada") {
        auto client = connect();
        say(*client, ".\n:_target\tpsyc://chat.example.org/~" + nick +
                         "\n:_password\tsecret\n_request_link\n.\n");
        return client;
    }

    // Linked and in the lab.
    std::unique_ptr<Client> in_lab(const std::string& nick) {
        auto client = linked(nick);
        say(*client, ":_target\tpsyc://chat.example.org/@lab\n_request_enter\n.\n");
        return client;
    }

    std::shared_ptr<chat::Note> mail_note(const std::vector<EntityId>& to,
                                          const std::string& subject,
                                          const std::string& text) const {
        auto note = std::make_shared<chat::Note>();
        note->kind = chat::NoteKind::mail;
        note->time = base::from_unix_ms(1795435200000);
        note->source = "mailto:bea@example.net";
        note->source_name = "Bea";
        note->subject = subject;
        note->text = text;
        note->badge = "external";
        note->mail.envelope_from = "bea@example.net";
        for (const EntityId one : to) {
            const chat::Entity* entity = hub.find(one);
            note->recipients.push_back(
                {.entity = one,
                 .address = (entity->kind == EntityKind::person ? "~" + entity->display
                                                                : "*" + entity->name) +
                            "@example.org",
                 .domain = "example.org",
                 .visible = true});
        }
        return note;
    }

    void mail(EntityId to, const std::string& subject, const std::string& text) {
        publish(mail_note({to}, subject, text));
    }

    void publish(const std::shared_ptr<const chat::Note>& note) {
        hub.publish(backing.store(note), note);
    }
};

inline bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

inline std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

} // namespace mailcast::front
