#include "psyc/test_reading.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {
namespace {

struct Case {
    const char* name;
    std::string_view octets;
    Events events;
};

// The worked packets of the protocol reference: V are good, M are malformed, D are for check().
const std::vector<Case>& worked() {
    static const std::vector<Case> cases{
        {"V01", "|\n", {"ping"}},
        {"V02",
         ":_target\tpsyc://example.org/\n"
         "|\n",
         {"R{:_target=psyc://example.org/} E{}"}},
        {"V03",
         ":_source\tpsyc://example.net/~bea\n"
         ":_target\tpsyc://example.org/~ada\n"
         "\n"
         ":_nick\tbea\n"
         "_message_private\n"
         "hello there\n"
         "|\n",
         {"R{:_source=psyc://example.net/~bea :_target=psyc://example.org/~ada} E{:_nick=bea} "
          "M=_message_private B=\"hello there\""}},
        {"V04",
         ":_source\tpsyc://example.net/~bea\n"
         ":_target\tpsyc://example.org/~ada\n"
         "40\n"
         ":_nick\tbea\n"
         "_message_private\n"
         "hello there\n"
         "|\n",
         {"R{:_source=psyc://example.net/~bea :_target=psyc://example.org/~ada} E{:_nick=bea} "
          "M=_message_private B=\"hello there\""}},
        {"V05",
         "\n"
         "_request_version\n"
         "|\n",
         {"R{} E{} M=_request_version B=\"\""}}, // for the circuit root
        {"V06",
         "17\n"
         "_request_version\n"
         "|\n",
         {"R{} E{} M=_request_version B=\"\""}},
        {"V07",
         "11\n"
         "_message\n"
         "|\n"
         "|\n",
         {"R{} E{} M=_message B=\"|\""}}, // possible only with a length
        {"V08",
         "19\n"
         "_message\n"
         "one\n"
         "|\n"
         "two\n"
         "|\n",
         {"R{} E{} M=_message B=\"one\n|\ntwo\""}},
        {"V09",
         "\n"
         "_message\n"
         "foo\n"
         "\n"
         "|\n",
         {"R{} E{} M=_message B=\"foo\n\""}},
        {"V10",
         "\n"
         "_message\n"
         "\n"
         "|\n",
         {"R{} E{} M=_message B=\"\""}}, // the same as no body
        {"V11",
         "\n"
         "_message\n"
         "foo\n"
         "|bar\n"
         "|\n",
         {"R{} E{} M=_message B=\"foo\n|bar\""}},
        {"V12",
         ":_target\tpsyc://example.org/~ada\n"
         "\n"
         ":_subject 11\tline1\n"
         "line2\n"
         "_notice_x\n"
         "|\n",
         {"R{:_target=psyc://example.org/~ada} E{:_subject=line1\nline2} M=_notice_x B=\"\""}},
        {"V13",
         ":_target\tpsyc://example.org/~ada\n"
         "28\n"
         ":_content 5\ta\n"
         "|\n"
         "b\n"
         "_notice_x\n"
         "|\n",
         {"R{:_target=psyc://example.org/~ada} E{:_content=a\n|\nb} M=_notice_x B=\"\""}}, // the length keeps a router from stopping at the inner delimiter
        {"V14",
         "\n"
         ":_foo 0\t\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_foo=} M=_notice_x B=\"\""}},
        {"V15",
         "\n"
         ":_foo\t\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_foo=} M=_notice_x B=\"\""}},
        {"V16",
         "\n"
         ":_foo\ta\tb\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_foo=a\tb} M=_notice_x B=\"\""}}, // only the first tab separates
        {"V17",
         ":_context\tpsyc://example.org/@lab\n"
         ":_source_relay\tpsyc://example.net/~bea\n"
         "\n"
         ":_nick\tbea\n"
         ":_nick_place\tlab\n"
         "_message_public\n"
         "hi all\n"
         "|\n",
         {"R{:_context=psyc://example.org/@lab :_source_relay=psyc://example.net/~bea} "
          "E{:_nick=bea :_nick_place=lab} M=_message_public B=\"hi all\""}},
        {"V18",
         ":_context\tpsyc://example.org/@lab\n"
         ":_target\tpsyc://example.net/~bea\n"
         ":_source_relay\tpsyc://example.org/~ada\n"
         "\n"
         ":_time_place\t1440450000\n"
         "_message_public\n"
         "earlier\n"
         "|\n",
         {"R{:_context=psyc://example.org/@lab :_target=psyc://example.net/~bea "
          ":_source_relay=psyc://example.org/~ada} E{:_time_place=1440450000} M=_message_public "
          "B=\"earlier\""}},
        {"V19",
         ":_context\tpsyc://example.org/@lab\n"
         "\n"
         "=_topic\tsoldering\n"
         "|\n",
         {"R{:_context=psyc://example.org/@lab} E{=_topic=soldering}"}},
        {"V20",
         ":_context\tpsyc://example.org/@lab\n"
         "\n"
         "=\n"
         "=_topic\tsoldering\n"
         "_status_context\n"
         "|\n",
         {"R{:_context=psyc://example.org/@lab} reset E{=_topic=soldering} M=_status_context "
          "B=\"\""}},
        {"V21",
         ":_source\tpsyc://example.net/\n"
         ":_target\tpsyc://example.org/@lab\n"
         "\n"
         "?\n"
         "|\n",
         {"R{:_source=psyc://example.net/ :_target=psyc://example.org/@lab} resync E{}"}},
        {"V22",
         ":_context\tpsyc://example.org/@lab\n"
         "\n"
         "+_list_members\t| psyc://example.net/~bea\n"
         "_notice_context_enter\n"
         "|\n",
         {"R{:_context=psyc://example.org/@lab} E{+_list_members=| psyc://example.net/~bea} "
          "M=_notice_context_enter B=\"\""}},
        {"V23",
         "\n"
         ":_list_hosts\t|example.org|example.net\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_list_hosts=|example.org|example.net} M=_notice_x B=\"\""}},
        {"V24",
         "\n"
         ":_list_parts 12\t3 a|b|4 c\n"
         "d|\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_list_parts=3 a|b|4 c\nd|} M=_notice_x B=\"\""}},
        {"V25",
         "\n"
         ":_list_members\t_uniform| psyc://example.org/~ada| psyc://example.net/~bea\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_list_members=_uniform| psyc://example.org/~ada| psyc://example.net/~bea} "
          "M=_notice_x B=\"\""}},
        {"V26",
         "\n"
         ":_dict_owners\t{psyc://example.org/~ada} founder{psyc://example.net/~bea} aide\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_dict_owners={psyc://example.org/~ada} founder{psyc://example.net/~bea} aide} "
          "M=_notice_x B=\"\""}},
        {"V27",
         ":c\tpsyc://example.org/~ada\n"
         "\n"
         "=da\t7\n"
         "np\n"
         "|\n",
         {"R{:c=psyc://example.org/~ada} E{=da=7} M=np B=\"\""}}, // the compact form; check() refuses it
        {"V28",
         "|\n"
         ":_tag\t5f3a\n"
         "\n"
         ":_uniform_source\tpsyc://example.net/\n"
         ":_uniform_target\tpsyc://example.org/\n"
         "_request_authorization\n"
         "|\n",
         {"ping", "R{:_tag=5f3a} E{:_uniform_source=psyc://example.net/ "
                  ":_uniform_target=psyc://example.org/} M=_request_authorization B=\"\""}},
        {"V29",
         ":_tag_relay\t5f3a\n"
         "\n"
         ":_uniform_source\tpsyc://example.net/\n"
         ":_uniform_target\tpsyc://example.org/\n"
         "_status_authorization\n"
         "|\n",
         {"R{:_tag_relay=5f3a} E{:_uniform_source=psyc://example.net/ "
          ":_uniform_target=psyc://example.org/} M=_status_authorization B=\"\""}},
        {"V30",
         ":_source\tpsyc://example.org/~ada\n"
         ":_target\tpsyc://client.example.net:-40112/\n"
         ":_source_relay\tmailto:carol@example.com\n"
         "\n"
         ":_subject\thi\n"
         "_notice_email_delivered\n"
         "|\n",
         {"R{:_source=psyc://example.org/~ada :_target=psyc://client.example.net:-40112/ "
          ":_source_relay=mailto:carol@example.com} E{:_subject=hi} M=_notice_email_delivered "
          "B=\"\""}},
        {"V31",
         "\n"
         ":_foo 7\tab\n"
         "|\n"
         "cd\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_foo=ab\n|\ncd} M=_notice_x B=\"\""}}, // a value is skipped by its length
        {"M01", "hello\n", {"error end"}},
        {"M02",
         ":_foo bar\n"
         "|\n",
         {"error modifier_tab"}},
        {"M03",
         ":\tvalue\n"
         "|\n",
         {"error modifier_name"}},
        {"M04",
         "12a\n"
         "_message\n"
         "|\n",
         {"error length"}},
        {"M05",
         "5\n"
         "_message\n"
         "foo\n"
         "|\n",
         {"error end"}}, // the length cuts the method line
        {"M06",
         "11\n"
         "_message\n"
         "foobar\n"
         "|\n",
         {"error end"}},
        {"M07",
         "99\n"
         "_message\n"
         "foo\n"
         "|\n",
         {}}, // waits for more
        {"M08",
         "\n"
         ":_foo x\tbar\n"
         "_notice_x\n"
         "|\n",
         {"error modifier_length"}},
        {"M09",
         "\n"
         ":_foo 3 bar\n"
         "_notice_x\n"
         "|\n",
         {"error modifier_tab"}},
        {"M10",
         "\n"
         ":_foo 2\tbar\n"
         "_notice_x\n"
         "|\n",
         {"error modifier_newline"}},
        {"M11",
         "\n"
         ":_foo 99\tbar\n"
         "_notice_x\n"
         "|\n",
         {}}, // waits for more
        {"M12",
         "\n"
         "_mess-age\n"
         "foo\n"
         "|\n",
         {"error method"}},
        {"M13",
         "\n"
         "foo bar\n"
         "|\n",
         {"error method"}},
        {"M14",
         "\n"
         " _message\n"
         "foo\n"
         "|\n",
         {"error end"}},
        {"M15",
         "\n"
         ":\n"
         "=_foo\tbar\n"
         "|\n",
         {"error modifier_name"}},
        {"M16",
         ":_target\tpsyc://example.org/~ada\r\n"
         "\r\n"
         "_message\r\n"
         "foo\r\n"
         "|\r\n",
         {"error end"}},
        {"M17",
         ":_target\tpsyc://example.org/~ada\n"
         "_message\n"
         "foo\n"
         "|\n",
         {"error end"}},
        {"M18", ".\n", {"error end"}},
        {"M19",
         ":_foo 3\tbar\n"
         "\n"
         "_notice_x\n"
         "|\n",
         {"error modifier_tab"}},
        {"M20",
         "\n"
         "=\n"
         "?\n"
         "_notice_x\n"
         "|\n",
         {"R{} reset resync E{} M=_notice_x B=\"\""}}, // libpsyc refuses it, the grammar does not
        {"M21",
         "\n"
         ":_foo\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_foo=} M=_notice_x B=\"\""}}, // unset; libpsyc refuses it, the grammar does not
        {"M22",
         ":_target\tx\n"
         "| \n",
         {"error end"}},
        {"M23",
         "-5\n"
         "_message\n"
         "|\n",
         {"error end"}}, // "-5" is a variable to be unset; then the blank line is missing
        {"D01",
         "\n"
         ":_target\tpsyc://example.org/~ada\n"
         "_message\n"
         "x\n"
         "|\n",
         {"R{} E{:_target=psyc://example.org/~ada} M=_message B=\"x\""}},
        {"D02",
         ":_nick\tbea\n"
         "\n"
         "_message\n"
         "x\n"
         "|\n",
         {"R{:_nick=bea} E{} M=_message B=\"x\""}},
        {"D03",
         ":_source\tpsyc://evil.example.com/~x\n"
         "\n"
         "_message\n"
         "x\n"
         "|\n",
         {"R{:_source=psyc://evil.example.com/~x} E{} M=_message B=\"x\""}},
        {"D04",
         ":_context\tpsyc://example.net/@r\n"
         ":_source\tpsyc://example.net/~b\n"
         "\n"
         "_message\n"
         "x\n"
         "|\n",
         {"R{:_context=psyc://example.net/@r :_source=psyc://example.net/~b} E{} M=_message "
          "B=\"x\""}},
        {"D05",
         ":_target\tpsyc://other.example.com/~x\n"
         "\n"
         "_message\n"
         "x\n"
         "|\n",
         {"R{:_target=psyc://other.example.com/~x} E{} M=_message B=\"x\""}},
        {"D06",
         ":_target\tnotauniform\n"
         "\n"
         "_message\n"
         "x\n"
         "|\n",
         {"R{:_target=notauniform} E{} M=_message B=\"x\""}},
        {"D07",
         "\n"
         "=_topic\tx\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{=_topic=x} M=_notice_x B=\"\""}},
        {"D08",
         "\n"
         ":_INTERNAL_trust\t9\n"
         "_notice_x\n"
         "|\n",
         {"R{} E{:_INTERNAL_trust=9} M=_notice_x B=\"\""}},
    };
    return cases;
}

