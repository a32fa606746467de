#include "mime/message_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::mime {
namespace {

TEST(MessageId, one_id_without_brackets_and_blanks) {
    struct Case {
        const char* raw;
        const char* id;
    };

    for (const Case& c : std::vector<Case>{{" <a@b> ", "a@b"},
                                           {"<a@\r\n b>", "a@b"},
                                           {"< a @ b >", "a@b"},
                                           {"<1   @   a(c)  .b >", "1@a.b"},
                                           {"<a(c)@b>", "a(c)@b"},
                                           {"a@b", "a@b"},
                                           {"<a@b", "a@b"},
                                           {"<\"a b\"@c>", "\"a b\"@c"},
                                           {"<\"a b@c>", "\"ab@c"},
                                           {"<> <a@b>", "a@b"},
                                           {"<a@b> (added by x)", "a@b"},
                                           {"\"x\" <no-at>", "no-at"},
                                           {"", ""},
                                           {"<>", ""}}) {
        EXPECT_EQ(parse_message_id(c.raw), c.id) << c.raw;
    }
}

// An id without white space and brackets is copied; a fold within it makes it go the long way.
TEST(MessageId, a_fold_within_changes_nothing) {
    std::mt19937_64 random{21};
    constexpr std::string_view octets = "ab@.1\"'=?\\,;:\x7F\xC3\xBC\x01";
    for (int i = 0; i < 5'000; ++i) {
        std::string id(2 + random() % 100, ' ');
        const std::size_t kinds = i % 3 == 0 ? octets.size() : octets.size() - 4;
        std::ranges::generate(id, [&] { return octets[random() % kinds]; });
        std::string folded = id;
        folded.insert(1 + random() % (id.size() - 1), "\r\n\t");
        EXPECT_EQ(parse_message_id('<' + id + '>'), parse_message_id('<' + folded + '>')) << id;
    }
}

TEST(MessageId, lists_in_old_and_new_spelling) {
    using Ids = std::vector<std::string>;
    EXPECT_EQ(parse_message_ids(" <a@b>\r\n\t<c@d><e@f>"), (Ids{"a@b", "c@d", "e@f"}));
    EXPECT_EQ(parse_message_ids("Your message of \"Mon\" <a@b>, x"), (Ids{"a@b"}));
    EXPECT_EQ(parse_message_ids("a@b, c@d no"), (Ids{"a@b", "c@d"}));
    EXPECT_EQ(parse_message_ids(""), Ids{});
}

TEST(MessageId, a_very_long_thread_keeps_its_last_id) {
    std::string raw;
    for (int i = 0; i < 3'000; ++i) {
        raw += "<" + std::to_string(i) + "@x>";
    }
    const auto ids = parse_message_ids(raw);
    EXPECT_EQ(ids.size(), max_message_ids);
    EXPECT_EQ(ids.front(), "0@x");
    EXPECT_EQ(ids.back(), "2999@x");
}

} // namespace
} // namespace mailcast::mime
