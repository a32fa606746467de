#include "psyc/uniform.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {
namespace {

struct Case {
    std::string_view text;
    std::string_view normal; // "" for what is no uniform
    UniformKind kind = UniformKind::root;
    int connect_port = 0; // 0 for none
};

TEST(Uniform, is_read_and_normalised) {
    const std::vector<Case> cases{
        {"psyc://example.org/", "psyc://example.org/", UniformKind::root, 4404},
        {"psyc://example.org", "psyc://example.org/", UniformKind::root, 4404},
        {"PSYC://Example.ORG/~Ada", "psyc://example.org/~ada", UniformKind::person, 4404},
        {"psyc://example.org/~ada//", "psyc://example.org/~ada", UniformKind::person, 4404},
        {"psyc://example.org:4404/@lab", "psyc://example.org/@lab", UniformKind::place, 4404},
        {"psyc://example.org:4405/@lab", "psyc://example.org:4405/@lab", UniformKind::place, 4405},
        {"psyc://example.org:4404d/@lab", "psyc://example.org:4404d/@lab", UniformKind::place,
         4404},
        {"psyc://example.org:s/$x", "psyc://example.org:9404s/$x", UniformKind::service, 9404},
        {"psyc://example.org:9404S/$x", "psyc://example.org:9404s/$x", UniformKind::service, 9404},
        {"psyc://example.org:g/~ada", "psyc://example.org:g/~ada", UniformKind::person, 4404},
        {"psyc://example.org/thing", "psyc://example.org/thing", UniformKind::object, 4404},
        {"psyc://example.org/@lab#Chan", "psyc://example.org/@lab#chan", UniformKind::place, 4404},
        {"psyc://c.example.net:-40112/", "psyc://c.example.net:-40112/", UniformKind::location, 0},
        {"psyc://c.example.net:-1234d", "psyc://c.example.net:-1234d/", UniformKind::location, 0},
        {"mailto:Carol@example.com", "mailto:Carol@example.com", UniformKind::foreign, 0},
        {"XMPP:*room@host/Res", "xmpp:*room@host/Res", UniformKind::foreign, 0},
        {"psyc:example.org", ""},
        {"psyc://", ""},
        {"psyc:///~ada", ""},
        {"psyc://example.org:/", ""},
        {"psyc://example.org:d/", ""},
        {"psyc://example.org:c/", ""},
        {"psyc://example.org:4404g/", ""},
        {"psyc://example.org:4404x/", ""},
        {"psyc://example.org:0/", ""},
        {"psyc://example.org:65536/", ""},
        {"psyc://example.org:-/", ""},
        {"psyc://example.org:+1/", ""},
        {"psyc://example.org:99999999999999999999/", ""},
        {"psyc://user:password@example.org/~ada", ""},
        {"psyc://[::1]/~ada", ""},
        {"psyc://exa mple.org/", ""},
        {"psyc://example.org/~a b", ""},
        {"psyc://example.org/^ada", ""},
        {"psyc://example.org/~ada#", ""},
        {"psyc://example.org/#chan", ""},
        {"psyc://example.org/~ada#a#b", ""},
        {"psyc://example.org/~ad\xC3\xA4", ""},
        {"psyc://example.org/~ada\n", ""},
        {"notauniform", ""},
        {"", ""},
        {":", ""},
        {"mailto:", ""},
        {"mailto:a b", ""},
        {"1x:y", ""},
    };
    for (const Case& test : cases) {
        const auto uniform = parse_uniform(test.text);
        ASSERT_EQ(uniform.has_value(), !test.normal.empty()) << test.text;
        if (uniform) {
            EXPECT_EQ(uniform->normalised(), test.normal) << test.text;
            EXPECT_EQ(uniform->kind, test.kind) << test.text;
            EXPECT_EQ(uniform->connect_port().value_or(0), test.connect_port) << test.text;
        }
    }
}

TEST(Uniform, parts_are_views_into_the_text) {
    const auto uniform = parse_uniform("psyc://example.org:4405/@lab/sub/#chan");
    ASSERT_TRUE(uniform);
    EXPECT_EQ(uniform->host, "example.org");
    EXPECT_EQ(uniform->port, 4405);
    EXPECT_EQ(uniform->resource, "@lab/sub");
    EXPECT_EQ(uniform->name(), "lab/sub");
    EXPECT_EQ(uniform->channel, "chan");
}

TEST(Uniform, host_of_a_foreign_uniform_is_found_where_there_is_one) {
    EXPECT_EQ(parse_uniform("mailto:a@b@example.com")->host, "example.com");
    EXPECT_EQ(parse_uniform("xmpp:ada@example.com/home@x")->host, "example.com");
    EXPECT_EQ(parse_uniform("irc://irc.example.com:6667/~ada")->host, "irc.example.com");
    EXPECT_EQ(parse_uniform("http://u:p@example.com/x")->host, "example.com");
    EXPECT_EQ(parse_uniform("sip:ada")->host, "");
}

TEST(Uniform, longer_than_its_limit_is_none) {
    const std::string start = "psyc://example.org/~";
    EXPECT_TRUE(parse_uniform(start + std::string(longest_uniform - start.size(), 'a')));
    EXPECT_FALSE(parse_uniform(start + std::string(longest_uniform - start.size() + 1, 'a')));
}

TEST(Uniform, is_built_in_its_normal_form) {
    EXPECT_EQ(root_uniform("Example.org"), "psyc://example.org/");
    EXPECT_EQ(person_uniform("Example.org", "Ada"), "psyc://example.org/~ada");
    EXPECT_EQ(place_uniform("example.org:4405", "Lab"), "psyc://example.org:4405/@lab");
    EXPECT_EQ(location_uniform("client.example.net", 40112), "psyc://client.example.net:-40112/");
    EXPECT_EQ(uniform_of_address("*lab@example.org"), "psyc://example.org/@lab");
    EXPECT_EQ(uniform_of_address("#lab@example.org"), "psyc://example.org/@lab");
    EXPECT_EQ(uniform_of_address("~Ada@example.org"), "psyc://example.org/~ada");
    EXPECT_EQ(uniform_of_address("$x@example.org"), "psyc://example.org/$x");
    for (const std::string_view none : {"ada@example.org", "~@example.org", "~ada@", "~ada", "@",
                                        "", "~a/b@example.org", "~ada@exa/mple"}) {
        EXPECT_FALSE(uniform_of_address(none)) << none;
    }
}

TEST(Name, legal_names_are_those_of_psyced) {
    for (const std::string_view name : {"ada", "Ada", "_x", "+x", "a-1=+_", "a"}) {
        EXPECT_TRUE(is_legal_name(name)) << name;
    }
    for (const std::string_view name :
         {"", "1a", "-a", "=a", "!a", "a.b", "a b", "a/b", "a@b", "\xC3\xA4", "a\n"}) {
        EXPECT_FALSE(is_legal_name(name)) << name;
    }
    EXPECT_TRUE(is_legal_name(std::string(longest_name, 'a')));
    EXPECT_FALSE(is_legal_name(std::string(longest_name + 1, 'a')));
}

TEST(HostNames, own_entities_are_known_by_host_and_locations_are_not_ours) {
    const HostNames names({"Example.org", "127.0.0.1"});
    EXPECT_TRUE(names.contains("EXAMPLE.ORG"));
    EXPECT_FALSE(names.contains("example.org.evil"));
    EXPECT_TRUE(names.owns(*parse_uniform("psyc://example.org/~ada")));
    EXPECT_TRUE(names.owns(*parse_uniform("psyc://127.0.0.1:4404/")));
    EXPECT_FALSE(names.owns(*parse_uniform("psyc://example.net/~ada")));
    EXPECT_FALSE(names.owns(*parse_uniform("psyc://example.org:-40112/")));
    EXPECT_FALSE(names.owns(*parse_uniform("mailto:ada@example.org")));
}

} // namespace
} // namespace mailcast::psyc
