#include "delivery/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mailcast::delivery {
namespace {

using chat::EntityKind;
using mail::Origin;

// A node with one person for each rule.
class PolicyTest : public testing::Test {
  protected:
    static Entity with(chat::EntityId id, const char* name,
                       const std::vector<std::pair<std::string, std::string>>& rules = {},
                       EntityKind kind = EntityKind::person) {
        Entity entity{id, kind, name, name, {}};
        for (const auto& [key, value] : rules) {
            EXPECT_TRUE(set_rule(entity.rules, key, value)) << key << "=" << value;
        }
        return entity;
    }

    static std::shared_ptr<const Directory> example() {
        Directory::Source source;
        source.hostname = "h";
        source.entities = {
            with(1, "any"),
            with(2, "known", {{"senders", "known"}}),
            with(3, "internal", {{"senders", "internal"}}),
            with(4, "none", {{"senders", "none"}}),
            with(5, "list", {{"senders", "bea@example.net,example.org"}}),
            with(6, "small", {{"max_size", "1000"}}),
            with(7, "short", {{"max_lines", "3"}}),
            with(8, "bare", {{"attachments", "reject"}}),
            with(9, "plain", {{"html", "reject"}}),
            with(10, "quota", {{"quota", "0"}}),
            with(11, "room", {}, EntityKind::place),
            with(12, "bare2", {{"attachments", "reject"}}),
            with(13, "chosen", {{"senders", "known,example.org"}}),
        };
        source.aliases = {{"some@h", {"~none", "~any", "~bare"}},
                          {"nobody@h", {"~none", "~internal"}},
                          {"mixed@h", {"~any", "psyc://other/~x"}},
                          {"stray@h", {"~any", "xmpp:x@other"}},
                          {"far@h", {"psyc://other/~x"}},
                          {"foreign@h", {"xmpp:x@other"}},
                          {"loop@h", {"loop@h"}}};
        return Directory::make(std::move(source));
    }

    mail::Envelope from(const char* sender) const {
        mail::Envelope envelope;
        if (*sender != '\0') {
            envelope.reverse_path = *mail::parse_mailbox(sender);
        }
        return envelope;
    }

    static mail::Recipient to(const char* local) {
        return {{local, "h"}, std::string(local) + "@h", ""};
    }

    std::string at_recipient(Origin origin, const mail::Envelope& envelope,
                             const char* local) const {
        const mail::Recipient recipient = to(local);
        return to_string(policy
                             .at_recipient(*directory, origin, envelope, recipient,
                                           directory->resolve(recipient.mailbox))
                             .status);
    }

    Plan plan(Origin origin, mail::Envelope& envelope, const std::vector<const char*>& locals,
              const ContentFacts& facts) const {
        std::vector<Resolution> resolutions;
        for (const char* local : locals) {
            envelope.recipients.push_back(to(local));
            resolutions.push_back(directory->resolve(envelope.recipients.back().mailbox));
        }
        return policy.plan(*directory, origin, envelope, resolutions, facts);
    }

