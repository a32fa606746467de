// Persons who write mail with their clients: what reaches MailOut, and what they are told.
#include "base/utf8.h"
#include "front/test_node.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {
namespace {

class MemoryMailOut : public chat::MailOut {
  public:
    void write(Letter letter, std::function<void(std::string)> done) override {
        letters.push_back(std::move(letter));
        done(trouble);
    }

    std::vector<Letter> letters;
    std::string trouble;
};

struct PsycMailOutTest : testing::Test, PsycNode {
    PsycMailOutTest() { entities.set_mail_out(&mail_out); }

    MemoryMailOut mail_out;
};

const std::string to_ada = ":_target\tpsyc://chat.example.org/~ada\n";

struct Way {
    const char* name;
    std::string packet;
    std::string address;
    std::string subject;
    std::string text;
    bool answers;
};

} // namespace

TEST_F(PsycMailOutTest, every_way_to_write_leads_to_the_same_letter) {
    const std::string id = "01jd8q3v7n0000000000000000";
    for (const Way& way : std::vector<Way>{
             {"message to a mailto uniform",
              ":_target\tmailto:bea@example.net\n\n:_subject\thi\n_message_private\nat nine?\n.\n",
              "bea@example.net", "hi", "at nine?", false},
             {"the first of several lines is the subject",
              ":_target\tmailto:bea@example.net\n_message_private\nlunch\nat nine?\n.\n",
              "bea@example.net", "lunch", "at nine?", false},
             {"command line", to_ada + "_request_execute\nmail bea@example.net at nine?\n.\n",
              "bea@example.net", "", "at nine?", false},
             {"input line", to_ada + "_request_input\n/msg mailto:bea@example.net at nine?\n.\n",
              "bea@example.net", "", "at nine?", false},
             {"request",
              to_ada +
                  "\n:_person\tbea@example.net\n:_subject\thi\n_request_do_mail\nat nine?\n.\n",
              "bea@example.net", "hi", "at nine?", false},
             {"answer by id", to_ada + "_request_execute\nreply " + id + " yes\n.\n", "", "", "yes",
              true},
             {"answer by context",
              to_ada + "_request_input\n/reply psyc://chat.example.org/@mail-" + id + " yes\n.\n",
              "", "", "yes", true},
             {"answer as a request",
              to_ada + "\n:_ID_mail\t" + id + "\n_request_do_reply\nyes\n.\n", "", "", "yes", true},
         }) {
        SCOPED_TRACE(way.name);
        mail_out.letters.clear();
        const auto client = linked("ada");
        const std::string answer = say(*client, way.packet);
        ASSERT_EQ(mail_out.letters.size(), 1U) << answer;
        const chat::MailOut::Letter& letter = mail_out.letters.front();
        EXPECT_EQ(letter.person, ada);
        EXPECT_EQ(letter.address, way.address);
        EXPECT_EQ(letter.subject, way.subject);
        EXPECT_EQ(letter.text, way.text);
        EXPECT_EQ(letter.answers.has_value(), way.answers);
        EXPECT_NE(answer.find("\n_echo_mail\n"), std::string::npos) << answer;
    }
}

TEST_F(PsycMailOutTest, what_is_no_text_does_not_become_a_letter) {
    const auto client = linked("ada");
    say(*client, to_ada + "\n:_person\tbea@example.net\n:_subject\thi\xDD\n_request_do_mail\nat "
                          "\xDDnine\x07?\n.\n");
    ASSERT_EQ(mail_out.letters.size(), 1U);
    EXPECT_EQ(mail_out.letters.front().subject, base::safe_line("hi\xDD"));
    EXPECT_EQ(mail_out.letters.front().text, base::safe_text("at \xDDnine\x07?"));
}

TEST_F(PsycMailOutTest, what_goes_wrong_is_told_with_its_reason) {
    const auto client = linked("ada");
    mail_out.trouble = "no smarthost is configured";
    const std::string refused =
        say(*client, to_ada + "_request_execute\nmail bea@example.net hello\n.\n");
    EXPECT_NE(refused.find(":_reason\tno smarthost is configured\n_failure_mail\n"),
              std::string::npos)
        << refused;
    const std::string nothing =
        say(*client, to_ada + "_request_execute\nmail bea@example.net\n.\n");
    EXPECT_NE(nothing.find("\n_error_necessary_text\n"), std::string::npos) << nothing;
    const std::string unknown = say(*client, to_ada + "_request_execute\nreply nothing yes\n.\n");
    EXPECT_NE(unknown.find("\n_error_unknown_mail\n"), std::string::npos) << unknown;
    EXPECT_EQ(mail_out.letters.size(), 1U);
    entities.set_mail_out(nullptr);
    const std::string impossible =
        say(*client, to_ada + "_request_execute\nmail bea@example.net hello\n.\n");
    EXPECT_NE(impossible.find("\n_failure_unsupported_mail\n"), std::string::npos) << impossible;
}

TEST_F(PsycMailOutTest, who_is_not_linked_writes_nothing) {
    const auto client = connect();
    say(*client, ".\n");
    const std::string answer =
        say(*client, ":_target\tmailto:bea@example.net\n_message_private\nspam\n.\n");
    EXPECT_TRUE(mail_out.letters.empty());
    EXPECT_EQ(answer.find("_echo_mail"), std::string::npos) << answer;
}

} // namespace mailcast::front
