#include "delivery/twin.h"
#include "mime/message.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::delivery {
namespace {

const std::string head = "From: Bea <bea@example.net>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
                         "Message-ID: <1@example.net>\r\n";
const std::string direct = "To: dev@lists.example.net, ada@example.org\r\nSubject: plan\r\n";
const std::string listed = "To: dev@lists.example.net, ada@example.org\r\nSubject: [dev] plan\r\n"
                           "List-Id: Developers <dev.lists.example.net>\r\nPrecedence: list\r\n";
const std::string text = "\r\nHere it is.\r\n\r\n-- \r\nBea\r\n";
const std::string footer = "_______________________________________________\r\n"
                           "dev mailing list\r\nhttps://lists.example.net/dev\r\n";

std::optional<Twin> twin(const std::string& mail) {
    return twin_of(read(mime::parse(mail)));
}

TEST(Twin, a_list_s_tag_footer_and_fields_do_not_matter) {
    const auto by_list = twin(head + listed + text + footer);
    const auto by_hand = twin(head + direct + text);
    ASSERT_TRUE(by_list && by_hand);
    EXPECT_EQ(by_list->name, by_hand->name);
    EXPECT_EQ(by_list->path, "by list dev.lists.example.net");
    EXPECT_EQ(by_hand->path, "directly");
    EXPECT_EQ(twin(head + listed + text)->name, by_hand->name) << "a list without a footer";
}

TEST(Twin, another_text_author_date_or_id_is_another_message) {
    const std::string name = twin(head + direct + text)->name;
    EXPECT_NE(twin(head + direct + "\r\nHere it is not.\r\n")->name, name);
    EXPECT_NE(twin(head + direct + text + "PS: one more thing\r\n")->name, name);
    for (const auto& [from, to] :
         {std::pair{"bea@", "eve@"}, std::pair{"12:00", "12:01"}, std::pair{"<1@", "<2@"}}) {
        std::string other = head;
        other.replace(other.find(from), std::string(from).size(), to);
        other += direct;
        other += text;
        EXPECT_NE(twin(other)->name, name) << to;
    }
}

TEST(Twin, what_is_no_footer_of_a_list_stays) {
    const std::string name = twin(head + listed + text)->name;
    EXPECT_NE(twin(head + listed + text + "____________________\r\nRead this, too.\r\n")->name,
              name);
    EXPECT_EQ(without_list_footer("a\n-- \nBea\n", "dev.x"), "a\n-- \nBea");
    EXPECT_EQ(without_list_footer("a\n-- \nTo unsubscribe, write\n", "x"), "a");
    EXPECT_EQ(without_list_footer("", "x"), "");
    EXPECT_EQ(without_list_footer("-- \nunsubscribe", "x"), "");
    const std::string long_footer = "a\n-- \nunsubscribe\n" + std::string(3000, 'x');
    EXPECT_EQ(without_list_footer(long_footer, "x"), long_footer);
}

TEST(Twin, some_mails_can_have_none) {
    EXPECT_FALSE(twin(head + "To: ada@example.org\r\n" + text)) << "one address, no list";
    EXPECT_FALSE(twin("From: a@b\r\n" + listed + text)) << "no Message-ID";
    EXPECT_FALSE(twin(head + listed + "Content-Type: text/html\r\n\r\n<p>Here it is.</p>\r\n"));
    EXPECT_FALSE(twin(head + listed +
                      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                      "--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf\r\n"
                      "Content-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n"));
}

} // namespace
} // namespace mailcast::delivery