TEST(ParserV1, worked_packets_are_read_as_the_reference_says) {
    for (const Case& test : worked()) {
        EXPECT_EQ(read_whole(Generation::v1, test.octets), test.events) << test.name;
    }
}

TEST(ParserV1, cuts_of_the_input_do_not_matter) {
    for (const Case& test : worked()) {
        EXPECT_EQ(read_in_pieces(Generation::v1, test.octets, 1), test.events) << test.name;
        for (std::size_t cut = 0; cut <= test.octets.size(); ++cut) {
            EXPECT_EQ(read_cut_at(Generation::v1, test.octets, cut), test.events)
                << test.name << " cut at " << cut;
        }
    }
}

Events error(std::string_view name) {
    return {"error " + std::string(name)};
}

// Read whole, octet by octet and in pieces of seven: the same is expected of all.
void expect_everywhere(std::string_view octets, const Events& events,
                       const Limits& limits = Parser::default_limits()) {
    const std::string_view shown = octets.substr(0, 60);
    EXPECT_EQ(read_whole(Generation::v1, octets, limits), events) << shown;
    EXPECT_EQ(read_in_pieces(Generation::v1, octets, 1, limits), events) << shown;
    EXPECT_EQ(read_in_pieces(Generation::v1, octets, 7, limits), events) << shown;
}

