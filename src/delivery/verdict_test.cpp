#include "delivery/verdict.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::delivery {
namespace {

using mail::Origin;

const VerdictSettings ours{
    .authserv_id = "mx.example.org", .spam_headers = {"X-Spam-Flag"}, .hops = 0};

std::string verdict_of(const std::string& header, Origin origin = Origin::external,
                       bool trusted = true, const VerdictSettings& settings = ours) {
    const std::string mail = header + "From: Bea <bea@example.net>\r\nSubject: x\r\n\r\ntext\r\n";
    const mime::Message message = mime::parse(mail);
    return badge_of(origin, judge(message, origin, trusted, settings));
}

TEST(Verdict, what_our_server_found_out) {
    const std::string field = "Authentication-Results: mx.example.org; ";
    for (const auto& [results, badge] : {
             std::pair{"dmarc=pass header.from=example.net", "external, verified example.net"},
             std::pair{"dkim=pass header.d=example.net header.s=a",
                       "external, verified example.net"},
             std::pair{"dkim=pass header.i=@example.net", "external, verified example.net"},
             std::pair{"dkim=pass (2048-bit; \"dmarc=fail\") header.d=mail.example.net",
                       "external, verified example.net"},
             std::pair{"spf=pass smtp.mailfrom=bounce@example.net",
                       "external, verified example.net"},
             std::pair{
                 "spf=pass smtp.mailfrom=example.net;\r\n\tdmarc=fail header.from=example.net",
                 "external, failed"},
             std::pair{"dkim/1=PASS header.d=Example.NET", "external, verified example.net"},
             std::pair{"dkim=fail reason=\"bad; dkim=pass\" header.d=example.net",
                       "external, failed"},
             std::pair{"dkim=fail header.d=example.net; spf=pass smtp.mailfrom=example.net",
                       "external, verified example.net"},
             std::pair{"dkim=pass header.d=evil.example", "external, unverified"},
             std::pair{"dkim=pass header.d=notexample.net", "external, unverified"},
             std::pair{"dkim=pass header.d=net", "external, unverified"},
             std::pair{"dmarc=pass header.from=evil.example", "external, unverified"},
             std::pair{"dkim=fail header.d=list.example; spf=softfail smtp.mailfrom=x@example.net",
                       "external, unverified"},
             std::pair{"none", "external, unverified"},
             std::pair{"", "external, unverified"},
             std::pair{"dkim=", "external, unverified"},
             std::pair{"dkim=none; spf=none", "external, unverified"},
         }) {
        EXPECT_EQ(verdict_of(field + results + "\r\n"), badge) << results;
    }
    EXPECT_EQ(
        verdict_of("Authentication-Results: MX.example.org 1; dkim=pass header.d=example.net\r\n"),
        "external, verified example.net")
        << "a version may stand behind the id";
}

TEST(Verdict, only_the_topmost_field_of_our_server_is_believed) {
    const std::string good =
        "Authentication-Results: mx.example.org; dkim=pass header.d=example.net\r\n";
    const std::string other =
        "Authentication-Results: mx.evil.example; dkim=pass header.d=example.net\r\n";
    const std::string received = "Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0000\r\n";
    EXPECT_EQ(verdict_of(good + received), "external, verified example.net");
    EXPECT_EQ(
        verdict_of("Return-Path: <bea@example.net>\r\nX-Original-To: ada@example.org\r\n" + good),
        "external, verified example.net");
    EXPECT_EQ(verdict_of(other), "external, unverified");
    EXPECT_EQ(verdict_of(other + good), "external, unverified");
    EXPECT_EQ(verdict_of(received + good), "external, unverified") << "came with the mail";
    EXPECT_EQ(verdict_of("Subject: x\r\n"), "external, unverified");
    EXPECT_EQ(
        verdict_of("Authentication-Results: mx.example.org; dkim=fail header.d=example.net\r\n" +
                   good),
        "external, failed");
}

TEST(Verdict, a_milter_s_field_stands_below_our_server_s_own_received) {
    VerdictSettings milter = ours;
    milter.hops = 1;
    const std::string good =
        "Authentication-Results: mx.example.org; dkim=pass header.d=example.net\r\n";
    const std::string received = "Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0000\r\n";
    EXPECT_EQ(verdict_of(received + good, Origin::external, true, milter),
              "external, verified example.net");
    EXPECT_EQ(verdict_of(received + received + good, Origin::external, true, milter),
              "external, unverified");
}

TEST(Verdict, nobody_is_believed_who_is_not_trusted_or_not_configured) {
    const std::string good =
        "Authentication-Results: mx.example.org; dkim=pass header.d=example.net\r\n";
    EXPECT_EQ(verdict_of(good, Origin::external, false), "external, unverified");
    EXPECT_EQ(verdict_of(good, Origin::external, true, {}), "external, unverified");
    EXPECT_EQ(verdict_of(good, Origin::internal, false), "internal");
    EXPECT_EQ(verdict_of("Authentication-Results: mx.example.org; dkim=fail\r\n", Origin::internal),
              "internal");
    const std::string by_two = good + "From: a@example.net, b@example.com\r\n\r\n";
    const mime::Message two = mime::parse(by_two);
    EXPECT_EQ(judge(two, Origin::external, true, ours).verdict, Verdict::unverified);
}

TEST(Verdict, spam_is_what_our_server_calls_so) {
    const std::string good =
        "Authentication-Results: mx.example.org; dkim=pass header.d=example.net\r\n";
    EXPECT_EQ(verdict_of("X-Spam-Flag: YES\r\n" + good), "external, spam");
    EXPECT_EQ(verdict_of(good + "x-spam-flag: Yes, score=7.5\r\n"), "external, spam");
    EXPECT_EQ(verdict_of(good + "X-Spam-Flag: NO\r\n"), "external, verified example.net");
    EXPECT_EQ(verdict_of("Received: from a by b\r\nX-Spam-Flag: YES\r\n"), "external, unverified");
    EXPECT_EQ(verdict_of("X-Spam: Yes\r\n"), "external, unverified") << "it was not named";
    EXPECT_EQ(verdict_of("X-Spam-Flag: YES\r\n", Origin::external, false), "external, unverified");
}

} // namespace
} // namespace mailcast::delivery
