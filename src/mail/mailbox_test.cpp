#include "base/ascii.h"
#include "mail/mailbox.h"
#include "mail/status.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::mail {
namespace {

using enum AddressError;

std::string repeated(std::size_t count, char c) {
    return std::string(count, c);
}

// A domain of exactly `size` octets, of labels of at most 63.
std::string domain_of(std::size_t size) {
    std::string out;
    while (out.size() + 64 <= size) {
        out += repeated(63, 'd') + '.';
    }
    out += repeated(size - out.size(), 'e');
    if (out.ends_with('.')) {
        out.back() = 'e';
        out[out.size() - 3] = '.';
    }
    return out;
}

TEST(Path, is_read_as_rfc_5321_says) {
    struct Row {
        std::string path;
        std::string local;
        std::string domain;
        std::string text;
        std::string rest = {};
    };

    const std::vector<Row> rows = {
        {"<ada@example.org>", "ada", "example.org", "ada@example.org"},
        {"<ada@example.org> SIZE=1", "ada", "example.org", "ada@example.org", " SIZE=1"},
        {"<Ada.B+c@EXAMPLE.Org>", "Ada.B+c", "example.org", "Ada.B+c@example.org"},
        {"<*lab@example.org>", "*lab", "example.org", "*lab@example.org"},
        {"<~ada@example.org>", "~ada", "example.org", "~ada@example.org"},
        {"<!#$%&'*+-/=?^_`{|}~@x>", "!#$%&'*+-/=?^_`{|}~", "x", "!#$%&'*+-/=?^_`{|}~@x"},
        {"<\"a b\"@x>", "a b", "x", "\"a b\"@x"},
        {"<\"a> BODY=7BIT\"@x> X", "a> BODY=7BIT", "x", "\"a> BODY=7BIT\"@x", " X"},
        {"<\"a@b\"@x>", "a@b", "x", "\"a@b\"@x"},
        {"<\"a\\\"\\\\b\"@x>", "a\"\\b", "x", "\"a\\\"\\\\b\"@x"},
        {"<\"plain\"@x>", "plain", "x", "plain@x"},
        {"<\"\\p\\l\"@x>", "pl", "x", "pl@x"},
        {"<\"a..b\"@x>", "a..b", "x", "\"a..b\"@x"},
        {"<\"\"@x>", "", "x", "\"\"@x"},
        {"<@hop.example,@[192.0.2.1]:ada@x>", "ada", "x", "ada@x"},
        {"<@hop.example:ada@x>", "ada", "x", "ada@x"},
        {"<ada@[192.0.2.1]>", "ada", "[192.0.2.1]", "ada@[192.0.2.1]"},
        {"<ada@[192.000.02.001]>", "ada", "[192.0.2.1]", "ada@[192.0.2.1]"},
        {"<ada@[IPv6:2001:DB8:0:0::1]>", "ada", "[ipv6:2001:db8::1]", "ada@[ipv6:2001:db8::1]"},
        {"<ada@[IPv6:::ffff:192.0.2.1]>", "ada", "[ipv6:::ffff:192.0.2.1]",
         "ada@[ipv6:::ffff:192.0.2.1]"},
        {"<ada@[x-Tag:a>b]>", "ada", "[x-tag:a>b]", "ada@[x-tag:a>b]"},
        {"<ada@under_score.example>", "ada", "under_score.example", "ada@under_score.example"},
        {"<ada@r3---sn.example>", "ada", "r3---sn.example", "ada@r3---sn.example"},
        {"<ada@example.org.>", "ada", "example.org", "ada@example.org"},
        {"<ada@XN--MNCHEN-3YA.example>", "ada", "xn--mnchen-3ya.example",
         "ada@xn--mnchen-3ya.example"},
        {"<>", "", "", ""},
        {"<PostMaster>", "PostMaster", "", "PostMaster"},
    };
    const AddressOptions options{.null_path = true, .bare_postmaster = true};
    for (const Row& row : rows) {
        std::string_view rest;
        const auto mailbox = parse_path(row.path, options, rest);
        ASSERT_TRUE(mailbox) << row.path << ": " << describe(mailbox.error());
        EXPECT_EQ(mailbox->local, row.local) << row.path;
        EXPECT_EQ(mailbox->domain, row.domain) << row.path;
        EXPECT_EQ(mailbox->text(), row.text) << row.path;
        // What is not built is compared as if it were.
        const std::string text = mailbox->text();
        std::vector<std::string> others = {text, text + 'x', base::lowered(text),
                                           mailbox->local + '@' + mailbox->domain};
        for (std::size_t at = 0; at < text.size(); ++at) {
            others.push_back(std::string(text).replace(at, 1, "x"));
            others.push_back(std::string(text).erase(at, 1));
        }
        for (const std::string& other : others) {
            EXPECT_EQ(mailbox->is_spelled(other), base::iequals(other, text)) << other;
        }
        EXPECT_EQ(rest, row.rest) << row.path;
    }
}

TEST(Path, what_is_none_is_refused) {
    const std::vector<std::string> rows = {"",
                                           "<",
                                           ">",
                                           "ada@x",
                                           "<ada",
                                           "<ada@",
                                           "<ada@>",
                                           "<@x>",
                                           "<ada>",
                                           "<ada@x",
                                           " <ada@x>",
                                           "<ada @x>",
                                           "<ada@ x>",
                                           "<ada@x >",
                                           "<.ada@x>",
                                           "<ada.@x>",
                                           "<a..b@x>",
                                           "<a(b)@x>",
                                           "<a,b@x>",
                                           "<a@b@x>",
                                           "<\"a@x>",
                                           "<\"a\"b@x>",
                                           "<\"a\\",
                                           "<\"a\\\"@x>",
                                           "<\"a\tb\"@x>",
                                           std::string("<\"a\0b\"@x>", 9),
                                           std::string("<a@x\0y>", 7),
                                           "<ada@-x>",
                                           "<ada@x->",
                                           "<ada@x..y>",
                                           "<ada@.x>",
                                           "<ada@.>",
                                           "<ada@x..>",
                                           "<ada@a b>",
                                           "<ada@a!b>",
                                           "<ada@[]>",
                                           "<ada@[192.0.2]>",
                                           "<ada@[192.0.2.256]>",
                                           "<ada@[192.0.2.1.]>",
                                           "<ada@[1922.0.2.1]>",
                                           "<ada@[192.0.2.1>",
                                           "<ada@[192.0.2.1]x>",
                                           "<ada@[IPv6:]>",
                                           "<ada@[IPv6:1::2::3]>",
                                           "<ada@[IPv6:12345::]>",
                                           "<ada@[-:x]>",
                                           "<ada@[x-:x]>",
                                           "<ada@[tag:]>",
                                           "<ada@[tag:a b]>",
                                           "<ada@[tag:a[b]>",
                                           "<@hop.example ada@x>",
                                           "<@hop.example,ada@x>",
                                           "<@:ada@x>",
                                           "<@hop:>",
                                           "<@hop,:ada@x>",
                                           "<postmaster@>"};
    const AddressOptions options{.utf8 = true, .null_path = true, .bare_postmaster = true};
    for (const std::string& row : rows) {
        std::string_view rest = "untouched";
        const auto mailbox = parse_path(row, options, rest);
        EXPECT_FALSE(mailbox) << row;
        EXPECT_EQ(rest, "untouched") << row;
    }
}

TEST(Path, null_and_bare_postmaster_only_where_allowed) {
    std::string_view rest;
    EXPECT_FALSE(parse_path("<>", {.bare_postmaster = true}, rest));
    EXPECT_FALSE(parse_path("<postmaster>", {.null_path = true}, rest));
    EXPECT_FALSE(parse_path("<abuse>", {.bare_postmaster = true}, rest));
    EXPECT_TRUE(parse_path("<>", {.null_path = true}, rest)->is_null());
    EXPECT_FALSE(parse_path("<\"\"@x>", {}, rest)->is_null());
}

TEST(Path, limits_hold_at_the_octet) {
    struct Row {
        std::string path;
        bool good;
    };

    const std::string local = repeated(max_local_part, 'a');
    const std::string label = repeated(63, 'd');
    const std::vector<Row> rows = {
        {"<" + local + "@x>", true},
        {"<a" + local + "@x>", false},
        {"<\"" + repeated(62, 'a') + "\"@x>", true},
        {"<\"" + repeated(63, 'a') + "\"@x>", false},
        {"<a@" + label + ">", true},
        {"<a@d" + label + ">", false},
        {"<a@" + domain_of(max_path - 4) + ">", true},
        {"<a@" + domain_of(max_path - 3) + ">", false},
        {"<@" + domain_of(max_path - 7) + ":a@x>", true},
        {"<@" + domain_of(max_path - 6) + ":a@x>", false},
    };
    for (const Row& row : rows) {
        std::string_view rest;
        EXPECT_EQ(parse_path(row.path, {}, rest).has_value(), row.good)
            << row.path.size() << ' ' << row.path;
    }
}

TEST(Path, a_bounce_address_may_have_a_long_local_part) {
    std::string_view rest;
    const std::string path = "<" + repeated(200, 'v') + "@example.org>";
    EXPECT_EQ(parse_path(path, {}, rest).error(), too_long);
    EXPECT_TRUE(parse_path(path, {.long_local_part = true}, rest));
    const std::string over = "<" + repeated(260, 'v') + "@example.org>";
    EXPECT_EQ(parse_path(over, {.long_local_part = true}, rest).error(), too_long);
}

TEST(Path, utf8_needs_smtputf8_and_domains_become_a_labels) {
    struct Row {
        std::string path;
        std::string local;
        std::string domain;
    };

    const std::vector<Row> rows = {
        {"<gr\xC3\xBC\xC3\x9F"
         "e@example.org>",
         "gr\xC3\xBC\xC3\x9F"
         "e",
         "example.org"},
        {"<a@M\xC3\x9CNCHEN.example>", "a", "xn--mnchen-3ya.example"},
        {"<a@mu\xCC\x88nchen.example>", "a",
         "xn--mnchen-3ya.example"}, // u and a combining diaeresis
        {"<a@stra\xC3\x9F"
         "e.example>",
         "a", "xn--strae-oqa.example"},
        {"<a@\xE4\xBE\x8B\xE3\x80\x82\xE5\x95\x86>", "a", "xn--fsq.xn--czr"}, // ideographic stop
        {"<\"\xC3\xBC b\"@x>", "\xC3\xBC b", "x"},
    };
    for (const Row& row : rows) {
        std::string_view rest;
        EXPECT_EQ(parse_path(row.path, {}, rest).error(), utf8_not_allowed) << row.path;
        const auto mailbox = parse_path(row.path, {.utf8 = true}, rest);
        ASSERT_TRUE(mailbox) << row.path;
        EXPECT_EQ(mailbox->local, row.local);
        EXPECT_EQ(mailbox->domain, row.domain);
        EXPECT_EQ(parse_mailbox(mailbox->text()), *mailbox);
    }
}

TEST(Path, broken_utf8_is_refused_also_with_smtputf8) {
    for (const char* path :
         {"<a\xFF@x>", "<a\xC3@x>", "<a@\xFF.example>", "<\"\xED\xA0\x80\"@x>"}) {
        std::string_view rest;
        EXPECT_EQ(parse_path(path, {.utf8 = true}, rest).error(), utf8_not_allowed) << path;
    }
    std::string_view rest;
    EXPECT_FALSE(
        parse_path("<a@x\xE2\x80\x8Ey.example>", {.utf8 = true}, rest)); // a direction mark
}

TEST(Mailbox, alone_is_without_brackets) {
    EXPECT_EQ(parse_mailbox("Ada@EXAMPLE.org")->text(), "Ada@example.org");
    EXPECT_EQ(parse_mailbox("\"a b\"@x")->text(), "\"a b\"@x");
    for (const char* text : {"", "ada", "<ada@x>", "ada@x ", "ada@x>", "@x", "ada@", "@a:b@x"}) {
        EXPECT_FALSE(parse_mailbox(text)) << text;
    }
}

TEST(Domain, is_normalised_on_its_own) {
    EXPECT_EQ(normalise_domain("Example.ORG.", false), "example.org");
    EXPECT_EQ(normalise_domain("[IPV6:::1]", false), "[ipv6:::1]");
    EXPECT_EQ(normalise_domain("b\xC3\xBC"
                               "cher.example",
                               true),
              "xn--bcher-kva.example");
    EXPECT_FALSE(normalise_domain("", true));
    EXPECT_FALSE(normalise_domain(".", true));
    EXPECT_FALSE(normalise_domain("[", true));
    EXPECT_FALSE(normalise_domain("[::1]", true));
    EXPECT_EQ(normalise_domain(domain_of(max_domain), true)->size(), max_domain);
    EXPECT_FALSE(normalise_domain(domain_of(max_domain + 1), true));
}

TEST(Status, a_text_from_outside_cannot_make_a_second_line) {
    const Status status = make_status(550, 1, 1, "no\r\n250 2.1.5 ok\x7F\0");
    EXPECT_EQ(to_string(status), "550 5.1.1 no  250 2.1.5 ok ");
    EXPECT_TRUE(status.is_permanent());
    EXPECT_FALSE(status.is_temporary());
    EXPECT_FALSE(status.is_success());
}

} // namespace
} // namespace mailcast::mail
