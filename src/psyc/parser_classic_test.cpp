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

// The worked packets of the protocol reference: O are good, X are malformed.
const std::vector<Case>& worked() {
    static const std::vector<Case> cases{
        {"O01", ".\n", {"ping"}},
        {"O02",
         ":_target\tpsyc://example.org/~ada\n"
         "_request_link\n"
         ".\n",
         {"R{:_target=psyc://example.org/~ada} E{} M=_request_link B=\"\""}},
        {"O03",
         ":_source\tpsyc://example.net/~bea\n"
         ":_target\tpsyc://example.org/~ada\n"
         "\n"
         ":_nick\tbea\n"
         "_message_private\n"
         "hello\n"
         "there\n"
         ".\n",
         {"R{:_source=psyc://example.net/~bea :_target=psyc://example.org/~ada} E{:_nick=bea} "
          "M=_message_private B=\"hello\nthere\""}},
        {"O04",
         "=_target\tpsyc://example.org/~ada\n"
         "_request_link\n"
         ".\n"
         ":_password\tsecret\n"
         "_set_password\n"
         ".\n",
         {"R{=_target=psyc://example.org/~ada} E{} M=_request_link B=\"\"",
          "R{} E{:_password=secret} M=_set_password B=\"\""}}, // the state is for StateScope
        {"O05",
         ":_list_members\tpsyc://example.org/~ada\n"
         ":\tpsyc://example.net/~bea\n"
         "_status_place_members\n"
         ".\n",
         {"R{} E{:_list_members=psyc://example.org/~ada :=psyc://example.net/~bea} "
          "M=_status_place_members B=\"\""}},
        {"O06",
         ":_list_members\t\n"
         "_status_place_members\n"
         ".\n",
         {"R{} E{:_list_members=} M=_status_place_members B=\"\""}},
        {"O07",
         ":_description\tline one\n"
         "\tline two\n"
         "_notice_x\n"
         ".\n",
         {"R{} E{:_description=line one\nline two} M=_notice_x B=\"\""}},
        {"O08",
         ":_nick   bea\n"
         "_notice_x\n"
         ".\n",
         {"R{} E{:_nick=bea} M=_notice_x B=\"\""}},
        {"O09",
         ":_using_modules\t_encrypt\n"
         ".\n",
         {"R{:_using_modules=_encrypt} E{}"}},
        {"O10",
         ".\n"
         ":_target\tpsyc://example.org/~ada\n"
         "\n"
         ":_origin\tCarol <carol@example.com>\n"
         ":_subject\thi\n"
         ":_nick_alias\tmxMail\n"
         "_notice_received_email\n"
         "([_nick_alias]) [_origin]: [_subject]\n"
         ".\n",
         {"ping", "R{:_target=psyc://example.org/~ada} E{:_origin=Carol <carol@example.com> "
                  ":_subject=hi :_nick_alias=mxMail} M=_notice_received_email B=\"([_nick_alias]) "
                  "[_origin]: [_subject]\""}},
        {"O11",
         ":_source\tpsyc://example.net/~bea\n"
         ":_target\tpsyc://example.org/@lab\n"
         ":_tag\t77aa\n"
         "\n"
         ":_nick\tbea\n"
         "_request_enter\n"
         ".\n",
         {"R{:_source=psyc://example.net/~bea :_target=psyc://example.org/@lab :_tag=77aa} "
          "E{:_nick=bea} M=_request_enter B=\"\""}},
        {"O12",
         ":_degree_availability\tbusy\n"
         "_notice_presence\n"
         ".\n",
         {"error degree"}},
        {"X01",
         "GET / HTTP/1.0\n",
         {"error method_compact"}}, // detect() answers for the first octet of a circuit
        {"X02",
         ".\n"
         "|\n",
         {"ping", "error method_compact"}},
        {"X03",
         ".\n"
         ":\tvalue\n",
         {"ping", "error syntax_list_append"}},
        {"X04",
         ".\n"
         "=_target\n",
         {"ping", "error syntax_assign"}},
        {"X05",
         ".\n"
         "_mess-age\n",
         {"ping", "error illegal_method"}},
        {"X06",
         ".\n"
         ":_na-me\tx\n"
         "_notice_x\n",
         {"ping", "error illegal_variable"}},
        {"X07",
         ".\n"
         ":_length\t5\n"
         "_message\n",
         {"ping", "error unsupported_length"}},
        {"X08",
         ".\n"
         "_data\n",
         {"ping", "error unsupported_data"}},
    };
    return cases;
}

