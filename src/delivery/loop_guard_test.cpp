#include "delivery/loop_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::delivery {
namespace {

const std::string received = "Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0000\r\n";
const std::string rest = "From: bea@example.net\r\n\r\nDelivered-To: in@the.text\r\n";

std::string before(const std::string& header, bool trusted = true) {
    const std::string octets = header + rest;
    std::string out;
    for (const mail::Mailbox& mailbox : delivered_before(mime::parse(octets), trusted)) {
        out += mailbox.text() + " ";
    }
    return out;
}

TEST(LoopGuard, forty_nine_hands_are_fine_fifty_are_a_circle) {
    std::string header;
    for (std::size_t i = 1; i < too_many_received_fields; ++i) {
        header += received;
    }
    std::string octets = header + rest;
    EXPECT_FALSE(has_too_many_hops(mime::parse(octets)));
    octets = header + received + rest;
    EXPECT_TRUE(has_too_many_hops(mime::parse(octets)));
}

TEST(LoopGuard, what_stands_below_a_received_was_delivered_before) {
    const std::string ada = "Delivered-To: Ada+x@Example.org\r\n";
    EXPECT_EQ(before(""), "");
    EXPECT_EQ(before(received + ada), "Ada+x@example.org ");
    EXPECT_EQ(before(ada), "Ada+x@example.org ") << "no mail server was at work";
    EXPECT_EQ(before("Return-Path: <x@y>\r\n" + ada + received), "")
        << "the server that hands it in wrote it just now";
    EXPECT_EQ(before(ada + received, false), "Ada+x@example.org ");
    EXPECT_EQ(before(ada + received + "delivered-to: <lab@example.org>\r\n" + received),
              "lab@example.org ");
    EXPECT_EQ(before(received + "Delivered-To: nobody\r\nDelivered-To:\r\n"), "");
}

TEST(LoopGuard, a_mail_made_of_such_fields_is_bounded) {
    std::string octets = received;
    for (std::size_t i = 0; i < 1000; ++i) {
        octets += "Delivered-To: ada@example.org\r\n";
    }
    octets += rest;
    EXPECT_EQ(delivered_before(mime::parse(octets), true).size(), max_delivered_to);
}

} // namespace
} // namespace mailcast::delivery