TEST(ParserV1, lengths_that_attack_are_refused_before_anything_is_kept) {
    for (const std::string_view length :
         {"1048577", "4294967296", "9223372036854775808", "18446744073709551615",
          "18446744073709551616", "99999999999999999999"}) {
        expect_everywhere(std::string(length) + "\n", error("packet_too_large"));
        expect_everywhere("\n:_foo " + std::string(length) + "\t", error("value_too_long"));
    }
    expect_everywhere("100000000000000000000", error("length"));
    expect_everywhere("000000000000000000001\n", error("length"));
    expect_everywhere("\n:_foo 000000000000000000001\tx", error("modifier_length"));
}

TEST(ParserV1, lengths_that_contradict_the_content_are_errors) {
    expect_everywhere("5\n_mess|\n", error("length")); // within the method line
    expect_everywhere("12\n:_foo 99\tba\n|\n",
                      error("modifier_length")); // value beyond the content
    expect_everywhere("10\n:_foo 9\tba|\n", error("modifier_length"));
    expect_everywhere("9\n:_foo 3\tx|\n", error("modifier_length"));
    expect_everywhere("6\n:_foo\t|\n", error("length")); // no line feed behind the value
    expect_everywhere("10\n_message\nx|\n", error("length"));
    expect_everywhere("2\n|\n|\n", error("end"));
    expect_everywhere("1\n\n|\n", error("end"));
    expect_everywhere("0\n|\n", {"ping"});
    expect_everywhere("8\n:_foo\tx\n|\n", {"R{} E{:_foo=x}"});
}

