#include "store/packing.h"

#include <gtest/gtest.h>

namespace mailcast::store {

namespace {

chat::Note full_note() {
    chat::Note note;
    note.kind = chat::NoteKind::mail;
    note.badge = "external";
    note.context = "psyc://host/@4711";
    note.mail.envelope_from = "bea@example.net";
    note.mail.from_name = std::string(200, 'n');
    note.mail.message_id = "1@example.net";
    note.mail.size = ~0ULL;
    note.mail.text_lines = 12;
    note.mail.text_cut = true;
    note.elsewhere = {"psyc://there.example/~bea", "psyc://there.example/@lab"};
    note.mail.attachments = {{"a.pdf", "application/pdf", 300, false}, {"", "", 0, true}};
    return note;
}

} // namespace

TEST(PackingTest, what_is_packed_comes_back) {
    const std::vector<chat::Addressed> recipients{{1, "ada@example.org", "example.org", true},
                                                  {1LL << 40,
                                                   "bob@B\xc3\xbc"
                                                   "cher.example",
                                                   "xn--bcher-kva.example", false},
                                                  {3, "postmaster", "", false}};
    const std::vector<bool> entered{true, false, true};
    const auto unpacked = unpack_recipients(pack_recipients(recipients, entered));
    ASSERT_TRUE(unpacked);
    EXPECT_EQ(unpacked->recipients, recipients);
    EXPECT_EQ(unpacked->entered, entered);

    const chat::Note note = full_note();
    chat::Note read;
    read.kind = note.kind;
    ASSERT_TRUE(unpack_details(pack_details(note), read));
    EXPECT_EQ(read.mail, note.mail);
    EXPECT_EQ(read.badge, note.badge);
    EXPECT_EQ(read.context, note.context);
    EXPECT_EQ(read.elsewhere, note.elsewhere);

    const std::vector<std::string> strings{"", "a", std::string(1000, 'b'), std::string("\0", 1)};
    EXPECT_EQ(unpack_strings(pack_strings(strings)), strings);
    const std::vector<chat::EntityId> entities{1, 127, 128, 1LL << 62};
    EXPECT_EQ(unpack_entities(pack_entities(entities)), entities);
}

TEST(PackingTest, a_recipient_of_a_large_mail_takes_a_few_dozen_octets) {
    std::vector<chat::Addressed> recipients;
    for (int i = 0; i < 100; ++i) {
        recipients.push_back(
            {10'000 + i, "nick" + std::to_string(i) + "@example.org", "example.org", true});
    }
    EXPECT_LT(pack_recipients(recipients, std::vector<bool>(100, true)).size(), 100U * 24);
}

TEST(PackingTest, a_blob_that_is_cut_or_longer_is_refused) {
    const std::string packed[] = {
        pack_recipients({{1, "ada@example.org", "x", true}, {2, "b@c", "c", false}}, {true, true}),
        pack_details(full_note()), pack_strings({"one", "two"}), pack_entities({1, 300, 5})};
    for (std::size_t kind = 0; kind < std::size(packed); ++kind) {
        const auto is_read = [kind](std::string_view blob) {
            chat::Note note;
            note.kind = chat::NoteKind::mail;
            switch (kind) {
            case 0:
                return unpack_recipients(blob).has_value();
            case 1:
                return unpack_details(blob, note);
            case 2:
                return unpack_strings(blob).has_value();
            default:
                return unpack_entities(blob).has_value();
            }
        };
        EXPECT_TRUE(is_read(packed[kind]));
        for (std::size_t cut = 0; cut < packed[kind].size(); ++cut) {
            EXPECT_FALSE(is_read(std::string_view(packed[kind]).substr(0, cut)))
                << kind << " " << cut;
        }
        EXPECT_FALSE(is_read(packed[kind] + "x")) << kind;
        std::string other_version = packed[kind];
        other_version[0] = 2;
        EXPECT_FALSE(is_read(other_version)) << kind;
        // Any octet changed to any value: an answer, whatever it is, and no more memory than the blob allows.
        for (std::size_t at = 1; at < packed[kind].size(); ++at) {
            for (int value = 0; value < 256; value += 5) {
                std::string changed = packed[kind];
                changed[at] = static_cast<char>(value);
                (void)is_read(changed);
            }
        }
    }
}

TEST(PackingTest, a_count_that_cannot_be_true_is_refused_before_memory_is_taken) {
    const std::string huge("\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10);
    EXPECT_FALSE(unpack_strings(huge));
    EXPECT_FALSE(unpack_recipients(huge));
    EXPECT_FALSE(unpack_entities(huge));
}

} // namespace mailcast::store
