// A node and its circuits to other nodes in memory, for the tests of what is said between nodes.
#pragma once

#include "chat/test_backing.h"
#include "front/psyc/nodes.h"
#include "psyc/keyword.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailcast::front::test {

struct MemoryInside : PsycInside {
    void receive(const PsycSender& sender, const psyc::Packet& packet,
                 const Answer& answer) override {
        packets.push_back(sender.uniform + " " + std::string(packet.text_of("_target")) + " " +
                          std::string(packet.method));
        if (psyc::is_complaint(packet.method)) {
            return;
        }
        PsycLetter letter;
        letter.source = packet.text_of("_target");
        letter.method = "_status_answered";
        answer(letter);
    }

    void receive_cast(std::string_view context, const psyc::Packet& packet,
                      std::function<void(bool)> stored) override {
        casts.push_back(std::string(context) + " " + std::string(packet.method));
        open.push_back(std::move(stored));
    }

    void node_opened(std::string_view node) override { opened.emplace_back(node); }

    void node_lost(std::string_view node) override { lost.emplace_back(node); }

    void mail_taken(std::string_view context, const std::vector<std::string>& persons) override {
        for (const std::string& person : persons) {
            in_context.push_back(std::string(context) + " " + person);
        }
    }

    void store_all(bool good = true) {
        for (const auto& stored : std::exchange(open, {})) {
            stored(good);
        }
    }

    std::vector<std::string> packets;
    std::vector<std::string> casts;
    std::vector<std::function<void(bool)>> open;
    std::vector<std::string> opened;
    std::vector<std::string> lost;
    std::vector<std::string> in_context;
};

struct MemoryMailDoor : PsycMailDoor {
    void take(Arrival mail, std::function<void(std::vector<mail::Status>)> done) override {
        arrivals.push_back(mail);
        waiting = [this, targets = mail.targets, done = std::move(done)] {
            std::vector<mail::Status> statuses;
            for (const std::string& target : targets) {
                const auto found = refused.find(target);
                statuses.push_back(found == refused.end() ? mail::make_status(250, 1, 5, "taken")
                                                          : found->second);
            }
            done(statuses);
        };
        if (at_once) {
            std::exchange(waiting, nullptr)();
        }
    }

    std::vector<Arrival> arrivals;
    std::map<std::string, mail::Status> refused;
    std::function<void()> waiting;
    bool at_once = true;
};

struct Site;

// One end of a circuit in memory.
struct End : PsycOutput {
    explicit End(Site& owner) : site(owner) {}

    void send(chat::SharedBytes bytes) override {
        if (!closed) {
            sent += *bytes;
            all += *bytes;
        }
    }

    std::size_t queued() const override { return stuck; }

    void close() override { closed = true; }

    Site& site;
    std::string sent; // not yet read by the other end
    std::string all;
    std::size_t stuck = 0;
    bool closed = false;
    std::unique_ptr<PsycSession> session;
    std::shared_ptr<PsycPeer> peer;
};

// A node with all that it needs around it.
struct Site : PsycNodes::Network {
    explicit Site(const std::string& host) : hub(host) {
        hub.set_entities(
            {{.id = 1, .kind = chat::EntityKind::person, .name = "ada", .display = "Ada"},
             {.id = 2, .kind = chat::EntityKind::place, .name = "lab", .display = "lab"}});
    }

    void addresses_of(const std::string& host, std::function<void(Addresses)> done) override {
        asked.push_back(host);
        questions.push_back([this, host, done = std::move(done)] {
            if (unreachable) {
                done(std::nullopt);
                return;
            }
            const auto found = names.find(host);
            done(found == names.end() ? std::vector<std::string>{} : found->second);
        });
    }

    void dial(const PsycNodeAddress& node) override { dialled.push_back(node.root); }

    std::uint64_t chance() override { return next_chance++; }

    void log(std::string_view line) override { lines.emplace_back(line); }

    std::shared_ptr<End> begin(const std::string& dialled_root, const std::string& address,
                               bool tls = false) {
        auto end = std::make_shared<End>(*this);
        end->session = std::make_unique<PsycSession>(
            *end, PsycSession::Options{.root = nodes.root(),
                                       .location = "psyc://" + address + ":-4000/",
                                       .implementation = "mailcast/0"});
        PsycPeer::Options options;
        options.dialled = dialled_root;
        options.address = address;
        options.tls = tls;
        end->peer = std::make_shared<PsycPeer>(nodes, *end->session, options);
        end->session->converse(end->peer.get());
        end->session->tick(now);
        return end;
    }

    void settle() {
        do {
            for (const auto& question : std::exchange(questions, {})) {
                question();
            }
            backing.settle();
        } while (!questions.empty());
    }

    void tick(std::chrono::seconds step) {
        now += step;
        nodes.tick(now);
    }

    chat::Hub hub;
    chat::TestBacking backing;
    MemoryInside inside;
    MemoryMailDoor door;
    std::map<std::string, std::vector<std::string>> names{
        {"a.example", {"127.0.0.2"}}, {"b.example", {"127.0.0.3"}}, {"c.example", {"127.0.0.4"}}};
    bool unreachable = false;
    std::vector<std::string> asked;
    std::vector<std::function<void()>> questions;
    std::vector<std::string> dialled;
    std::vector<std::string> lines;
    std::uint64_t next_chance = 1;
    PsycNodes::Moment now{std::chrono::hours(1)};
    PsycNodes nodes{
        {.hub = hub, .backing = backing, .network = *this, .inside = inside, .mail_door = door},
        {}};
};

// What a raw peer says to us, and what it hears.
inline std::string say(End& end, std::string_view text) {
    end.session->receive(text, end.site.now);
    end.site.settle();
    return std::exchange(end.sent, {});
}

} // namespace mailcast::front::test