TEST(ParserV1, every_limit_holds_at_its_value_and_not_one_beyond) {
    Limits limits;
    limits.packet_octets = 100;
    limits.content_without_length = 60;
    limits.line_octets = 40;
    limits.value_octets = 30;
    limits.modifiers = 3;
    const auto many = [](std::size_t count) { return std::string(count, 'x'); };

    // "\n" 1, method line 3, body and its line feed.
    expect_everywhere("\n_m\n" + many(56) + "\n|\n", {"R{} E{} M=_m B=\"" + many(56) + "\""},
                      limits);
    expect_everywhere("\n_m\n" + many(57) + "\n|\n", error("content_needs_length"), limits);
    expect_everywhere("\n_m\n" + many(5000), error("content_needs_length"), limits);

    expect_everywhere("94\n_m\n" + many(90) + "\n|\n|\n",
                      {"R{} E{} M=_m B=\"" + many(90) + "\"", "ping"}, limits);
    expect_everywhere("96\n", error("packet_too_large"), limits);

    expect_everywhere(":_f\t" + many(30) + "\n|\n", {"R{:_f=" + many(30) + "} E{}"}, limits);
    expect_everywhere(":_f\t" + many(31) + "\n|\n", error("value_too_long"), limits);
    expect_everywhere("\n:_f 30\t" + many(30) + "\n|\n", {"R{} E{:_f=" + many(30) + "}"}, limits);
    expect_everywhere("\n:_f 31\t", error("value_too_long"), limits);

    expect_everywhere(":" + many(37) + "\t\n|\n", {"R{:" + many(37) + "=} E{}"}, limits);
    expect_everywhere(":" + many(38) + "\t\n|\n", error("line_too_long"), limits);
    expect_everywhere(":" + many(500), error("line_too_long"), limits);

    expect_everywhere(":_a\t\n:_b\t\n\n:_c\t\n|\n", {"R{:_a= :_b=} E{:_c=}"}, limits);
    expect_everywhere(":_a\t\n:_b\t\n\n:_c\t\n:_d\t\n|\n", error("too_many_modifiers"), limits);
}