TEST(ParserClassic, worked_packets_are_read_as_the_reference_says) {
    for (const Case& test : worked()) {
        EXPECT_EQ(read_whole(Generation::classic, test.octets), test.events) << test.name;
    }
}

TEST(ParserClassic, cuts_of_the_input_do_not_matter) {
    for (const Case& test : worked()) {
        EXPECT_EQ(read_in_pieces(Generation::classic, test.octets, 1), test.events) << test.name;
        for (std::size_t cut = 0; cut <= test.octets.size(); ++cut) {
            EXPECT_EQ(read_cut_at(Generation::classic, test.octets, cut), test.events)
                << test.name << " cut at " << cut;
        }
    }
}

Events error(std::string_view name) {
    return {"error " + std::string(name)};
}

void expect_everywhere(std::string_view octets, const Events& events,
                       const Limits& limits = Parser::default_limits()) {
    const std::string_view shown = octets.substr(0, 60);
    EXPECT_EQ(read_whole(Generation::classic, octets, limits), events) << shown;
    EXPECT_EQ(read_in_pieces(Generation::classic, octets, 1, limits), events) << shown;
    EXPECT_EQ(read_in_pieces(Generation::classic, octets, 7, limits), events) << shown;
}

TEST(ParserClassic, a_body_ends_only_at_a_line_that_is_exactly_a_dot) {
    expect_everywhere("_m\n..\n. \n.x\n x.\n.\n", {"R{} E{} M=_m B=\"..\n. \n.x\n x.\""});
    expect_everywhere("_m\n\n.\n", {"R{} E{} M=_m B=\"\""});
    expect_everywhere("_m\n\n\n.\n", {"R{} E{} M=_m B=\"\n\""});
    expect_everywhere("_m\n:_a\tb\n_n\n.\n", {"R{} E{} M=_m B=\":_a\tb\n_n\""});
    // CR belongs to the line, so this is no end.
    expect_everywhere("_m\na\r\n.\r\n.\n", {"R{} E{} M=_m B=\"a\r\n.\r\""});
}

TEST(ParserClassic, before_the_method_any_line_that_begins_with_a_dot_ends_the_packet) {
    expect_everywhere(".anything\n.\n", {"ping", "ping"});
}

TEST(ParserClassic, values_go_on_over_lines_and_blank_lines_are_ornament) {
    expect_everywhere(":_a\t\n\tx\n y\n\t\n\n\t\tz\n_m\n.\n",
                      {"R{} E{:_a=\nx\ny\n\n\tz} M=_m B=\"\""});
    expect_everywhere(":_list_a\tb\n:\tc\n\td\n.\n", {"R{} E{:_list_a=b :=c\nd}"});
    expect_everywhere("\tx\n", error("syntax_list_append"));
    expect_everywhere("\n \n", error("syntax_list_append"));
}

TEST(ParserClassic, operators_without_white_are_errors_where_psyced_has_them) {
    expect_everywhere(":_a\n", error("syntax_set"));
    expect_everywhere("=_a\n", error("syntax_assign"));
    expect_everywhere("+_a\n", error("syntax_augment"));
    expect_everywhere("-_a\n?_b\n.\n", {"R{} E{-_a= ?_b=}"});
    expect_everywhere("!_a\tx\n", error("method_compact"));
    expect_everywhere("@", error("method_compact"));
    expect_everywhere(":_a:b\tx\n", error("illegal_variable"));
    expect_everywhere("_m\r\n", error("illegal_method"));
    expect_everywhere("_data_x\n", error("unsupported_data"));
    expect_everywhere("_database\n.\n", {"R{} E{} M=_database B=\"\""});
}

