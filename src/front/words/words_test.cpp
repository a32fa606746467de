// What a person is told when she says a word about her mail.
#include "base/utf8.h"
#include "front/irc/mail.h"
#include "front/test_mail_reading.h"
#include "front/test_node.h"
#include "front/words/words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mailcast::front {
namespace {

using Lines = std::vector<std::string>;

class MemoryMailOut : public chat::MailOut {
  public:
    void write(Letter letter, std::function<void(std::string)> done) override {
        letters.push_back(std::move(letter));
        waiting.push_back([done = std::move(done), why = wrong] { done(why); });
    }

    std::vector<Letter> letters;
    std::vector<std::function<void()>> waiting;
    std::string wrong;
};

class MemoryHeld : public chat::Held {
  public:
    void list(EntityId /*person*/,
              std::function<void(std::optional<std::vector<chat::HeldMail>>)> done) override {
        waiting.push_back([done = std::move(done), found = mails] { done(found); });
    }

    void judge(EntityId person, std::int64_t number, chat::HeldVerdict verdict,
               std::function<void(bool, std::string)> done) override {
        judged.push_back(std::to_string(person) + " " + std::to_string(number) + " " +
                         std::to_string(static_cast<int>(verdict)));
        waiting.push_back([done = std::move(done)] { done(true, "done"); });
    }

    void judge_sender(EntityId person, std::string sender, chat::HeldVerdict verdict,
                      std::function<void(bool, std::string)> done) override {
        judged.push_back(std::to_string(person) + " " + sender + " " +
                         std::to_string(static_cast<int>(verdict)));
        waiting.push_back([done = std::move(done)] { done(true, "done"); });
    }

    std::vector<chat::HeldMail> mails;
    std::vector<std::string> judged;
    std::vector<std::function<void()>> waiting;
};

struct WordsTest : testing::Test, PsycNode {
    WordsTest() { make(true, true); }

    void make(bool mail, bool holds) {
        words = std::make_unique<Words>(Words::Parts{.talk = talk,
                                                     .reading = reading,
                                                     .mail_out = mail ? &mail_out : nullptr,
                                                     .link = {},
                                                     .held = holds ? &held : nullptr});
    }

    base::MessageId add(EntityId to, const std::string& id, const std::string& text) {
        auto note = mail_note({to}, "Lunch", text);
        note->id = *base::MessageId::parse(id);
        note->badge = "external, unverified";
        note->mail.origin = "external";
        note->mail.verdict = "unverified";
        backing.store(note);
        auto read = std::make_shared<chat::MailRead>();
        read->note = note;
        read->text = text;
        read->headers = {"Subject: Lunch", "From: Bea <bea@example.net>"};
        read->trace = {"Received: from mx.example.net by chat.example.org"};
        read->queue_id = "4XyZ";
        read->source = "Subject: Lunch\r\n\r\n\x1B[31m" + text;
        read->source_octets = read->source.size();
        reading.mails[note->id] = read;
        return note->id;
    }

    void settle() {
        for (int i = 0; i < 4; ++i) {
            backing.settle();
            reading.settle();
            for (auto* jobs : {&mail_out.waiting, &held.waiting}) {
                for (const auto& job : std::exchange(*jobs, {})) {
                    job();
                }
            }
        }
    }

    Lines say(const std::string& text, EntityId who = ada) {
        Lines answer = {"(no answer)"};
        words->say(*hub.find(who), text, where, [&](Lines lines) { answer = std::move(lines); });
        settle();
        for (const std::string& line : answer) {
            EXPECT_LE(line.size(), where.line_octets);
            EXPECT_EQ(base::safe_line(line), line);
        }
        return answer;
    }

    static std::string numbered(int from, int to) {
        std::string text;
        for (int i = from; i <= to; ++i) {
            text += "line " + std::to_string(i) + "\n";
        }
        return text;
    }