TEST(ParserV1, endless_input_is_bounded_in_memory_and_time) {
    for (const std::string_view repeated :
         {":_a\tb\n", ":", "1", "\n", "_", "\n:_a ", "|", "=\n"}) {
        Reading reading(Generation::v1);
        std::string piece;
        while (piece.size() < 1500) {
            piece += repeated;
        }
        for (int i = 0; i < 2000 && !reading.closed(); ++i) {
            reading.feed(piece);
        }
        EXPECT_TRUE(reading.closed()) << repeated;
    }
}

TEST(ParserV1, a_large_body_read_octet_by_octet_is_scanned_once) {
    // Quadratic work would take minutes here.
    const std::string body(600'000, 'x');
    const std::string octets = std::to_string(body.size() + 4) + "\n_m\n" + body + "\n|\n";
    EXPECT_EQ(read_in_pieces(Generation::v1, octets, 1).size(), 1U);
    const std::string value = "\n:_v 200000\t" + std::string(200'000, '|') + "\n_m\n|\n";
    Limits limits;
    limits.content_without_length = limits.packet_octets;
    EXPECT_EQ(read_in_pieces(Generation::v1, value, 1, limits).size(), 1U);
}

TEST(ParserV1, every_operator_has_its_place) {
    expect_everywhere("\n=_a\t1\n+_b\t2\n-_c\t3\n?_d\t\n!_e\t5\n@_f\t6\n|\n",
                      {"R{} E{=_a=1 +_b=2 -_c=3 ?_d= !_e=5 @_f=6}"});
    expect_everywhere("\n:_a\t1\n=\n", error("modifier_name")); // a sync line comes first
    expect_everywhere("\n=\n=\n?\n_m\n|\n", {"R{} reset resync E{} M=_m B=\"\""});
}

TEST(ParserV1, after_an_error_nothing_is_read_any_more) {
    Parser parser(Generation::v1);
    std::string_view input = "x";
    EXPECT_EQ(parser.next(input).error(), Error::end);
    input = "|\n";
    EXPECT_EQ(parser.next(input).error(), Error::end);
}

} // namespace
} // namespace mailcast::psyc