TEST(ParserClassic, a_wrong_degree_costs_its_packet_and_no_other) {
    expect_everywhere(":_degree_availability\tbusy\n_m\nx\n.\n:_degree_mood\t7 fine\n_n\n.\n",
                      {"error degree", "R{} E{:_degree_mood=7 fine} M=_n B=\"\""});
}

TEST(ParserClassic, old_names_of_talk_are_messages) {
    for (const std::string_view method : {"_talk", "_converse", "_conversation"}) {
        expect_everywhere(std::string(method) + "\nhi\n.\n", {"R{} E{} M=_message B=\"hi\""});
    }
    expect_everywhere("_talkative\n.\n", {"R{} E{} M=_talkative B=\"\""});
}

TEST(ParserClassic, every_limit_holds_at_its_value_and_not_one_beyond) {
    Limits limits;
    limits.packet_octets = 100;
    limits.line_octets = 40;
    limits.value_octets = 30;
    limits.modifiers = 5;
    limits.list_elements = 3;
    const auto many = [](std::size_t count) { return std::string(count, 'x'); };

    expect_everywhere("_m\n" + many(94) + "\n.\n.\n",
                      {"R{} E{} M=_m B=\"" + many(94) + "\"", "ping"}, limits);
    expect_everywhere("_m\n" + many(95) + "\n.\n", error("packet_too_large"), limits);
    expect_everywhere("_m\n" + many(5000), error("packet_too_large"), limits);

    expect_everywhere(":_f\t" + many(30) + "\n.\n", {"R{} E{:_f=" + many(30) + "}"}, limits);
    expect_everywhere(":_f\t" + many(31) + "\n.\n", error("value_too_long"), limits);
    expect_everywhere(":_f\tab\n\t" + many(27) + "\n\tc\n.\n", error("value_too_long"), limits);

    expect_everywhere(":" + many(37) + "\t\n.\n", {"R{} E{:" + many(37) + "=}"}, limits);
    expect_everywhere(":" + many(38) + "\t\n.\n", error("line_too_long"), limits);
    expect_everywhere(":" + many(500), error("line_too_long"), limits);

    expect_everywhere(":_list_a\t1\n:\t2\n:\t3\n:_b\t\n:\t4\n.\n",
                      {"R{} E{:_list_a=1 :=2 :=3 :_b= :=4}"}, limits);
    expect_everywhere(":_list_a\t1\n:\t2\n:\t3\n:\t4\n.\n", error("list_too_large"), limits);
    expect_everywhere(":_a\t\n:_b\t\n:_c\t\n:_d\t\n:_e\t\n:_f\t\n.\n", error("too_many_modifiers"),
                      limits);
}

TEST(ParserClassic, endless_input_is_bounded_in_memory_and_time) {
    for (const std::string_view start : {":_a\tb\n", ":_list_a\t", "_m\n", ":_a\t"}) {
        for (const std::string_view repeated : {":_a\tb\n", ":\tb\n", "\n", "\tx\n", "_"}) {
            Reading reading(Generation::classic);
            std::string piece;
            while (piece.size() < 1500) {
                piece += repeated;
            }
            reading.feed(start);
            for (int i = 0; i < 2000 && !reading.closed(); ++i) {
                reading.feed(piece);
            }
            EXPECT_TRUE(reading.closed()) << start << repeated;
        }
    }
}

