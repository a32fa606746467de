#include "base/base64.h"
#include "base/utf8.h"
#include "irc/capability.h"
#include "irc/line.h"
#include "irc/line_reader.h"
#include "irc/message.h"
#include "irc/name.h"
#include "irc/sasl.h"
#include "irc/scram.h"
#include "irc/split.h"
#include "irc/token_bucket.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace mailcast::irc {
namespace {

// What the reader finds in a stream that comes in pieces of `size` octets.
std::vector<std::string> read_in_pieces(std::string_view stream, std::size_t size) {
    LineReader reader;
    std::vector<std::string> found;
    for (std::size_t at = 0; at < stream.size(); at += size) {
        std::string_view input = stream.substr(at, size);
        for (;;) {
            const auto next = reader.next(input);
            if (next.outcome == LineReader::Outcome::need_input) {
                break;
            }
            found.push_back(next.outcome == LineReader::Outcome::line ? std::string(next.line)
                                                                      : "<too long>");
        }
    }
    return found;
}

TEST(LineReader, lines_do_not_depend_on_how_they_are_cut) {
    const std::string stream = "NICK ada\r\nUSER a 0 * :b\n\r\n" + std::string(511, 'x') +
                               "\r\nPING 1\r\n@t=" + std::string(8186, 'y') +
                               " PING 2\r\n@t=" + std::string(8188, 'y') + " PING 3\r\nPING 4\r\n";
    const std::vector<std::string> expected = {
        "NICK ada",   "USER a 0 * :b", "",
        "<too long>", "PING 1",        "@t=" + std::string(8186, 'y') + " PING 2",
        "<too long>", "PING 4"};
    for (const std::size_t size : {stream.size(), std::size_t{1}, std::size_t{2}, std::size_t{7},
                                   std::size_t{100}, std::size_t{1000}, std::size_t{9000}}) {
        EXPECT_EQ(read_in_pieces(stream, size), expected) << size;
    }
}

TEST(LineReader, a_line_at_the_limit_is_read_and_one_over_is_dropped) {
    EXPECT_EQ(read_in_pieces(std::string(510, 'x') + "\r\n", 600).front(), std::string(510, 'x'));
    EXPECT_EQ(read_in_pieces(std::string(511, 'x') + "\r\n", 600).front(), "<too long>");
    EXPECT_EQ(read_in_pieces(std::string(510, 'x') + "\n", 600).front(), std::string(510, 'x'));
}

TEST(LineReader, a_line_without_end_is_told_once_and_costs_no_memory) {
    LineReader reader;
    std::size_t told = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string piece(1000, 'x');
        std::string_view input = piece;
        told += reader.next(input).outcome == LineReader::Outcome::too_long ? 1U : 0U;
        EXPECT_TRUE(input.empty());
    }
    EXPECT_EQ(told, 1U);
    std::string_view input = "x\nPING\n";
    EXPECT_EQ(reader.next(input).line, "PING");
}

struct Parsed {
    std::string line;
    std::string source;
    std::string command;
    std::vector<std::string> params;
};

