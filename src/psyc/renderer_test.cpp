#include "psyc/list.h"
#include "psyc/renderer.h"
#include "psyc/test_reading.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {
namespace {

using namespace std::string_literals;

constexpr std::array<std::string_view, 2> members{"psyc://example.org/~ada", "a|b"};

const std::vector<Variable>& mail() {
    static const std::vector<Variable> variables{
        {"_subject", "hi"},
        {"_source", "psyc://example.org/~ada"},
        {"_content", "one\n.\n\ntwo"},
        {"_tag_reply", "5f3a"},
        Variable::list("_list_members", members),
        Variable::list("_list_none", {}),
    };
    return variables;
}

std::string packet(Generation generation, std::span<const Variable> variables,
                   std::string_view method, std::string_view body) {
    std::string out;
    append_packet(out, generation, variables, method, body);
    return out;
}

TEST(Renderer, classic_packets_look_like_those_of_psyced) {
    EXPECT_EQ(packet(Generation::classic, mail(), "_notice_x", "[_subject]\n[_content]"),
              ":_source\tpsyc://example.org/~ada\n"
              ":_tag_reply\t5f3a\n"
              "\n"
              ":_subject\thi\n"
              ":_content\tone\n\t.\n\t\n\ttwo\n"
              ":_list_members\tpsyc://example.org/~ada\n"
              ":\ta|b\n"
              ":_list_none\t\n"
              "_notice_x\n"
              "[_subject]\n[_content]\n"
              ".\n");
}

TEST(Renderer, packets_of_1_0_carry_their_length) {
    EXPECT_EQ(packet(Generation::v1, mail(), "_notice_x", "text"),
              ":_source\tpsyc://example.org/~ada\n"
              "129\n"
              ":_subject\thi\n"
              ":_content 10\tone\n.\n\ntwo\n"
              ":_tag_reply\t5f3a\n"
              ":_list_members\t| psyc://example.org/~ada|3 a|b\n"
              ":_list_none\t\n"
              "_notice_x\n"
              "text\n"
              "|\n");
}

TEST(Renderer, a_packet_without_content_is_only_its_head) {
    const std::vector<Variable> variables{{"_target", "psyc://example.org/"}};
    EXPECT_EQ(packet(Generation::v1, variables, "", "lost"), ":_target\tpsyc://example.org/\n|\n");
    EXPECT_EQ(packet(Generation::classic, variables, "", "lost"),
              ":_target\tpsyc://example.org/\n\n.\n");
    EXPECT_EQ(packet(Generation::v1, {}, "_request_version", ""), "17\n_request_version\n|\n");
}

TEST(Renderer, many_receivers_share_one_tail) {
    const std::vector<Variable> common{{"_context", "psyc://example.org/@lab"}, {"_nick", "bea"}};
    for (const auto generation : {Generation::classic, Generation::v1}) {
        const auto tail = render_tail(generation, common, "_message_public", "hi");
        for (const std::string_view target : {"psyc://a/~b", "psyc://c/~d"}) {
            std::vector<Variable> own{common};
            own.push_back({"_target", target});
            std::string out;
            append_head(out, generation, own);
            out += *tail;
            EXPECT_EQ(out, packet(generation, own, "_message_public", "hi"));
        }
    }
}

TEST(Renderer, room_is_made_to_the_octet) {
    const std::string body(100'000, 'x');
    for (const auto generation : {Generation::classic, Generation::v1}) {
        const std::string out = packet(generation, mail(), "_notice_x", body);
        EXPECT_EQ(out.capacity(), out.size());
    }
}

TEST(Renderer, a_lone_dot_in_a_classic_body_gets_a_space) {
    const std::vector<std::array<std::string_view, 2>> cases{
        {".", ". "},
        {".\nx", ". \nx"},
        {"x\n.", "x\n. "},
        {"x\n.\ny", "x\n. \ny"},
        {".\n.\n.", ". \n. \n. "},
        {"\n.\n", "\n. \n"},
        {"..\n.x\n. ", "..\n.x\n. "},
        {"\n", "\n"},
        {".\n", ". \n"},
    };
    for (const auto& [body, read] : cases) {
        const std::string out = packet(Generation::classic, {}, "_m", body) + ".\n";
        EXPECT_EQ(read_whole(Generation::classic, out),
                  (Events{"R{} E{} M=_m B=\"" + std::string(read) + "\"", "ping"}));
        const std::string exact = packet(Generation::v1, {}, "_m", body) + "|\n";
        EXPECT_EQ(read_whole(Generation::v1, exact),
                  (Events{"R{} E{} M=_m B=\"" + std::string(body) + "\"", "ping"}));
    }
}

// What tries to end the packet, to begin another or to add a variable.
const std::vector<std::string>& hostile() {
    static const std::vector<std::string> values{
        "\n.\n_error\nx",
        "\n|\n_error\nx",
        "x\n:_source\tpsyc://evil/",
        "x\n.\n",
        "\n",
        "\n\n",
        "x\r\n.\r\n",
        "a\0b\n\0"s,
        "99999999999\tx",
        "|\n",
        ".\n",
        "\n\t\n \n",
        "\n_error_x\n",
        "x\n=_target\ty\n",
        "\x16\x03\xFF\xFE",
        std::string(5000, '|'),
        "trailing space \t ",
        "",
        "|3 a|b",
        "[_subject]",
    };
    return values;
}

TEST(Renderer, hostile_values_and_bodies_stay_where_they_are) {
    for (const auto generation : {Generation::classic, Generation::v1}) {
        for (const std::string& value : hostile()) {
            const std::vector<Variable> variables{{"_nick", value}, {"_last", "end"}};
            const std::string out = packet(generation, variables, "_m", "body") + "x";
            Parser parser(generation);
            std::string_view input = out;
            const auto read = parser.next(input);
            ASSERT_TRUE(read && *read) << value;
            EXPECT_EQ((*read)->text_of("_nick"), value);
            EXPECT_EQ((*read)->text_of("_last"), "end");
            EXPECT_EQ((*read)->body, "body");
            EXPECT_EQ(input, "x");

            const std::string with_body = packet(generation, {}, "_m", value) + "x";
            input = with_body;
            const auto second = parser.next(input);
            ASSERT_TRUE(second && *second) << value;
            EXPECT_TRUE((*second)->modifiers.empty());
            if (generation == Generation::v1) {
                EXPECT_EQ((*second)->body, value);
            }
            EXPECT_EQ(input, "x");
        }
    }
}

TEST(Renderer, hostile_routing_values_and_list_elements_stay_where_they_are) {
    for (const auto generation : {Generation::classic, Generation::v1}) {
        for (const std::string& value : hostile()) {
            const std::array<std::string_view, 3> elements{"first", value, "last"};
            const std::vector<Variable> variables{
                {"_source", value}, Variable::list("_list_a", elements), {"_last", "end"}};
            const std::string out = packet(generation, variables, "_m", "body");
            Parser parser(generation);
            std::string_view input = out;
            const auto read = parser.next(input);
            ASSERT_TRUE(read && *read) << value;
            const auto list = list_of(**read, "_list_a");
            ASSERT_TRUE(list) << value;
            ASSERT_EQ(list->size(), 3U) << value;
            EXPECT_EQ((*list)[2].value, "last");
            if (generation == Generation::v1) {
                EXPECT_EQ((*list)[1].value, value);
            }
            EXPECT_EQ((*read)->text_of("_last"), "end");
            EXPECT_EQ((*read)->body, "body");
            EXPECT_TRUE(input.empty());
        }
    }
}

TEST(Renderer, what_the_peer_would_refuse_is_left_out) {
    const std::vector<Variable> variables{
        {"_bad name", "x"}, {"_bad\nname", "x"},   {"", "x"},          {"_INTERNAL_trust", "9"},
        {"_length", "5"},   {"_degree_a", "busy"}, {"_degree_b", "7"}, {"_good", "x"},
    };
    EXPECT_EQ(read_whole(Generation::classic, packet(Generation::classic, variables, "_m", "")),
              (Events{"R{} E{:_degree_b=7 :_good=x} M=_m B=\"\""}));
    EXPECT_EQ(read_whole(Generation::v1, packet(Generation::v1, variables, "_m", "")),
              (Events{"R{} E{:_length=5 :_degree_a=busy :_degree_b=7 :_good=x} M=_m B=\"\""}));
    for (const std::string_view method : {"", "_bad-method", "_m\n.\n", "_INTERNAL_x"}) {
        EXPECT_EQ(read_whole(Generation::classic, packet(Generation::classic, {}, method, "x")),
                  (Events{"ping"}));
        EXPECT_EQ(read_whole(Generation::v1, packet(Generation::v1, {}, method, "x")),
                  (Events{"ping"}));
    }
    EXPECT_FALSE(is_sendable_method(Generation::classic, "_data_x"));
    EXPECT_FALSE(is_sendable_method(Generation::classic, "np"));
    EXPECT_TRUE(is_sendable_method(Generation::v1, "_data_x"));
}

TEST(Renderer, what_was_read_is_rendered_to_the_same) {
    for (const std::string_view octets :
         {":_source\tpsyc://a/"
          "~b\n=_target\tx\n:_list_a\tb\n:\tc\n-_list_d\t\n:_e\tf\n\tg\n_m\nx\n.\n",
          "_m\n.\n", ".\n"}) {
        Parser parser(Generation::classic);
        std::string_view input = octets;
        const auto read = parser.next(input);
        ASSERT_TRUE(read && *read) << octets;
        std::string out;
        append_packet(out, **read);
        EXPECT_EQ(out, octets);
    }
    for (const std::string_view octets :
         {":_context\tc\n32\n=\n?\n+_list_a\t| b\n:_e 3\tf\ng\n_m\nx\n|\n", "3\n_m\n|\n", "|\n"}) {
        Parser parser(Generation::v1);
        std::string_view input = octets;
        const auto read = parser.next(input);
        ASSERT_TRUE(read && *read) << octets;
        std::string out;
        append_packet(out, **read);
        EXPECT_EQ(out, octets);
    }
}

TEST(Renderer, an_error_is_a_packet_of_its_own) {
    EXPECT_EQ(render_error(Generation::classic, Error::syntax_initialization),
              "\n_error_syntax_initialization\nA circuit begins with an empty packet.\n.\n");
    EXPECT_EQ(
        read_whole(Generation::v1, render_error(Generation::v1, Error::end)),
        (Events{"R{} E{} M=_error_invalid_syntax B=\"A line begins with an octet that may not "
                "stand there.\""}));
}

} // namespace
} // namespace mailcast::psyc
