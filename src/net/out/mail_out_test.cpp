// What a person writes becomes mail in the outbox and an entry of her own log, over a real store.
#include "base/ascii.h"
#include "net/intake/test_intake.h"
#include "net/out/mail_out.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace mailcast::net {

namespace {

using Letter = chat::MailOut::Letter;

const std::string first =
    "From: Bea <bea@example.net>\r\nTo: ada@example.org\r\nMessage-ID: <1@x>\r\n"
    "References: <0@x>\r\nSubject: lunch\r\n\r\nAt noon?\r\n";

} // namespace

struct MailOutTest : testing::Test, IntakeNode {
    MailOutTest() {
        picky = entities[1].id;
        hub.set_entities(
            {{.id = ada, .kind = EntityKind::person, .name = "ada", .display = "Ada"},
             {.id = picky, .kind = EntityKind::person, .name = "picky", .display = "picky"},
             {.id = lab, .kind = EntityKind::place, .name = "lab", .display = "lab"}});
        mail_out = std::make_unique<MailOut>(
            MailOut::Parts{.store = *store,
                           .hub = hub,
                           .post = [this](std::function<void()> job) { jobs.post(std::move(job)); },
                           .next_id = [this](base::Time time) { return ids.next(time); },
                           .directory = [this] { return delivery::Directory::make(source); },
                           .domain = [] { return std::string("example.org"); },
                           .refuses = [this] { return refuses; },
                           .outbox_changed = [this] { ++changes; }});
    }

    // "" or what is wrong.
    std::string write(Letter letter) {
        std::optional<std::string> answer;
        bool from_within = true;
        mail_out->write(std::move(letter), [&](std::string why) {
            EXPECT_FALSE(from_within);
            EXPECT_FALSE(answer) << "answered twice";
            answer = std::move(why);
        });
        from_within = false;
        jobs.run_until([&] { return answer.has_value(); });
        return *answer;
    }

    template <typename Value>
    Value ask(const std::function<void(store::Completion<Value>)>& question) {
        std::optional<Value> value;
        question([&](store::Result<Value> result) {
            must(result.has_value(), "the store answers");
            jobs.post([&, found = std::move(*result)] { value = found; });
        });
        jobs.run_until([&] { return value.has_value(); });
        return *value;
    }

    std::vector<store::LogEntry> log_of(chat::EntityId entity) {
        return ask<std::vector<store::LogEntry>>(
            [&](auto done) { store->read_log({.entity = entity}, std::move(done)); });
    }

    std::vector<store::OutboxItem> waiting() {
        auto items = ask<std::vector<store::OutboxItem>>(
            [&](auto done) { store->read_outbox(std::move(done)); });
        for (store::OutboxItem& item : items) {
            item = ask<store::OutboxItem>(
                [&](auto done) { store->read_outbox_item(item.id, std::move(done)); });
        }
        return items;
    }

    static std::string field(const store::OutboxItem& item, const std::string& name) {
        const std::string head = "\r\n" + item.content.substr(0, item.content.find("\r\n\r\n") + 2);
        const std::size_t at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) {
            return "";
        }
        const std::size_t begin = at + name.size() + 4;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }

    chat::EntityId picky = 0;
    base::MessageIdGenerator ids{1};
    std::unique_ptr<MailOut> mail_out;
    std::string refuses;
    int changes = 0;
};

TEST_F(MailOutTest, a_new_letter_waits_in_the_outbox_and_stands_in_her_own_log) {
    EXPECT_EQ(write({ada, "Bea@Example.NET", "hi", "Hello.", std::nullopt}), "");
    EXPECT_EQ(changes, 1);
    const auto items = waiting();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].destination, "mailto:");
    EXPECT_EQ(items[0].targets, (std::vector<store::OutboxTarget>{{"Bea@example.net", true}}));
    EXPECT_EQ(items[0].sender, ada) << "who hears of a failure";
    EXPECT_EQ(items[0].reverse_path, "ada@example.org");
    EXPECT_EQ(field(items[0], "From"), "Ada <ada@example.org>");
    EXPECT_EQ(field(items[0], "To"), "Bea@example.net");
    EXPECT_EQ(field(items[0], "Subject"), "hi");
    EXPECT_EQ(field(items[0], "Message-ID"), "<" + items[0].once + ">");
    EXPECT_EQ(field(items[0], "In-Reply-To"), "");
    EXPECT_EQ(field(items[0], "Auto-Submitted"), "") << "a person wrote it";
    const auto log = log_of(ada);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].note->source, "psyc://chat.example.org/~ada");
    EXPECT_EQ(log[0].note->text, "(mail to Bea@example.net) Hello.");
    EXPECT_NE(hub.relations().find(ada, chat::RelationKind::known, "mailto:bea@example.net"),
              nullptr)
        << "whom she writes to is known to her";
}