TEST(Message, parts_of_a_line) {
    const std::vector<Parsed> table = {
        {"PING", "", "PING", {}},
        {"NICK ada", "", "NICK", {"ada"}},
        {"  NICK   ada  ", "", "NICK", {"ada"}},
        {":ada!x@y PRIVMSG #lab :hello there", "ada!x@y", "PRIVMSG", {"#lab", "hello there"}},
        {"@a=b;c :s X :", "s", "X", {""}},
        {"USER a 0 * ::) ", "", "USER", {"a", "0", "*", ":) "}},
        {"X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 :17",
         "",
         "X",
         {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15 16 :17"}},
    };
    for (const Parsed& expected : table) {
        const auto message = Message::parse(expected.line);
        ASSERT_TRUE(message.has_value()) << expected.line;
        EXPECT_EQ(message->source(), expected.source);
        EXPECT_EQ(message->command(), expected.command);
        std::vector<std::string> params;
        for (std::size_t i = 0; i < message->size(); ++i) {
            params.emplace_back(message->param(i));
        }
        EXPECT_EQ(params, expected.params) << expected.line;
        EXPECT_EQ(message->param(20), "");
    }
}

TEST(Message, what_is_no_message) {
    EXPECT_EQ(Message::parse("").error(), MessageFault::empty);
    EXPECT_EQ(Message::parse("   ").error(), MessageFault::empty);
    EXPECT_EQ(Message::parse(":only.source").error(), MessageFault::syntax);
    EXPECT_EQ(Message::parse("@tag=x").error(), MessageFault::syntax);
    EXPECT_EQ(Message::parse("PR\x01V x").error(), MessageFault::syntax);
    EXPECT_EQ(Message::parse(std::string_view("PING \0x", 7)).error(), MessageFault::syntax);
    EXPECT_EQ(Message::parse("PING a\rQUIT").error(), MessageFault::syntax);
    EXPECT_EQ(Message::parse("PRIVMSG #lab :\xff").error(), MessageFault::encoding);
}

TEST(Message, tags_are_unescaped_and_the_last_of_a_name_counts) {
    const auto message = Message::parse("@a=1;+draft/reply=x\\:y\\sz\\\\\\r\\n\\q\\;a=2;flag;e= X");
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->tag("a"), "2");
    EXPECT_EQ(message->tag("+draft/reply"), "x;y z\\\r\nq");
    EXPECT_TRUE(message->has_tag("flag"));
    EXPECT_TRUE(message->has_tag("e"));
    EXPECT_FALSE(message->has_tag("fla"));
    EXPECT_EQ(unescaped_tag(escaped_tag("a;b c\\d\r\ne")), "a;b c\\d\r\ne");
}

TEST(Line, nothing_that_is_given_ends_a_line_or_commands_a_client) {
    const std::array<std::string_view, 2> words = {"#lab\r\nQUIT", ""};
    std::string out;
    append_line(out, {{"label", "a;b\r\nc"}},
                {.source = "a b!c@d",
                 .command = "PRIVMSG",
                 .words = words,
                 .saying = Saying::text,
                 .text = "\x01"
                         "DCC SEND\x01 \x02"
                         "bold\x03"
                         "04red\r\nQUIT\0x \xe2\x80\xae"
                         "live \xff"});
    EXPECT_EQ(out, "@label=a\\:b\\sc :a_b!c@d PRIVMSG #lab_QUIT * :DCC SEND bold04red QUIT\r\n");
    const std::array<std::string_view, 1> colon = {":x"};
    out.clear();
    append_line(out, {}, {.command = "NICK", .words = colon});
    EXPECT_EQ(out, "NICK _x\r\n");
}

TEST(Line, text_is_cut_at_a_character_when_it_does_not_fit) {
    const std::array<std::string_view, 1> words = {"#lab"};
    std::string snow;
    for (int i = 0; i < 300; ++i) {
        snow += "\xe2\x98\x83";
    }
    const Line line{.source = "ada!ada@chat.example.org",
                    .command = "PRIVMSG",
                    .words = words,
                    .saying = Saying::action,
                    .text = snow};
    std::string out;
    append_line(out, {}, line);
    EXPECT_LE(out.size(), 512U);
    EXPECT_GT(out.size(), 508U);
    EXPECT_TRUE(base::is_valid_utf8(out));
    EXPECT_TRUE(out.ends_with("\x01\r\n"));
    EXPECT_EQ(room_for_text(line), 512U - 2 -
                                       std::string(":ada!ada@chat.example.org PRIVMSG #lab :"
                                                   "\x01"
                                                   "ACTION \x01")
                                           .size());
}

TEST(Split, pieces_fit_and_joined_they_are_the_line) {
    std::string line;
    for (int i = 0; i < 200; ++i) {
        line += i % 7 == 0 ? "word " : "\xf0\x9f\x8c\xb1";
    }
    for (const std::size_t room : {4U, 5U, 17U, 100U, 10000U}) {
        std::string joined;
        for (const std::string_view piece : split_line(line, room)) {
            EXPECT_LE(piece.size(), room);
            EXPECT_FALSE(piece.empty());
            EXPECT_TRUE(base::is_valid_utf8(piece));
            joined += piece;
        }
        EXPECT_EQ(joined, line) << room;
    }
    EXPECT_EQ(split_line("", 100), std::vector<std::string_view>{""});
    EXPECT_EQ(split_line("one two three", 8), (std::vector<std::string_view>{"one two ", "three"}));
}

TEST(Name, nicks_and_channels) {
    for (const char* good : {"ada", "Ada", "a", "_x", "[a]{b}|c\\^`", "x-1"}) {
        EXPECT_TRUE(is_nick(good)) << good;
    }
    for (const char* bad : {"", "1a", "-a", "a b", "a.b", "a!b", "a@b", "#a", "\xc3\xa4"}) {
        EXPECT_FALSE(is_nick(bad)) << bad;
    }
    EXPECT_FALSE(is_nick(std::string(65, 'a')));
    for (const char* good : {"#a", "#lab+x", "#mail-01JD"}) {
        EXPECT_TRUE(is_channel(good)) << good;
    }
    for (const char* bad : {"", "#", "lab", "#a b", "#a,b", "#a\x07"}) {
        EXPECT_FALSE(is_channel(bad)) << bad;
    }
    EXPECT_EQ(split_login("ada@phone").account, "ada");
    EXPECT_EQ(split_login("ada@phone").client, "phone");
    EXPECT_EQ(split_login("ada").client, "");
    EXPECT_TRUE(matches_mask("a*A?", "Adaab"));
    EXPECT_FALSE(matches_mask("a*c", "ab"));
    EXPECT_TRUE(matches_mask("*", ""));
}

std::string words_of(const std::vector<CapabilityAnswer>& answers) {
    std::string text;
    for (const CapabilityAnswer& answer : answers) {
        text +=
            std::string(answer.subcommand) + (answer.more ? "*" : "") + ":" + answer.text + "\n";
    }
    return text;
}

CapabilityOffer some_offer() {
    CapabilityOffer offer;
    for (const Capability one : {Capability::batch, Capability::sasl, Capability::cap_notify}) {
        offer.offered.add(one);
    }
    offer.sasl = "PLAIN";
    return offer;
}

TEST(Negotiation, a_dialogue) {
    const CapabilityOffer offer = some_offer();
    Negotiation negotiation;
    const auto say = [&](std::string_view subcommand, std::string_view argument) {
        const auto answers = negotiation.take(subcommand, argument, offer, false);
        return answers ? words_of(*answers) : "?";
    };
    EXPECT_EQ(say("LS", ""), "LS:batch cap-notify sasl\n");
    EXPECT_TRUE(negotiation.is_open());
    EXPECT_EQ(say("LS", "302"), "LS:batch cap-notify sasl=PLAIN\n");
    EXPECT_EQ(say("LIST", ""), "LIST:cap-notify\n");
    EXPECT_EQ(say("REQ", "batch sasl"), "ACK:batch sasl\n");
    EXPECT_EQ(say("REQ", "batch server-time"), "NAK:batch server-time\n");
    EXPECT_EQ(say("REQ", "-batch nonsense"), "NAK:-batch nonsense\n");
    EXPECT_TRUE(negotiation.active().has(Capability::batch));
    EXPECT_EQ(say("REQ", "-batch"), "ACK:-batch\n");
    EXPECT_EQ(say("REQ", "-cap-notify"), "NAK:-cap-notify\n");
    EXPECT_EQ(say("LIST", ""), "LIST:cap-notify sasl\n");
    EXPECT_EQ(say("FOO", ""), "?");
    EXPECT_EQ(say("END", ""), "");
    EXPECT_FALSE(negotiation.is_open());
}

TEST(Negotiation, a_long_list_takes_several_lines_for_302_only) {
    CapabilityOffer offer;
    for (std::size_t i = 0; i < capability_amount; ++i) {
        offer.offered.add(static_cast<Capability>(i));
    }
    offer.sasl = std::string(200, 'x');
    Negotiation older;
    EXPECT_EQ(older.take("LS", "", offer, false)->size(), 1U);
    EXPECT_LE(older.take("LS", "", offer, false)->front().text.size(), 450U);
    Negotiation newer;
    const auto answers = newer.take("LS", "302", offer, false);
    ASSERT_EQ(answers->size(), 2U);
    EXPECT_TRUE(answers->front().more);
    EXPECT_FALSE(answers->back().more);
}

TEST(Negotiation, a_change_is_told_to_who_asked_for_it) {
    const CapabilityOffer before = some_offer();
    CapabilityOffer after = before;
    after.offered.remove(Capability::sasl);
    after.offered.add(Capability::setname);
    Negotiation older;
    static_cast<void>(older.take("REQ", "sasl", before, true));
    EXPECT_EQ(words_of(older.changed(before, after)), "");
    EXPECT_FALSE(older.active().has(Capability::sasl));
    Negotiation newer;
    static_cast<void>(newer.take("LS", "302", before, true));
    EXPECT_FALSE(newer.is_open());
    EXPECT_EQ(words_of(newer.changed(before, after)), "DEL:sasl\nNEW:setname\n");
}

TEST(Sasl, pieces_are_put_together) {
    SaslPieces pieces;
    const std::string long_response(450, 'p');
    const std::string text = base::encode_base64(long_response);
    ASSERT_EQ(text.size(), 600U);
    EXPECT_EQ(pieces.take(text.substr(0, 400)), SaslPieces::Outcome::more);
    EXPECT_EQ(pieces.take(text.substr(400)), SaslPieces::Outcome::whole);
    EXPECT_EQ(pieces.take_response(), long_response);
    const std::string even = base::encode_base64(std::string(300, 'p'));
    EXPECT_EQ(pieces.take(even), SaslPieces::Outcome::more);
    EXPECT_EQ(pieces.take("+"), SaslPieces::Outcome::whole);
    EXPECT_EQ(pieces.take_response().size(), 300U);
    EXPECT_EQ(pieces.take("*"), SaslPieces::Outcome::aborted);
    EXPECT_EQ(pieces.take("a b"), SaslPieces::Outcome::broken);
    EXPECT_EQ(pieces.take("YQ"), SaslPieces::Outcome::broken);
    EXPECT_EQ(pieces.take("YR=="), SaslPieces::Outcome::broken);
    EXPECT_EQ(pieces.take(std::string(401, 'A')), SaslPieces::Outcome::too_long);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(pieces.take(std::string(400, 'A')), SaslPieces::Outcome::more);
    }
    EXPECT_EQ(pieces.take(std::string(400, 'A')), SaslPieces::Outcome::too_long);
}

