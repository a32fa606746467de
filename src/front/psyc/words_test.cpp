// The words about mail as commands of a PSYC client: what reaches the held mails and the reading of mail, and what she is told.
#include "front/test_mail_reading.h"
#include "front/test_node.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mailcast::front {
namespace {

class MemoryHeld : public chat::Held {
  public:
    void list(chat::EntityId /*person*/,
              std::function<void(std::optional<std::vector<chat::HeldMail>>)> done) override {
        done(mails);
    }

    void judge(chat::EntityId /*person*/, std::int64_t number, chat::HeldVerdict verdict,
               std::function<void(bool good, std::string line)> done) override {
        judged.push_back(std::to_string(number) + " " + std::to_string(static_cast<int>(verdict)));
        done(true, "done with " + std::to_string(number));
    }

    void judge_sender(chat::EntityId /*person*/, std::string sender, chat::HeldVerdict verdict,
                      std::function<void(bool good, std::string line)> done) override {
        judged.push_back(sender + " " + std::to_string(static_cast<int>(verdict)));
        done(true, "done with " + sender);
    }

    std::vector<chat::HeldMail> mails;
    std::vector<std::string> judged;
};

struct PsycWordsTest : testing::Test, PsycNode {
    PsycWordsTest() {
        entities.set_words(&reading, &held);
        held.mails = {{.number = 7,
                       .received = {},
                       .kept_until = {},
                       .sender = "bea@example.net",
                       .source_name = "Bea",
                       .badge = "external, unverified",
                       .subject = "hi [_nick]",
                       .size = 900}};
    }

    MemoryMailReading reading;
    MemoryHeld held;
};

const std::string to_ada = ":_target\tpsyc://chat.example.org/~ada\n";

} // namespace

TEST_F(PsycWordsTest, held_mail_is_seen_and_judged_by_command) {
    const auto client = linked("ada");
    const auto tell = [&](const std::string& line) {
        return say(*client, to_ada + "_request_execute\n" + line + "\n.\n");
    };
    const std::string list = tell("held");
    EXPECT_NE(list.find("_info_mail"), std::string::npos) << list;
    EXPECT_NE(list.find("7. Bea <bea@example.net>"), std::string::npos) << list;
    EXPECT_NE(list.find("hi [_nick]"), std::string::npos) << "as it was written, in a variable";
    EXPECT_NE(tell("accept 7").find("done with 7"), std::string::npos);
    tell("/always 7");
    tell("never eve@example.com");
    say(*client, to_ada + "\n:_number\t7\n_request_do_accept\n.\n");
    EXPECT_EQ(held.judged, (std::vector<std::string>{"7 0", "7 1", "eve@example.com 2", "7 0"}));
}

TEST_F(PsycWordsTest, rules_are_told_and_mail_that_is_not_hers_is_unknown) {
    const auto client = linked("ada");
    reading.rules_of[hub.find(chat::EntityKind::person, "ada")->id] = {"senders=known",
                                                                       "otherwise=hold"};
    const std::string rules = say(*client, to_ada + "_request_execute\nrules\n.\n");
    EXPECT_NE(rules.find("senders=known\n\totherwise=hold"), std::string::npos) << rules;
    say(*client, to_ada + "_request_execute\nfull 01jd8q3v7n0000000000000000\n.\n");
    reading.settle();
    const std::string unknown = say(*client, "");
    EXPECT_NE(unknown.find("_info_mail"), std::string::npos) << unknown;
}

TEST_F(PsycWordsTest, help_names_each_command_once) {
    const auto client = linked("ada");
    const std::string help = say(*client, to_ada + "_request_execute\nhelp\n.\n");
    for (const char* usage : {"/held", "/accept NUMBER", "/always NUMBER or ADDRESS",
                              "/never NUMBER or ADDRESS", "/mail ADDRESS TEXT", "/reply ID TEXT"}) {
        const std::size_t at = help.find(usage);
        ASSERT_NE(at, std::string::npos) << usage;
        EXPECT_EQ(help.find(usage, at + 1), std::string::npos) << usage;
    }
}

} // namespace mailcast::front
