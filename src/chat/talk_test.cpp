#include "base/ascii.h"
#include "chat/talk.h"
#include "chat/test_backing.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace mailcast::chat {
namespace {

constexpr EntityId ada = 1;
constexpr EntityId bob = 2;
constexpr EntityId lab = 3;

const Speaker far_eve{.uniform = "psyc://far.example/~eve", .nick = "eve", .person = 0};

class ListeningReader : public Feed::Reader {
  public:
    void show(const Feed&, const Cast& cast, bool) override { shown.push_back(cast.note().text); }

    bool has_room() const override { return true; }

    void caught_up(const Feed&, std::size_t) override {}

    void hear(const Feed&, const Announcement& announcement) override {
        heard.push_back(announcement.event());
    }

    std::vector<std::string> shown;
    std::vector<Event> heard;
};

class TestElsewhere : public Talk::Elsewhere {
  public:
    void presence_changed(const Entity&, const Presence& presence,
                          const std::vector<std::string>& friends) override {
        told = friends;
        availability = presence.availability;
    }

    void members_changed(const Entity& place) override { changed.push_back(place.id); }

    void said_about_mail(const Note& note, const std::vector<std::string>& members) override {
        said.push_back(note.source + " " + note.context + " " + note.text);
        told = members;
    }

    std::vector<std::string> told;
    std::vector<EntityId> changed;
    std::vector<std::string> said;
    int availability = 0;
};

struct TalkTest : testing::Test {
    TestBacking backing;
    Hub hub{"chat.example.org"};
    base::Time clock = base::from_unix_ms(1795435200000);
    Talk talk{
        {.hub = hub, .backing = backing, .now = [this] { return clock; }, .seed = 1, .keeper = ""}};
    TestElsewhere elsewhere;

    TalkTest() {
        hub.set_entities({{.id = ada, .kind = EntityKind::person, .name = "ada", .display = "Ada"},
                          {.id = bob, .kind = EntityKind::person, .name = "bob", .display = "Bob"},
                          {.id = lab, .kind = EntityKind::place, .name = "lab", .display = "lab"}});
        talk.set_elsewhere(&elsewhere);
    }

    Speaker speaker(EntityId id) const {
        const Entity& entity = *hub.find(id);
        return {.uniform = hub.uniform_of(entity), .nick = entity.display, .person = id};
    }

    // A client of `person` follows `entity`: her own log, or a place.
    std::shared_ptr<Feed> join(EntityId person, EntityId entity, ListeningReader& reader) {
        auto feed = std::make_shared<Feed>(backing, reader, entity, 0);
        const Speaker who = speaker(person);
        talk.join({.uniform = who.uniform, .nick = who.nick, .feed = feed});
        feed->catch_up();
        backing.settle();
        return feed;
    }