    MemoryMailReading reading;
    MemoryMailOut mail_out;
    MemoryHeld held;
    Words::Where where;
    std::unique_ptr<Words> words;
};

constexpr const char* first_id = "01JD000000000000000000000A";
constexpr const char* second_id = "01JD000000000000000000000B";

TEST_F(WordsTest, a_word_is_known_by_its_first_word_with_and_without_a_slash) {
    for (const char* text : {"more", "MORE 01JD", "/full x", " help", "set a=b"}) {
        EXPECT_TRUE(Words::knows(text)) << text;
    }
    for (const char* text : {"", "/", "moreover", "hello ada", "01JD"}) {
        EXPECT_FALSE(Words::knows(text)) << text;
    }
    EXPECT_EQ(say("dance"),
              Lines{"there is no word 'dance'; say help, and you are told which there are"});
}

TEST_F(WordsTest, more_goes_on_where_the_mail_ended_and_shows_every_line_once) {
    const auto id = add(ada, first_id, numbered(1, 300));
    IrcMailForm form{.reading = &reading, .hub = &hub};
    Lines shown = irc_mail_lines(*reading.mails[id]->note, form);
    Lines all(shown.begin() + 1, shown.end() - 1);
    EXPECT_EQ(shown.back(), "+262 lines: more " + id.text());
    for (const char* left : {"+162 lines", "+62 lines", ""}) {
        Lines more = say("more " + id.text());
        if (*left != 0) {
            EXPECT_EQ(more.back(), std::string(left) + ": more " + id.text());
            more.pop_back();
        }
        all.insert(all.end(), more.begin(), more.end());
    }
    ASSERT_EQ(all.size(), 300U);
    for (int i = 1; i <= 300; ++i) {
        EXPECT_EQ(all[static_cast<std::size_t>(i) - 1], "line " + std::to_string(i));
    }
    EXPECT_EQ(say("more"), Lines{"that was all of it; full shows it from the beginning"});
}

TEST_F(WordsTest, more_shows_the_quotes_behind_the_words_and_then_the_files) {
    const auto id = add(ada, first_id, "Yes.\n> Shall we?\n> Friday?\n");
    auto note = std::make_shared<chat::Note>(*reading.mails[id]->note);
    note->mail.attachments = {{.name = "menu.pdf", .type = "application/pdf", .size = 1200}};
    reading.mails[id]->note = note;
    where.last = id;
    EXPECT_EQ(say("more"), (Lines{"[2 lines of quotes]", "> Shall we?", "> Friday?"}));
    EXPECT_EQ(say("more"), Lines{"1. menu.pdf, application/pdf, 1.2 KB"});
    EXPECT_EQ(say("quote"), (Lines{"[2 lines of quotes]", "> Shall we?", "> Friday?"}));
    EXPECT_EQ(say("full"), (Lines{"Yes.", "> Shall we?", "> Friday?"}));
}

TEST_F(WordsTest, full_is_bounded_and_says_how_it_goes_on) {
    const auto id = add(ada, first_id, numbered(1, 1500));
    const Lines first = say("full " + id.text());
    ASSERT_EQ(first.size(), Words::full_lines + 1);
    EXPECT_EQ(first.back(), "+500 lines: full " + id.text() + " 1001");
    const Lines second = say("full " + id.text() + " 1001");
    ASSERT_EQ(second.size(), 500U);
    EXPECT_EQ(second.front(), "line 1001");
    EXPECT_EQ(say("full " + id.text() + " 1501"), Lines{"the text has no such line"});
}

TEST_F(WordsTest, only_her_own_mail_and_that_of_places_she_is_in) {
    const auto id = add(bob, first_id, "secret of bob");
    const auto of_lab = add(lab, second_id, "for the lab");
    for (const char* word :
         {"more ", "full ", "files ", "headers ", "quote ", "source ", "why ", "trace "}) {
        EXPECT_EQ(say(word + id.text()), Lines{"there is no such mail"}) << word;
        EXPECT_EQ(say(word + of_lab.text()), Lines{"there is no such mail"}) << word;
    }
    EXPECT_EQ(say("full " + std::string("01JD000000000000000000000C")),
              Lines{"there is no such mail"});
    const auto client = in_lab("ada");
    EXPECT_EQ(say("full " + of_lab.text()), Lines{"for the lab"});
    EXPECT_EQ(say("full " + id.text(), bob), Lines{"secret of bob"});
}

TEST_F(WordsTest, without_an_id_the_mail_shown_last_is_meant_and_a_part_of_one_is_enough) {
    const auto id = add(ada, first_id, "one");
    const auto other = add(ada, second_id, "two");
    EXPECT_EQ(say("full"), Lines{"no mail was shown here yet; mails lists the newest"});
    where.last = other;
    EXPECT_EQ(say("full"), Lines{"two"});
    EXPECT_EQ(say("full 000A"), Lines{"one"});
    EXPECT_EQ(say("full 01jd..."), Lines{"several mails begin like that; say more of the id"});
    EXPECT_EQ(say("full 01JE"), Lines{"there is no such mail"});
    where.last = id;
    EXPECT_EQ(say("mails").size(), 2U);
}

TEST_F(WordsTest, the_outside_of_a_mail_is_shown_without_controls) {
    const auto id = add(ada, first_id, "text");
    where.last = id;
    EXPECT_EQ(say("headers"), (Lines{"Subject: Lunch", "From: Bea <bea@example.net>"}));
    EXPECT_EQ(say("source"), (Lines{"Subject: Lunch", "[31mtext"}));
    EXPECT_EQ(say("trace"), (Lines{id.text() + " came at 2026-11-23T12:00:00Z",
                                   "queue id of the mail server: 4XyZ",
                                   "Received: from mx.example.net by chat.example.org"}));
    EXPECT_EQ(say("why"), (Lines{"It came from outside, sent by <bea@example.net>.",
                                 "Verdict: external, unverified.",
                                 "For you (~Ada@example.org): your rule senders=any lets everybody "
                                 "write."}));
    EXPECT_EQ(say("files"), Lines{"nothing is attached to this mail"});
    EXPECT_EQ(say("quote"), Lines{"nothing was left out of this mail"});
}

TEST_F(WordsTest, reply_and_mail_reach_mail_out) {
    const auto id = add(ada, first_id, "text");
    EXPECT_EQ(
        say("reply hello"),
        Lines{"no mail was shown here yet; mails lists the newest, and reply ID TEXT answers one"});
    where.last = id;
    EXPECT_EQ(say("reply one is fine"), Lines{"your answer to " + id.text() + " is on its way"});
    EXPECT_EQ(say("reply " + id.text() + " two"),
              Lines{"your answer to " + id.text() + " is on its way"});
    EXPECT_EQ(say("reply " + id.text()), Lines{"reply [ID] TEXT: say what to answer"});
    EXPECT_EQ(say("mail bea@example.net Lunch | at one?"),
              Lines{"your mail to bea@example.net is on its way"});
    EXPECT_EQ(say("mail bea|example_net hello"),
              Lines{"your mail to bea@example.net is on its way"});
    EXPECT_EQ(say("mail bea@example.net Subject\nfirst\nsecond"),
              Lines{"your mail to bea@example.net is on its way"});
    // What is no octet of an address does not get into one, in either spelling.
    EXPECT_EQ(say("mail bea@example.net\rDATA hello"),
              Lines{"your mail to bea@example.net DATA is on its way"});
    EXPECT_EQ(say("mail bea|example_net\rDATA hello"),
              Lines{"your mail to bea@example.net DATA is on its way"});
    EXPECT_EQ(say("mail bea"), Lines{"mail ADDRESS TEXT, or mail ADDRESS SUBJECT | TEXT"});
    ASSERT_EQ(mail_out.letters.size(), 7U);
    EXPECT_EQ(mail_out.letters[0].answers, id);
    EXPECT_EQ(mail_out.letters[0].text, "one is fine");
    EXPECT_EQ(mail_out.letters[1].text, "two");
    EXPECT_EQ(mail_out.letters[2].subject, "Lunch");
    EXPECT_EQ(mail_out.letters[2].text, "at one?");
    EXPECT_EQ(mail_out.letters[3].address, "bea@example.net");
    EXPECT_EQ(mail_out.letters[4].subject, "Subject");
    EXPECT_EQ(mail_out.letters[4].text, "first\nsecond");
    mail_out.wrong = "no smarthost";
    EXPECT_EQ(say("reply x"), Lines{"your answer was not taken: no smarthost"});
    make(false, false);
    EXPECT_EQ(say("reply x"), Lines{"mail does not go out from here"});
}

TEST_F(WordsTest, rules_are_shown_and_set_by_who_may) {
    EXPECT_EQ(say("rules"),
              Lines{"no rules: every mail is let in; help set tells which there are"});
    reading.rules_of[ada] = {"senders=known", "max_lines=5"};
    EXPECT_EQ(say("rules"), (Lines{"senders=known", "max_lines=5"}));
    EXPECT_EQ(say("rules #lab"), Lines{"you are in no such place"});
    EXPECT_EQ(say("set senders=internal"), Lines{"senders=internal"});
    EXPECT_EQ((backing.rules[{ada, "senders"}]), "internal");
    EXPECT_EQ(say("set colour=red"), Lines{"there is no rule 'colour'"});
    EXPECT_EQ(say("set senders"), Lines{"set [#PLACE] KEY=VALUE...; help set tells the keys"});
    EXPECT_EQ(say("set #lab senders=none"),
              Lines{"only an owner of the place may change its rules"});
    EXPECT_EQ(say("set #lab senders=none", cyd), Lines{"senders=none"});
    EXPECT_EQ(say("set #nowhere a=b"), Lines{"there is no such place"});
    // As on the command line.
    for (const char* self : {"~ada", "psyc://chat.example.org/~ada"}) {
        backing.rules.clear();
        EXPECT_EQ(say(std::string("set ") + self + " senders=none"), Lines{"senders=none"});
        EXPECT_EQ((backing.rules[{ada, "senders"}]), "none");
    }
    for (const char* place : {"*lab", "@lab", "psyc://chat.example.org/@lab"}) {
        backing.rules.clear();
        EXPECT_EQ(say(std::string("set ") + place + " senders=none", cyd), Lines{"senders=none"});
        EXPECT_EQ((backing.rules[{lab, "senders"}]), "none");
    }
    EXPECT_EQ(say("set ~bob senders=none"), Lines{"these are the rules of somebody else"});
    EXPECT_EQ(say("set psyc://elsewhere.example/~ada senders=none"),
              Lines{"there is no such place"});
    reading.rules_of[bob] = {"senders=known"};
    EXPECT_EQ(say("rules ~bob"), Lines{"you are in no such place"});
    EXPECT_EQ(say("rules ~ada"), (Lines{"senders=known", "max_lines=5"}));
}

TEST_F(WordsTest, held_mail_is_judged_by_its_number_or_when_it_is_the_only_one) {
    EXPECT_EQ(say("held"), Lines{"no mail is held"});
    EXPECT_EQ(say("accept"), Lines{"no mail is held"});
    held.mails = {{.number = 7,
                   .sender = "eve@example.net",
                   .source_name = "Eve",
                   .badge = "external, unverified",
                   .subject = "Hello",
                   .size = 1200}};
    EXPECT_EQ(say("held"), (Lines{"7. Eve <eve@example.net>, 1.2 KB [external, unverified] Hello",
                                  "say accept, always or never, and the number"}));
    EXPECT_EQ(say("accept"), Lines{"done"});
    EXPECT_EQ(say("always 7"), Lines{"done"});
    EXPECT_EQ(say("never eve@example.net"), Lines{"done"});
    EXPECT_EQ(held.judged, (std::vector<std::string>{"1 7 0", "1 7 1", "1 eve@example.net 2"}));
    held.mails.push_back(held.mails.front());
    EXPECT_EQ(say("never"),
              Lines{"several mails are held: held lists them, then say never and the number"});
}

TEST_F(WordsTest, where_nothing_is_held_always_and_never_are_the_rule_senders) {
    make(true, false);
    EXPECT_EQ(say("held"), Lines{"no mail is held"});
    EXPECT_EQ(say("always bea@example.net"),
              Lines{"everybody may write to you already (senders=any)"});
    EXPECT_TRUE(say("never bea@example.net").front().starts_with("everybody may write to you"));
    reading.rules_of[ada] = {"senders=known,eve@example.net"};
    EXPECT_EQ(say("always bea@example.net"),
              Lines{"senders=known,eve@example.net,bea@example.net"});
    EXPECT_EQ(say("never eve@example.net"), Lines{"senders=known"});
}

TEST_F(WordsTest,
       more_questions_than_can_wait_are_refused_and_a_client_that_is_gone_is_answered_to_nobody) {
    const auto id = add(ada, first_id, "text");
    std::size_t answers = 0;
    Lines last;
    for (std::size_t i = 0; i < Words::most_waiting + 1; ++i) {
        words->say(*hub.find(ada), "full " + id.text(), where, [&](Lines lines) {
            ++answers;
            last = std::move(lines);
        });
    }
    EXPECT_EQ(answers, 1U);
    EXPECT_EQ(last, Lines{"one moment: you have asked for more than was found yet"});
    words.reset();
    settle();
    EXPECT_EQ(answers, 1U);
}

TEST_F(WordsTest, help_names_every_word_and_explains_one) {
    const Lines all = say("help");
    EXPECT_GT(all.size(), 18U);
    EXPECT_EQ(say("help trace"), (Lines{"trace [ID]", "shows the way a mail took"}));
    for (const char* word : {"more", "full", "files", "headers", "quote", "source", "reply", "mail",
                             "why", "trace", "accept", "always", "never", "set", "rules", "help"}) {
        EXPECT_TRUE(std::ranges::any_of(
            all, [&](const std::string& line) { return line.starts_with(word); }));
    }
}

TEST_F(WordsTest, whatever_is_said_is_answered_with_safe_lines) {
    for (const std::string& text :
         {std::string("more \x01\x02"), std::string("full ") + std::string(31'000, 'x'),
          std::string("set \r\n=\r\n"), std::string("\xFF\xFE"), std::string("help \x1B"),
          std::string(40'000, 'y'), std::string("mail a@b\n"),
          std::string("quote 99999999999999999999"), std::string("accept -1"),
          std::string("set #=x"), std::string("rules @")}) {
        EXPECT_FALSE(say(text).empty());
    }
}

} // namespace
} // namespace mailcast::front