TEST(Sasl, plain) {
    const auto good = read_plain(std::string_view("\0ada@phone\0secret", 17));
    ASSERT_TRUE(good.has_value());
    EXPECT_EQ(good->authenticate, "ada@phone");
    EXPECT_EQ(good->password, "secret");
    for (const std::string_view bad :
         {std::string_view(""), std::string_view("ada"), std::string_view("\0ada", 4),
          std::string_view("\0ada\0", 5), std::string_view("\0\0x", 3),
          std::string_view("\0a\0b\0c", 6), std::string_view("\0a\0\xff", 4)}) {
        EXPECT_FALSE(read_plain(bad).has_value());
    }
}

// RFC 7677 3: user "user", password "pencil".
TEST(Scram, the_exchange_of_the_rfc) {
    const std::string salted("\xc4\xa4\x95\x10\x32\x3a\xb4\xf9\x52\xca\xc1\xfa\x99\x44\x19\x39"
                             "\xe7\x8e\xa7\x4d\x6b\xe8\x1d\xdf\x70\x96\xe8\x75\x13\xdc\x61\x5d",
                             32);
    const auto verifier =
        ScramVerifier::make(salted, *decode_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    EXPECT_EQ(verifier.text(), "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
                               "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
                               "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    const auto read = ScramVerifier::parse(verifier.text());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text(), verifier.text());

    ScramExchange exchange;
    ASSERT_TRUE(exchange.begin("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
    EXPECT_EQ(exchange.name(), "user");
    EXPECT_EQ(
        exchange.challenge(*read, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"),
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    const std::string final = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                              "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    EXPECT_EQ(exchange.finish(final), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    EXPECT_EQ(exchange.finish(final), std::nullopt); // one answer to one challenge
}

TEST(Scram, what_is_not_as_it_was_asked_is_refused) {
    const auto verifier = ScramVerifier::make("x", "salt", 1);
    const auto finish = [&verifier](const std::string& message) {
        ScramExchange exchange;
        EXPECT_TRUE(exchange.begin("y,a=ada,n=ada=2C=3D,r=abc"));
        EXPECT_EQ(exchange.name(), "ada,=");
        EXPECT_EQ(exchange.authorize(), "ada");
        exchange.challenge(verifier, "def");
        return exchange.finish(message);
    };
    const std::string header = base::encode_base64("y,a=ada,");
    const std::string proof = ",p=" + base::encode_base64(std::string(32, 'p'));
    for (const std::string& message :
         {"c=" + header + ",r=abcdef" + proof, // another key's proof
          "c=biws,r=abcdef" + proof, "c=" + header + ",r=abc" + proof, "c=" + header + ",r=abcdef",
          "c=" + header + ",r=abcdef,p=", "c=" + header + ",r=abcdef,p=YQ==", std::string(),
          std::string(longest_scram_message + 1, ',')}) {
        EXPECT_EQ(finish(message), std::nullopt) << message;
    }
    ScramExchange early;
    EXPECT_EQ(early.finish("c=biws,r=abc" + proof), std::nullopt);
    EXPECT_FALSE(early.begin("n,,n=" + std::string(longest_scram_message, 'a') + ",r=x"));
    for (const char* text :
         {"", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:YQ==$x:y", "SCRAM-SHA-1$1:YQ==$x:y",
          "SCRAM-SHA-256$1:YQ==$YQ==:YQ==", "SCRAM-SHA-256$99999999999:YQ==$x:y"}) {
        EXPECT_FALSE(ScramVerifier::parse(text)) << text;
    }
}

TEST(TokenBucket, a_burst_then_a_steady_rate) {
    TokenBucket bucket(3, std::chrono::milliseconds(100));
    TokenBucket::Moment now{std::chrono::hours(1)};
    EXPECT_TRUE(bucket.take(now));
    EXPECT_TRUE(bucket.take(now, 2));
    EXPECT_FALSE(bucket.take(now));
    EXPECT_FALSE(bucket.take(now + std::chrono::milliseconds(99)));
    EXPECT_TRUE(bucket.take(now + std::chrono::milliseconds(100)));
    EXPECT_FALSE(bucket.take(now + std::chrono::milliseconds(150)));
    EXPECT_TRUE(bucket.take(now + std::chrono::milliseconds(200)));
    EXPECT_TRUE(bucket.take(now + std::chrono::hours(1), 3));
    EXPECT_FALSE(bucket.take(now + std::chrono::hours(1)));
    EXPECT_FALSE(bucket.take(now)); // a clock that steps back gives nothing
}

} // namespace
} // namespace mailcast::irc