TEST(ParserClassic, a_large_body_read_octet_by_octet_is_scanned_once) {
    const std::string octets = "_m\n" + std::string(600'000, '\n') + "x\n.\n";
    EXPECT_EQ(read_in_pieces(Generation::classic, octets, 1).size(), 1U);
}

TEST(ParserClassic, a_packet_that_is_whole_in_the_input_is_not_copied) {
    Parser parser(Generation::classic);
    const std::string octets = ":_nick\tbea\n_message\nhello\n.\n.\n";
    std::string_view input = octets;
    const auto packet = parser.next(input);
    ASSERT_TRUE(packet && *packet);
    EXPECT_EQ((*packet)->octets.data(), octets.data());
    EXPECT_EQ((*packet)->text_of("_nick").data(), octets.data() + 7);
    EXPECT_EQ(input, ".\n");
    EXPECT_FALSE(parser.is_inside_packet());
}

TEST(ParserClassic, an_idle_parser_is_small) {
    EXPECT_LE(sizeof(Parser), 32U);
    Parser parser(Generation::classic);
    std::string_view input = ".\n:_a";
    EXPECT_TRUE(*parser.next(input));
    EXPECT_FALSE(*parser.next(input));
    EXPECT_TRUE(input.empty());
    EXPECT_TRUE(parser.is_inside_packet());
}

// What psyced sent to a client, with its own order of variables and its ornaments.
TEST(ParserClassic, packets_of_psyced_are_understood) {
    expect_everywhere(":_source\tpsyc://chat.example.org/\n"
                      ":_target_peer\tpsyc://localhost:-36890/\n"
                      "\n"
                      ":_implementation\tpsyced/0.99 ldmud/3.3.720 Linux/6.18 x86_64\n"
                      ":_page_description\thttp://www.psyc.eu/\n"
                      "_notice_circuit_established\n"
                      "Hello [_target_peer].\n"
                      "Circuit to [_source] running [_implementation] established.\n"
                      ".\n",
                      {"R{:_source=psyc://chat.example.org/} "
                       "E{:_target_peer=psyc://localhost:-36890/ "
                       ":_implementation=psyced/0.99 ldmud/3.3.720 Linux/6.18 x86_64 "
                       ":_page_description=http://www.psyc.eu/} M=_notice_circuit_established "
                       "B=\"Hello [_target_peer].\n"
                       "Circuit to [_source] running [_implementation] established.\""});
    expect_everywhere(":_source\tpsyc://chat.example.org/~carol\n"
                      ":_tag\t59129cffc8c00400\n"
                      ":_source_identification\tpsyc://chat.example.org/~carol\n"
                      ":_tag_reply\t59129cffc8c00400\n"
                      "\n"
                      ":_list_members\tpsyc://chat.example.org/~carol\n"
                      ":\tpsyc://chat.example.org/~dave\n"
                      ":_list_members_nicks\tcarol\n"
                      ":\tdave\n"
                      ":_duty\tmember\n"
                      "_echo_place_enter\n"
                      "You enter [_nick_place].\n"
                      ".\n",
                      {"R{:_source=psyc://chat.example.org/~carol :_tag=59129cffc8c00400 "
                       ":_source_identification=psyc://chat.example.org/~carol "
                       ":_tag_reply=59129cffc8c00400} "
                       "E{:_list_members=psyc://chat.example.org/~carol "
                       ":=psyc://chat.example.org/~dave :_list_members_nicks=carol :=dave "
                       ":_duty=member} M=_echo_place_enter B=\"You enter [_nick_place].\""});
    expect_everywhere(":_source_relay\tmailto:sender@example.com\n"
                      "\n"
                      ":_ID_SMTP\t<psyc1@example.com>\n"
                      ":_content\tbefore\n"
                      "\t..\n"
                      "\tafter\n"
                      ":_nick_target\t~carol\n"
                      "_notice_email_delivered\n"
                      "([_method_SMTP] from [_nick] to [_nick_target]) [_subject]\n"
                      "[_content]\n"
                      ".\n"
                      "_request_circuit_shutdown\n"
                      ".\n",
                      {"R{:_source_relay=mailto:sender@example.com} "
                       "E{:_ID_SMTP=<psyc1@example.com> :_content=before\n..\nafter "
                       ":_nick_target=~carol} M=_notice_email_delivered "
                       "B=\"([_method_SMTP] from [_nick] to [_nick_target]) "
                       "[_subject]\n[_content]\"",
                       "R{} E{} M=_request_circuit_shutdown B=\"\""});
}

} // namespace
} // namespace mailcast::psyc