    Refusal say(const Speaker& who, std::string_view text) {
        Refusal got = Refusal::unknown;
        talk.say(*hub.find(lab), who, text, Manner::plain,
                 [&got](Refusal refusal) { got = refusal; });
        backing.settle();
        return got;
    }
};

TEST_F(TalkTest, what_is_said_is_on_disk_before_anybody_sees_it) {
    ListeningReader reader;
    const auto feed = join(ada, lab, reader);
    Refusal got = Refusal::unknown;
    talk.say(*hub.find(lab), speaker(ada), "hello", Manner::plain,
             [&got](Refusal refusal) { got = refusal; });
    EXPECT_TRUE(reader.shown.empty());
    EXPECT_EQ(got, Refusal::unknown);
    backing.settle();
    EXPECT_EQ(reader.shown, std::vector<std::string>{"hello"});
    EXPECT_EQ(got, Refusal::none);
    ASSERT_EQ(backing.logs[lab].size(), 1U);
    EXPECT_EQ(backing.logs[lab][0].note->context, "psyc://chat.example.org/@lab");
}

TEST_F(TalkTest, what_cannot_be_stored_is_shown_to_nobody) {
    ListeningReader reader;
    const auto feed = join(ada, lab, reader);
    backing.fails = true;
    EXPECT_EQ(say(speaker(ada), "hello"), Refusal::not_stored);
    EXPECT_TRUE(reader.shown.empty());
}

TEST_F(TalkTest, talk_has_its_bounds) {
    ListeningReader reader;
    const auto feed = join(ada, lab, reader);

    struct Case {
        std::string text;
        Refusal refusal;
    };

    const std::vector<Case> cases = {{"x", Refusal::none},
                                     {std::string(longest_talk, 'x'), Refusal::none},
                                     {std::string(longest_talk + 1, 'x'), Refusal::too_long},
                                     {"", Refusal::empty},
                                     {" \n \a\x1b", Refusal::empty}};
    for (const Case& one : cases) {
        EXPECT_EQ(say(speaker(ada), one.text), one.refusal) << one.text.size();
    }
    EXPECT_EQ(say(speaker(bob), "x"), Refusal::no_member);
    EXPECT_EQ(say(far_eve, "x"), Refusal::no_member);
}

TEST_F(TalkTest, text_from_anybody_is_made_safe_before_it_is_kept) {
    ListeningReader reader;
    const auto feed = join(ada, lab, reader);
    EXPECT_EQ(say(speaker(ada), "a\x1b[31mred\x07\r\nb\xff"), Refusal::none);
    EXPECT_EQ(reader.shown, std::vector<std::string>{"a[31mred\nb\xef\xbf\xbd"});
}

TEST_F(TalkTest, nicks_of_strangers_that_look_like_ours_are_shown_with_their_uniform) {
    const auto shown = [this](std::string nick) {
        return talk.shown_name(
            {.uniform = "psyc://far.example/~x", .nick = std::move(nick), .person = 0});
    };
    EXPECT_EQ(shown("eve"), "eve");
    for (const char* nick : {"ada", "ADA", "a", "", "eve ", "ad\xd0\xb0",
                             "psyc://chat.example.org/~ada", "ada\n", "a b"}) {
        const bool plain = std::string(nick) == "a";
        EXPECT_EQ(shown(nick), plain ? "a" : "psyc://far.example/~x") << nick;
    }
    EXPECT_EQ(talk.shown_name(speaker(ada)), "Ada");
}

TEST_F(TalkTest, others_hear_of_the_first_client_that_comes_and_of_the_last_that_goes) {
    ListeningReader watching;
    ListeningReader desk;
    ListeningReader phone;
    const auto feed = join(bob, lab, watching);
    watching.heard.clear();
    const auto first = join(ada, lab, desk);
    const auto second = join(ada, lab, phone);
    ASSERT_EQ(watching.heard.size(), 1U);
    EXPECT_EQ(watching.heard[0].kind, EventKind::enter);
    EXPECT_EQ(watching.heard[0].nick, "Ada");
    EXPECT_EQ(hub.occupants(lab), 2U);
    talk.part(first);
    EXPECT_EQ(watching.heard.size(), 1U);
    talk.part(second, "disconnect");
    ASSERT_EQ(watching.heard.size(), 2U);
    EXPECT_EQ(watching.heard[1].kind, EventKind::leave);
    EXPECT_EQ(watching.heard[1].detail, "disconnect");
    EXPECT_EQ(hub.occupants(lab, 10).size(), 1U);
}

TEST_F(TalkTest, a_place_too_large_for_it_is_quiet_about_who_comes_and_goes) {
    ListeningReader watching;
    const auto feed = join(bob, lab, watching);
    for (std::size_t i = 0; i < most_announced; ++i) {
        hub.relations().add({.entity = lab,
                             .kind = RelationKind::member,
                             .subject = "psyc://far.example/~m" + std::to_string(i),
                             .value = "m"});
    }
    watching.heard.clear();
    ListeningReader desk;
    const auto mine = join(ada, lab, desk);
    EXPECT_TRUE(watching.heard.empty());
}

TEST_F(TalkTest, members_elsewhere_are_remembered_and_may_talk) {
    ListeningReader watching;
    const auto feed = join(ada, lab, watching);
    watching.heard.clear();
    EXPECT_EQ(talk.admit(*hub.find(lab), far_eve), Refusal::none);
    ASSERT_EQ(watching.heard.size(), 1U);
    EXPECT_EQ(watching.heard[0].who, far_eve.uniform);
    EXPECT_EQ((backing.relations[{lab, RelationKind::member, far_eve.uniform}]), "eve");
    EXPECT_EQ(elsewhere.changed, std::vector<EntityId>{lab});
    EXPECT_EQ(say(far_eve, "hi"), Refusal::none);
    EXPECT_EQ(watching.shown, std::vector<std::string>{"hi"});
    // Entering again tells nobody.
    EXPECT_EQ(talk.admit(*hub.find(lab), far_eve), Refusal::none);
    EXPECT_EQ(watching.heard.size(), 1U);
    EXPECT_TRUE(talk.dismiss(*hub.find(lab), far_eve.uniform));
    EXPECT_FALSE(talk.dismiss(*hub.find(lab), far_eve.uniform));
    EXPECT_EQ(watching.heard.back().kind, EventKind::leave);
    EXPECT_TRUE(backing.relations.empty());
    EXPECT_EQ(say(far_eve, "hi"), Refusal::no_member);
}

TEST_F(TalkTest, relations_are_bounded) {
    for (std::size_t i = 0; i < most_relations; ++i) {
        EXPECT_TRUE(talk.remember({.entity = ada,
                                   .kind = RelationKind::known,
                                   .subject = std::to_string(i),
                                   .value = ""}));
    }
    EXPECT_FALSE(talk.remember(
        {.entity = ada, .kind = RelationKind::known, .subject = "more", .value = ""}));
    EXPECT_TRUE(talk.remember(
        {.entity = bob, .kind = RelationKind::known, .subject = "more", .value = ""}));
    const std::string longest(longest_relation, 'x');
    EXPECT_TRUE(talk.remember(
        {.entity = bob, .kind = RelationKind::known, .subject = longest, .value = longest}));
    EXPECT_FALSE(talk.remember(
        {.entity = bob, .kind = RelationKind::known, .subject = longest + "x", .value = ""}));
    EXPECT_FALSE(talk.remember(
        {.entity = bob, .kind = RelationKind::known, .subject = "y", .value = longest + "x"}));
}

TEST_F(TalkTest, a_topic_is_any_persons_until_there_is_an_owner) {
    const Entity& place = *hub.find(lab);
    EXPECT_EQ(talk.set_topic(place, far_eve, "mine"), Refusal::no_owner);
    EXPECT_EQ(talk.set_topic(place, speaker(bob), "solder\ning"), Refusal::none);
    ASSERT_TRUE(talk.topic(place));
    EXPECT_EQ(talk.topic(place)->text, "solder ing");
    EXPECT_EQ(talk.topic(place)->nick, "Bob");
    EXPECT_EQ(talk.set_topic(place, speaker(bob), std::string(longest_topic + 1, 'x')),
              Refusal::too_long);
    EXPECT_EQ(talk.set_owner(place, speaker(ada), far_eve.uniform, true), Refusal::no_owner);
    hub.relations().add(
        {.entity = lab, .kind = RelationKind::owner, .subject = speaker(ada).uniform, .value = ""});
    EXPECT_EQ(talk.set_topic(place, speaker(bob), "other"), Refusal::no_owner);
    EXPECT_EQ(talk.set_owner(place, speaker(ada), far_eve.uniform, true), Refusal::none);
    EXPECT_EQ(talk.set_topic(place, far_eve, "other"), Refusal::none);
    EXPECT_EQ(talk.set_topic(place, speaker(ada), "-"), Refusal::none);
    EXPECT_FALSE(talk.topic(place));
}

TEST_F(TalkTest, rules_of_a_place_are_its_owners_and_of_a_person_her_own) {
    std::string said = "nothing";
    const auto done = [&said](std::string wrong) { said = std::move(wrong); };
    EXPECT_EQ(talk.set_rule(*hub.find(lab), speaker(ada), "senders", "known", done),
              Refusal::no_owner);
    EXPECT_EQ(talk.set_rule(*hub.find(ada), speaker(bob), "senders", "none", done),
              Refusal::no_owner);
    EXPECT_EQ(talk.set_rule(*hub.find(ada), speaker(ada), "senders", "known", done), Refusal::none);
    backing.settle();
    EXPECT_EQ(said, "");
    EXPECT_EQ((backing.rules[{ada, "senders"}]), "known");
}

TEST_F(TalkTest, friendship_needs_both) {
    ListeningReader hers;
    ListeningReader his;
    const auto ada_feed = join(ada, ada, hers);
    const auto bob_feed = join(bob, bob, his);
    EXPECT_EQ(talk.ask_friendship(*hub.find(ada), speaker(bob).uniform), Friendship::asked);
    ASSERT_EQ(his.heard.size(), 1U);
    EXPECT_EQ(his.heard[0].detail, "offered");
    EXPECT_EQ(talk.friendships_offered(*hub.find(bob)).size(), 1U);
    // Presence goes to nobody yet.
    talk.set_presence(*hub.find(ada), 3, "tea");
    EXPECT_EQ(his.heard.size(), 1U);
    EXPECT_EQ(talk.ask_friendship(*hub.find(bob), speaker(ada).uniform), Friendship::mutual);
    EXPECT_EQ(talk.friendship(ada, speaker(bob).uniform), Friendship::mutual);
    EXPECT_EQ(hers.heard.back().detail, "established");
    EXPECT_EQ(his.heard.back().detail, "established");
    talk.set_presence(*hub.find(ada), 6, "more\ntea");
    EXPECT_EQ(his.heard.back().kind, EventKind::presence);
    EXPECT_EQ(his.heard.back().availability, 6);
    EXPECT_EQ(his.heard.back().text, "more tea");
    EXPECT_EQ(talk.friends_here(*hub.find(bob)).size(), 1U);
    talk.part(ada_feed);
    EXPECT_EQ(his.heard.back().availability, availability_offline);
    EXPECT_TRUE(talk.friends_here(*hub.find(bob)).empty());
    EXPECT_TRUE(talk.end_friendship(*hub.find(bob), speaker(ada).uniform, false));
    EXPECT_EQ(talk.friendship(ada, speaker(bob).uniform), Friendship::none);
    EXPECT_TRUE(backing.relations.empty());
}

TEST_F(TalkTest, friends_elsewhere_are_told_and_heard) {
    ListeningReader hers;
    hub.relations().add({.entity = ada,
                         .kind = RelationKind::friendship,
                         .subject = far_eve.uniform,
                         .value = "mutual"});
    const auto feed = join(ada, ada, hers);
    EXPECT_EQ(elsewhere.told, std::vector<std::string>{far_eve.uniform});
    EXPECT_EQ(elsewhere.availability, availability_here);
    EXPECT_TRUE(talk.hear_presence(*hub.find(ada), far_eve, 7, "hi"));
    EXPECT_EQ(hers.heard.back().who, far_eve.uniform);
    const Speaker stranger{.uniform = "psyc://far.example/~mal", .nick = "mal", .person = 0};
    EXPECT_FALSE(talk.hear_presence(*hub.find(ada), stranger, 7, "hi"));
}

TEST_F(TalkTest, an_offer_that_is_repeated_is_told_once) {
    ListeningReader hers;
    const auto feed = join(ada, ada, hers);
    EXPECT_EQ(talk.offer_friendship(*hub.find(ada), far_eve), Friendship::offered);
    EXPECT_EQ(talk.offer_friendship(*hub.find(ada), far_eve), Friendship::offered);
    EXPECT_EQ(hers.heard.size(), 1U);
}

TEST_F(TalkTest, history_gives_the_newest_that_match_oldest_first) {
    ListeningReader reader;
    const auto feed = join(ada, lab, reader);
    for (int i = 1; i <= 1200; ++i) {
        say(speaker(ada), (i % 2 == 0 ? "even " : "odd ") + std::to_string(i));
    }
    const auto history = [this](std::size_t amount, std::string match) {
        std::vector<std::string> texts;
        talk.history("ada", *hub.find(lab), amount, std::move(match),
                     [&texts](std::optional<std::vector<LogEntry>> entries) {
                         for (const LogEntry& entry : *entries) {
                             texts.push_back(entry.note->text);
                         }
                     });
        backing.settle();
        return texts;
    };
    EXPECT_EQ(history(2, ""), (std::vector<std::string>{"odd 1199", "even 1200"}));
    EXPECT_EQ(history(2, "EVEN"), (std::vector<std::string>{"even 1198", "even 1200"}));
    EXPECT_EQ(history(0, ""), std::vector<std::string>{});
    EXPECT_EQ(history(100'000, "").size(), most_history);
    backing.fails = true;
    bool failed = false;
    talk.history("ada", *hub.find(lab), 1, "",
                 [&failed](const auto& entries) { failed = !entries; });
    backing.settle();
    EXPECT_TRUE(failed);
}

TEST_F(TalkTest, who_asks_much_about_the_past_waits_for_himself_and_not_others_for_him) {
    ListeningReader reader;
    const auto feed = join(ada, lab, reader);
    say(speaker(ada), "words");
    std::vector<std::string> order;
    const auto ask = [&](const std::string& asker, const std::string& name) {
        talk.history(asker, *hub.find(lab), 1, "", [&order, name](const auto& entries) {
            order.push_back(name + (entries ? "" : " refused"));
        });
    };
    for (std::size_t i = 0; i < most_asked; ++i) {
        ask("ada", "ada " + std::to_string(i));
    }
    ask("ada", "one more");
    EXPECT_EQ(order, std::vector<std::string>{"one more refused"});
    ask("bob", "bob");
    backing.settle();
    ASSERT_EQ(order.size(), most_asked + 2);
    EXPECT_EQ(order[1], "ada 0");
    EXPECT_EQ(order[2], "bob");
    EXPECT_EQ(order.back(), "ada " + std::to_string(most_asked - 1));
    ask("ada", "again");
    backing.settle();
    EXPECT_EQ(order.back(), "again");
}

TEST_F(TalkTest, about_a_mail_only_its_visible_recipients_talk) {
    ListeningReader hers;
    ListeningReader his;
    const auto ada_feed = join(ada, ada, hers);
    const auto bob_feed = join(bob, bob, his);
    base::MessageIdGenerator ids(7);
    auto mail = std::make_shared<Note>();
    mail->id = ids.next(clock);
    mail->kind = NoteKind::mail;
    mail->recipients = {{.entity = ada, .address = {}, .domain = {}, .visible = true},
                        {.entity = lab, .address = {}, .domain = {}, .visible = true},
                        {.entity = bob, .address = {}, .domain = {}, .visible = false}};
    backing.store(mail);
    const std::string context = "psyc://chat.example.org/@mail-" + mail->id.text();
    const auto say_there = [&](const Speaker& who, const std::string& where) {
        Refusal got = Refusal::unknown;
        talk.say_about_mail(where, who, "about it", Manner::plain, [&got](Refusal r) { got = r; });
        backing.settle();
        return got;
    };
    EXPECT_EQ(say_there(speaker(ada), context), Refusal::none);
    EXPECT_EQ(hers.shown.back(), "about it");
    EXPECT_EQ(backing.logs[lab].back().note->text, "about it");
    EXPECT_TRUE(his.shown.empty() || his.shown.back() != "about it");
    EXPECT_EQ(backing.logs[bob].size(), 1U);
    EXPECT_EQ(backing.logs[lab].back().note->recipients.size(), 2U);
    EXPECT_EQ(say_there(speaker(bob), context), Refusal::no_member);
    EXPECT_EQ(say_there(far_eve, context), Refusal::no_member);
    EXPECT_EQ(say_there(speaker(ada), "psyc://chat.example.org/@mail-" + ids.next(clock).text()),
              Refusal::no_member);
    EXPECT_EQ(say_there(speaker(ada), "psyc://chat.example.org/@mail-x"), Refusal::unknown);
}

TEST_F(TalkTest, about_a_mail_that_is_elsewhere_alone_its_visible_recipients_talk) {
    base::MessageIdGenerator ids(7);
    const Speaker other{.uniform = "psyc://else.example/~joe", .nick = "joe", .person = 0};
    const auto gone = [&] {
        Note mail;
        mail.id = ids.next(clock);
        mail.kind = NoteKind::mail;
        mail.elsewhere = {far_eve.uniform, other.uniform};
        talk.remember_gone(mail);
        return "psyc://chat.example.org/@mail-" + mail.id.text();
    };
    const auto say_there = [&](const Speaker& who, const std::string& where) {
        Refusal got = Refusal::unknown;
        talk.say_about_mail(where, who, "about it", Manner::plain, [&got](Refusal r) { got = r; });
        backing.settle();
        return got;
    };
    const std::string context = gone();
    EXPECT_EQ(say_there(far_eve, context), Refusal::none);
    EXPECT_EQ(elsewhere.said, std::vector<std::string>{far_eve.uniform + " " +
                                                       base::lowered(context) + " about it"});
    EXPECT_EQ(elsewhere.told, (std::vector<std::string>{far_eve.uniform, other.uniform}));
    EXPECT_EQ(say_there(speaker(ada), context), Refusal::no_member);
    EXPECT_EQ(
        say_there({.uniform = "psyc://far.example/~sam", .nick = "sam", .person = 0}, context),
        Refusal::no_member);
    for (std::size_t i = 0; i < most_gone / 2; ++i) {
        gone();
    }
    EXPECT_EQ(say_there(far_eve, context), Refusal::no_member) << "the oldest is forgotten";
}

TEST_F(TalkTest, writing_to_somebody_makes_him_known) {
    talk.tell(*hub.find(bob), speaker(ada), "hi", Manner::plain, [](Refusal) {});
    EXPECT_TRUE(backing.relations.contains({ada, RelationKind::known, speaker(bob).uniform}));
    EXPECT_FALSE(backing.relations.contains({bob, RelationKind::known, speaker(ada).uniform}));
}

TEST_F(TalkTest, what_comes_twice_from_elsewhere_is_shown_once) {
    ListeningReader hers;
    const auto feed = join(ada, ada, hers);
    for (int i = 0; i < 2; ++i) {
        auto note = std::make_shared<Note>();
        note->text = "once";
        note->recipients.push_back({.entity = ada, .address = {}, .domain = {}, .visible = true});
        bool stored = false;
        talk.deliver(std::move(note), "psyc://far.example/@den 1",
                     [&stored](bool s) { stored = s; });
        backing.settle();
        EXPECT_TRUE(stored);
    }
    EXPECT_EQ(hers.shown.size(), 1U);
}

TEST_F(TalkTest, relations_of_somebody_who_is_gone_are_gone) {
    talk.ask_friendship(*hub.find(ada), far_eve.uniform);
    hub.set_entities({{.id = bob, .kind = EntityKind::person, .name = "bob", .display = "Bob"}});
    EXPECT_TRUE(hub.relations().with(RelationKind::friendship, far_eve.uniform).empty());
    EXPECT_TRUE(hub.relations().of(ada, RelationKind::friendship).empty());
}

} // namespace
} // namespace mailcast::chat