TEST_F(MailOutTest, an_answer_goes_where_it_is_asked_for_and_into_the_thread) {
    ASSERT_EQ(deliver({"ada@example.org"}, "Reply-To: <list@example.com>\r\n" + first).size(), 1U);
    const auto id = log_of(ada).at(0).note->id;
    EXPECT_EQ(write({ada, "", "", "Noon is fine.", id}), "");
    const auto items = waiting();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].targets[0].address, "list@example.com");
    EXPECT_EQ(field(items[0], "Subject"), "Re: lunch");
    EXPECT_EQ(field(items[0], "In-Reply-To"), "<1@x>");
    EXPECT_EQ(field(items[0], "References"), "<0@x> <1@x>");
    const auto log = log_of(ada);
    ASSERT_EQ(log.size(), 2U);
    const std::string context = log[1].note->context;
    EXPECT_EQ(context, "psyc://chat.example.org/@mail-" + base::lowered(id.text()));
    // What comes back in answer to either is in the same thread.
    EXPECT_EQ(ask<std::string>([&](auto done) { store->find_context({"1@x"}, std::move(done)); }),
              context);
    EXPECT_EQ(
        ask<std::string>([&](auto done) { store->find_context({items[0].once}, std::move(done)); }),
        context);
}

TEST_F(MailOutTest, mail_of_somebody_else_is_as_unknown_as_none) {
    ASSERT_EQ(deliver({"picky@example.org"}, first).size(), 1U);
    const auto id = log_of(picky).at(0).note->id;
    const std::string unknown = write({ada, "", "", "x", ids.next(base::now())});
    EXPECT_EQ(unknown, "there is no such mail any more");
    EXPECT_EQ(write({ada, "", "", "x", id}), unknown);
    EXPECT_TRUE(waiting().empty());
    EXPECT_EQ(changes, 0);
}

TEST_F(MailOutTest, mail_of_a_place_is_answered_by_who_is_in_it) {
    ASSERT_EQ(deliver({"lab@example.org"}, first).size(), 1U);
    const auto id = log_of(lab).at(0).note->id;
    EXPECT_NE(write({ada, "", "", "x", id}), "");
    ASSERT_TRUE(hub.relations().add({.entity = lab,
                                     .kind = chat::RelationKind::member,
                                     .subject = "psyc://chat.example.org/~ada",
                                     .value = "ada"}));
    EXPECT_EQ(write({ada, "", "", "x", id}), "");
    EXPECT_EQ(waiting().size(), 1U);
}

TEST_F(MailOutTest, what_cannot_be_sent_is_said_and_nothing_is_kept) {
    refuses = "no smarthost";
    EXPECT_EQ(write({ada, "bea@example.net", "", "x", std::nullopt}), "no smarthost");
    refuses.clear();
    for (const char* address : {"bea", "bea@", "@x", "bea@x\r\nRCPT TO:<eve@x>", "<bea@x>", ""}) {
        EXPECT_TRUE(write({ada, address, "", "x", std::nullopt}).contains("is no mail address"))
            << address;
    }
    EXPECT_EQ(write({4711, "bea@x", "", "x", std::nullopt}),
              "who writes is no person here any more");
    EXPECT_TRUE(waiting().empty());
    EXPECT_TRUE(log_of(ada).empty());
    EXPECT_EQ(changes, 0);
}

TEST_F(MailOutTest, a_letter_has_a_longest_size) {
    std::string text(MailOut::longest_text, 'x');
    EXPECT_EQ(write({ada, "bea@x", "", text, std::nullopt}), "");
    text += 'x';
    EXPECT_EQ(write({ada, "bea@x", "", text, std::nullopt}), "a letter has at most 1048576 octets");
    EXPECT_EQ(waiting().size(), 1U);
}

TEST_F(MailOutTest, what_she_writes_adds_no_field_and_no_line_that_the_server_would_take) {
    EXPECT_EQ(write({ada, "bea@x", "hi\r\nBcc: eve@x", "one\n.\nRCPT TO:<eve@x>\r\n\x1b[31mred",
                     std::nullopt}),
              "");
    const auto items = waiting();
    EXPECT_EQ(field(items.at(0), "Bcc"), "");
    EXPECT_EQ(items[0].content.find('\x1b'), std::string::npos);
    const auto bare = [&](std::size_t at) {
        return items[0].content[at] == '\n' && (at == 0 || items[0].content[at - 1] != '\r');
    };
    for (std::size_t i = 0; i < items[0].content.size(); ++i) {
        EXPECT_FALSE(bare(i)) << i;
    }
}

} // namespace mailcast::net
