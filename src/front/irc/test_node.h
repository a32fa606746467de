// A node in memory with persons ada, bob and cyd, places lab and attic, and IRC clients, for the tests of what is said
// on IRC circuits.
#pragma once

#include "chat/mail_out.h"
#include "chat/test_backing.h"
#include "front/irc/clients.h"
#include "front/irc/front.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::front {

class IrcMemoryOutput : public IrcOutput {
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

class IrcMemoryMailOut : public chat::MailOut {
  public:
    void write(Letter letter, std::function<void(std::string)> done) override {
        letters.push_back(std::move(letter));
        done("");
    }

    std::vector<Letter> letters;
};

struct IrcNode {
    static constexpr chat::EntityId ada = 1;
    static constexpr chat::EntityId lab = 2;
    static constexpr chat::EntityId bob = 3;
    static constexpr chat::EntityId cyd = 4;
    static constexpr chat::EntityId attic = 5;

    chat::TestBacking backing;
    chat::Hub hub{"chat.example.org"};
    base::Time clock = base::from_unix_ms(1795435200000); // 2026-11-23T12:00:00Z
    chat::Talk talk{{.hub = hub,
                     .backing = backing,
                     .now = [this] { return clock; },
                     .seed = 1,
                     .keeper = "cyd"}};
    IrcMemoryMailOut mail_out;
    IrcClients clients{{.talk = talk, .mail_out = &mail_out, .version = "mailcast-0"}};
    IrcFront::Moment now{std::chrono::hours(1)};
    base::MessageIdGenerator ids{7};

    IrcNode() {
        using chat::EntityKind;
        hub.set_entities(
            {{.id = ada, .kind = EntityKind::person, .name = "ada", .display = "Ada"},
             {.id = bob, .kind = EntityKind::person, .name = "bob", .display = "Bob"},
             {.id = cyd, .kind = EntityKind::person, .name = "cyd", .display = "cyd"},
             {.id = lab, .kind = EntityKind::place, .name = "lab", .display = "lab"},
             {.id = attic, .kind = EntityKind::place, .name = "attic", .display = "attic"}});
        backing.passwords = {{ada, "secret"}, {bob, "secret"}, {cyd, "secret"}};
    }

    struct Client {
        IrcMemoryOutput output;
        std::shared_ptr<IrcFront> front;
    };

    std::unique_ptr<Client> connect(IrcFront::Options options = {}) {
        auto client = std::make_unique<Client>();
        client->front = std::make_shared<IrcFront>(clients, client->output, options);
        return client;
    }

    // What comes back; CRLF is written as LF.
    static std::string plain(std::string text) {
        std::erase(text, '\r');
        return text;
    }

    std::string say(Client& client, std::string_view text) {
        std::string lines(text);
        client.front->receive(lines + "\r\n", now);
        backing.settle();
        return plain(client.output.take());
    }

    std::string heard(Client& client) {
        backing.settle();
        return plain(client.output.take());
    }

    // Registered by PASS, with these capabilities.
    std::unique_ptr<Client> login(const std::string& nick, const std::string& capabilities = {},
                                  IrcFront::Options options = {}) {
        auto client = connect(options);
        if (!capabilities.empty()) {
            say(*client, "CAP REQ :" + capabilities);
        }
        say(*client, "PASS secret");
        say(*client, "NICK " + nick.substr(0, nick.find('@')));
        greeting = say(*client, "USER " + nick + " 0 * :" + nick);
        if (!capabilities.empty()) {
            greeting += say(*client, "CAP END");
        }
        return client;
    }

    std::string greeting; // what the last login() said

    // The person answers the last PING.
    void pong(Client& client, const std::string& heard_before) {
        const auto at = heard_before.rfind("PING :");
        if (at != std::string::npos) {
            const auto end = heard_before.find('\n', at);
            say(client, "PONG " + heard_before.substr(at + 5, end - at - 5));
        }
    }

    // The connection breaks.
    void cut(Client& client) {
        client.front->disconnected();
        backing.settle();
    }

    std::shared_ptr<chat::Note> mail_note(const std::vector<chat::EntityId>& to,
                                          const std::string& subject, const std::string& text) {
        auto note = std::make_shared<chat::Note>();
        note->id = ids.next(clock);
        note->kind = chat::NoteKind::mail;
        note->time = clock;
        note->source = "mailto:bea@example.net";
        note->source_name = "Bea";
        note->subject = subject;
        note->text = text;
        note->badge = "external";
        note->mail.envelope_from = "bea@example.net";
        note->mail.from_address = "bea@example.net";
        note->mail.from_name = "Bea";
        for (const chat::EntityId one : to) {
            const chat::Entity* entity = hub.find(one);
            note->recipients.push_back({.entity = one,
                                        .address = entity->name + "@example.org",
                                        .domain = "example.org",
                                        .visible = true});
        }
        return note;
    }

    std::shared_ptr<chat::Note> mail(const std::vector<chat::EntityId>& to,
                                     const std::string& subject, const std::string& text) {
        auto note = mail_note(to, subject, text);
        hub.publish(backing.store(note), note);
        return note;
    }
};

inline bool irc_has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

inline std::size_t irc_count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

} // namespace mailcast::front