    std::shared_ptr<const Directory> directory = example();
    Policy policy{OriginPolicy{}, OriginPolicy{}, [](const Entity&, const mail::Mailbox& sender) {
                      return sender.local == "friend";
                  }};
};

struct SenderRow {
    Origin origin;
    const char* sender;
    const char* recipient;
    const char* answer; // begins so
};

TEST_F(PolicyTest, who_may_write_to_whom) {
    for (const SenderRow& row : {
             SenderRow{Origin::external, "bea@example.net", "any", "250 2.1.5"},
             SenderRow{Origin::external, "", "any", "250 2.1.5"},
             SenderRow{Origin::internal, "", "any", "250 2.1.5"},
             SenderRow{Origin::external, "bea@example.net", "room", "250 2.1.5"},
             SenderRow{Origin::external, "friend@example.net", "known", "250 2.1.5"},
             SenderRow{Origin::external, "bea@example.net", "known", "550 5.7.1 <known@h> takes"},
             SenderRow{Origin::external, "any@h", "known", "550 5.7.1"},
             SenderRow{Origin::internal, "any@h", "known", "250 2.1.5"},
             SenderRow{Origin::internal, "room@h", "known", "550 5.7.1"},
             SenderRow{Origin::internal, "root@h", "known", "550 5.7.1"},
             SenderRow{Origin::external, "", "known", "550 5.7.1"},
             SenderRow{Origin::internal, "", "known", "550 5.7.1"},
             SenderRow{Origin::internal, "bea@example.net", "internal", "250 2.1.5"},
             SenderRow{Origin::internal, "", "internal", "250 2.1.5"},
             SenderRow{Origin::external, "any@h", "internal", "550 5.7.1"},
             SenderRow{Origin::internal, "any@h", "none", "550 5.7.1"},
             SenderRow{Origin::external, "BEA@example.net", "list", "250 2.1.5"},
             SenderRow{Origin::external, "x@example.org", "list", "250 2.1.5"},
             SenderRow{Origin::external, "x@sub.example.org", "list", "550 5.7.1"},
             SenderRow{Origin::internal, "any@h", "list", "550 5.7.1"},
             SenderRow{Origin::external, "", "list", "550 5.7.1"},
             SenderRow{Origin::internal, "", "list", "550 5.7.1"},
             SenderRow{Origin::external, "x@example.org", "chosen", "250 2.1.5"},
             SenderRow{Origin::external, "friend@example.net", "chosen", "250 2.1.5"},
             SenderRow{Origin::external, "bea@example.net", "chosen", "550 5.7.1"},
             SenderRow{Origin::external, "bea@example.net", "gone", "550 5.1.1 <gone@h>"},
             SenderRow{Origin::external, "bea@example.net", "loop", "451 4.3.5"},
             SenderRow{Origin::external, "bea@example.net", "far", "250 2.1.5"},
             SenderRow{Origin::external, "bea@example.net", "foreign", "451 4.4.1"},
             SenderRow{Origin::external, "bea@example.net", "mixed", "250 2.1.5"},
             SenderRow{Origin::external, "bea@example.net", "some", "250 2.1.5"},
             SenderRow{Origin::external, "bea@example.net", "nobody", "550 5.7.1"},
         }) {
        const std::string answer = at_recipient(row.origin, from(row.sender), row.recipient);
        EXPECT_TRUE(answer.starts_with(row.answer))
            << row.sender << " to " << row.recipient << ": " << answer;
    }
}

TEST_F(PolicyTest, a_refusal_names_the_rule) {
    EXPECT_NE(at_recipient(Origin::external, from("b@c"), "known").find("senders=known"),
              std::string::npos);
    EXPECT_NE(at_recipient(Origin::external, from("b@c"), "internal").find("senders=internal"),
              std::string::npos);
    EXPECT_NE(at_recipient(Origin::external, from("b@c"), "none").find("senders=none"),
              std::string::npos);
}

TEST_F(PolicyTest, other_domains_are_not_relayed_to) {
    const mail::Recipient recipient{{"ada", "example.com"}, "ada@example.com", ""};
    EXPECT_TRUE(to_string(policy
                              .at_recipient(*directory, Origin::internal, from("b@c"), recipient,
                                            directory->resolve(recipient.mailbox))
                              .status)
                    .starts_with("550 5.7.1 <ada@example.com> relaying denied"));
}

TEST_F(PolicyTest, the_rule_of_an_origin_binds_only_that_origin) {
    OriginPolicy closed;
    closed.senders = OriginPolicy::Senders::none;
    OriginPolicy careful;
    careful.senders = OriginPolicy::Senders::known;
    policy = Policy(careful, closed);
    EXPECT_TRUE(at_recipient(Origin::external, from("any@h"), "any").starts_with("550 5.7.1"));
    EXPECT_TRUE(at_recipient(Origin::internal, from("any@h"), "any").starts_with("250"));
    EXPECT_TRUE(at_recipient(Origin::internal, from("bea@c"), "any").starts_with("550 5.7.1"));
    EXPECT_TRUE(at_recipient(Origin::internal, from(""), "any").starts_with("550 5.7.1"));
}

TEST_F(PolicyTest, what_is_announced_too_large_is_refused_at_rcpt) {
    mail::Envelope envelope = from("b@c");
    envelope.declared_size = 1000;
    EXPECT_TRUE(at_recipient(Origin::external, envelope, "small").starts_with("250"));
    envelope.declared_size = 1001;
    EXPECT_TRUE(at_recipient(Origin::external, envelope, "small").starts_with("552 5.3.4"));
    EXPECT_TRUE(at_recipient(Origin::external, envelope, "any").starts_with("250"));

    OriginPolicy narrow;
    narrow.message_size = 1000;
    policy = Policy({}, narrow);
    EXPECT_TRUE(at_recipient(Origin::external, envelope, "any").starts_with("552 5.3.4"));
    EXPECT_TRUE(at_recipient(Origin::internal, envelope, "any").starts_with("250"));
}

TEST_F(PolicyTest, recipients_are_counted_by_origin) {
    OriginPolicy narrow;
    narrow.recipients = 2;
    policy = Policy({}, narrow);
    mail::Envelope envelope = from("b@c");
    envelope.recipients = {to("any")};
    EXPECT_TRUE(at_recipient(Origin::external, envelope, "room").starts_with("250"));
    envelope.recipients = {to("any"), to("room")};
    EXPECT_TRUE(at_recipient(Origin::external, envelope, "list").starts_with("452 4.5.3"));
}

struct ContentRow {
    const char* recipient;
    ContentFacts facts;
    const char* answer; // "" is deliver
};

TEST_F(PolicyTest, contents_are_judged_by_the_rules_of_the_recipient) {
    for (const ContentRow& row : {
             ContentRow{"any", {24'000'000, 1'000'000, true, true}, ""},
             ContentRow{"small", {1000, 1, true, true}, ""},
             ContentRow{"small", {1001, 1, false, false}, "552 5.3.4 <small@h>"},
             ContentRow{"short", {9000, 3, true, true}, ""},
             ContentRow{"short", {100, 4, false, false}, "550 5.7.1 <short@h>"},
             ContentRow{"bare", {9000, 400, false, true}, ""},
             ContentRow{"bare", {100, 1, true, false}, "550 5.7.1 <bare@h> takes no attachments"},
             ContentRow{"plain", {9000, 400, true, false}, ""},
             ContentRow{"plain", {100, 1, false, true}, "550 5.7.1 <plain@h>"},
             ContentRow{"none", {100, 1, false, false}, "550 5.7.1 <none@h>"},
             ContentRow{"gone", {100, 1, false, false}, "550 5.1.1 <gone@h>"},
             ContentRow{"any", {25'000'001, 1, false, false}, "552 5.3.4 <any@h>"},
             ContentRow{"any", {25'000'000, 1, false, false}, ""},
         }) {
        mail::Envelope envelope = from("bea@c");
        const Plan made = plan(Origin::external, envelope, {row.recipient}, row.facts);
        ASSERT_EQ(made.slots.size(), 1U);
        const mail::Disposition& disposition = made.slots[0].disposition;
        if (*row.answer == '\0') {
            EXPECT_EQ(disposition.action, mail::Disposition::Action::deliver) << row.recipient;
            EXPECT_EQ(made.entities.size(), 1U);
        } else {
            EXPECT_EQ(disposition.action, mail::Disposition::Action::reject) << row.recipient;
            EXPECT_TRUE(to_string(disposition.status).starts_with(row.answer))
                << to_string(disposition.status);
            EXPECT_FALSE(disposition.rule.empty());
            EXPECT_TRUE(made.entities.empty());
        }
    }
}

TEST_F(PolicyTest, who_has_had_the_mail_before_does_not_get_it_again) {
    mail::Envelope envelope = from("bea@c");
    const ContentFacts facts{
        .size = 100, .text_lines = 1, .delivered_before = {{"Any+x", "h"}, {"any", "c"}}};
    const Plan made = plan(Origin::external, envelope, {"any", "room", "any+y", "some"}, facts);
    EXPECT_EQ(to_string(made.slots[0].disposition.status),
              "554 5.4.6 <any@h> has had this mail before: it goes in a circle");
    EXPECT_EQ(made.slots[1].disposition.action, mail::Disposition::Action::deliver);
    EXPECT_EQ(made.slots[2].disposition.status.code, 554);
    EXPECT_EQ(made.slots[3].disposition.action, mail::Disposition::Action::deliver)
        << "another address that leads to the same person is no circle yet";
}

TEST_F(PolicyTest, an_entity_gets_the_mail_once_however_many_slots_lead_to_it) {
    mail::Envelope envelope = from("bea@c");
    const Plan made = plan(Origin::external, envelope, {"any", "some", "any", "room", "nobody"},
                           {100, 1, false, false});
    ASSERT_EQ(made.entities.size(), 3U);
    EXPECT_EQ(made.entities[0].entity->name, "any");
    EXPECT_EQ(made.entities[0].slots, (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_EQ(made.entities[1].entity->name, "bare");
    EXPECT_EQ(made.entities[1].slots, (std::vector<std::size_t>{1}));
    EXPECT_EQ(made.entities[2].slots, (std::vector<std::size_t>{3}));
    EXPECT_EQ(made.slots[1].entities, (std::vector<std::size_t>{0, 1}));
    EXPECT_TRUE(made.slots[4].entities.empty());
    EXPECT_EQ(made.slots[4].disposition.action, mail::Disposition::Action::reject);

    const std::vector<mail::Status> outcomes{mail::make_status(250, 1, 5, "ok"),
                                             mail::make_status(452, 2, 2, "full"),
                                             mail::make_status(250, 1, 5, "ok")};
    const std::vector<int> codes{250, 452, 250, 250, 550};
    for (std::size_t slot = 0; slot < codes.size(); ++slot) {
        EXPECT_EQ(slot_outcome(made, slot, outcomes).code, codes[slot]) << slot;
    }
}

TEST_F(PolicyTest, a_target_that_cannot_be_reached_defers_its_slot_and_the_others_get_it) {
    mail::Envelope envelope = from("bea@c");
    const Plan made = plan(Origin::external, envelope, {"stray"}, {100, 1, false, false});
    EXPECT_EQ(made.slots[0].disposition.action, mail::Disposition::Action::defer);
    ASSERT_EQ(made.entities.size(), 1U);
    EXPECT_EQ(slot_outcome(made, 0, std::vector{mail::make_status(250, 1, 5, "ok")}).code, 451);
}

TEST_F(PolicyTest, the_answer_of_another_node_counts_with_those_of_our_own) {
    mail::Envelope envelope = from("bea@c");
    const Plan made = plan(Origin::external, envelope, {"mixed", "far"}, {100, 1, false, false});
    EXPECT_EQ(made.slots[0].disposition.action, mail::Disposition::Action::deliver);
    ASSERT_EQ(made.entities.size(), 1U);
    ASSERT_EQ(made.remotes.size(), 1U); // once, though two slots lead to it
    EXPECT_EQ(made.remotes[0].uniform, "psyc://other/~x");
    EXPECT_EQ(made.remotes[0].slots, (std::vector<std::size_t>{0, 1}));
    const std::vector here{mail::make_status(250, 1, 5, "ok")};
    const std::vector away{mail::make_status(451, 4, 1, "away")};
    EXPECT_EQ(slot_outcome(made, 0, here, away).code, 451);
    EXPECT_EQ(slot_outcome(made, 1, here, away).code, 451);
    EXPECT_EQ(slot_outcome(made, 1, here, here).code, 250);
    EXPECT_EQ(slot_outcome(made, 1, here).code, 451) << "nobody said what became of it";
}

TEST(CombinedOutcome, temporary_wins_over_success_and_success_over_refusal) {
    const auto ok = mail::make_status(250, 1, 5, "ok");
    const auto later = mail::make_status(451, 3, 0, "later");
    const auto never = mail::make_status(550, 7, 1, "never");
    EXPECT_EQ(combined_outcome(std::vector{never, ok}), ok);
    EXPECT_EQ(combined_outcome(std::vector{never, ok, later}), later);
    EXPECT_EQ(combined_outcome(std::vector{never, later}), later);
    EXPECT_EQ(combined_outcome(std::vector{never}), never);
}

struct ShareRow {
    const char* first;
    const char* later;
    bool may;
};

TEST_F(PolicyTest, recipients_share_an_smtp_transaction_only_if_no_content_can_part_them) {
    for (const ShareRow& row : {
             ShareRow{"any", "room", true},
             ShareRow{"any", "any", true},
             ShareRow{"any", "list", true}, // the sender was judged at RCPT
             ShareRow{"any", "small", false},
             ShareRow{"any", "short", false},
             ShareRow{"any", "bare", false},
             ShareRow{"any", "plain", false},
             ShareRow{"any", "quota", false},
             ShareRow{"bare", "bare", true},
             ShareRow{"bare", "bare2", true},
             ShareRow{"quota", "quota", true},
             ShareRow{"some", "any", false},
             ShareRow{"some", "some", true},
             ShareRow{"nobody", "any", true},
             ShareRow{"far", "any", true},
             ShareRow{"far", "bare", false},
         }) {
        const auto first = directory->resolve({row.first, "h"});
        const auto later = directory->resolve({row.later, "h"});
        EXPECT_EQ(may_share(first, later), row.may) << row.first << " " << row.later;
        EXPECT_EQ(may_share(later, first), row.may) << row.later << " " << row.first;
    }
}

} // namespace
} // namespace mailcast::delivery
