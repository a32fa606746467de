// What the lookup doors say over a real store, without sockets.
#include "net/intake/test_intake.h"
#include "net/lookups.h"

#include <gtest/gtest.h>

namespace mailcast::net {

struct LookupsTest : testing::Test, IntakeNode {
    LookupsTest() {
        door.service = LookupDoor::Service::policy;
        static_cast<void>(door.trusted.add("192.0.2.0/24"));
        source.entities[3].rules.senders = delivery::Rules::Senders::internal; // lab
        source.aliases = {{"loop@example.org", {"loop@example.org"}}};
        intake->set_directory(delivery::Directory::make(source));
    }

    std::string map(std::string_view key, std::string_view name = "rcpt") {
        const auto answer = lookups.exists(name, key);
        smtp::Socketmap service;
        service.answer(answer);
        return service.take_output();
    }

    std::string ask(smtp::PolicyRequest request) {
        request.request = "smtpd_access_policy";
        smtp::PolicyService service;
        service.answer(lookups.may(request, door));
        return service.take_output();
    }

    Lookups lookups{*intake};
    LookupDoor door;
};

TEST_F(LookupsTest, the_map_says_who_is_there_under_any_spelling) {
    for (const char* there :
         {"ada@example.org", "ada+topic@example.org", "A.D.A@EXAMPLE.ORG", "lab@example.org",
          "*lab@example.org", "postmaster@example.org", "postmaster", "full+x+y@example.org"}) {
        EXPECT_EQ(map(there), "4:OK 1,") << there;
    }
    for (const char* nobody :
         {"nobody@example.org", "nobody+ada@example.org", "~lab@example.org",
          "ada@elsewhere.example", "@example.org", "example.org", "ada", "", "ada@example.org>",
          "<ada@example.org>", "ada @example.org", "ada@example.org bob@example.org"}) {
        EXPECT_EQ(map(nobody), "9:NOTFOUND ,") << nobody;
    }
    EXPECT_NE(map("loop@example.org").find(":TEMP "), std::string::npos);
    EXPECT_NE(map("ada@example.org", "virtual").find(":PERM there is no map 'virtual'"),
              std::string::npos);
    EXPECT_EQ(lookups.counters().found, 8U);
    EXPECT_EQ(lookups.counters().not_found, 12U);
    EXPECT_EQ(lookups.counters().unsure, 1U);
}

TEST_F(LookupsTest, the_origin_is_what_xforward_would_say) {
    smtp::PolicyRequest request;
    request.sender = "bea@example.net";
    request.recipient = "lab+x@example.org";
    request.client_address = "198.51.100.1";
    EXPECT_TRUE(ask(request).starts_with("action=REJECT 5.7.1 <lab+x@example.org> takes mail only"))
        << ask(request);
    request.client_address = "192.0.2.77";
    EXPECT_EQ(ask(request), "action=DUNNO\n\n") << "a trusted network is inside";
    request.client_address = "198.51.100.1";
    request.sasl_username = "ada";
    EXPECT_EQ(ask(request), "action=DUNNO\n\n") << "so is who has logged in";
    request.sasl_username.clear();
    request.client_address.clear();
    EXPECT_TRUE(ask(request).starts_with("action=REJECT")) << "else it is as the listener has it";
    door.origin = mail::Origin::internal;
    EXPECT_EQ(ask(request), "action=DUNNO\n\n");
}

TEST_F(LookupsTest, what_is_not_its_business_passes) {
    smtp::PolicyRequest request;
    request.client_address = "198.51.100.1";
    for (const char* recipient : {"", "nobody@example.org", "x@elsewhere.example",
                                  "loop@example.org", "no address", "@", "ada@example.org"}) {
        request.recipient = recipient;
        EXPECT_EQ(ask(request), "action=DUNNO\n\n") << recipient;
    }
    request.recipient = "lab@example.org";
    request.sender = "not an address";
    EXPECT_EQ(ask(request), "action=DUNNO\n\n");
    request.sender = "double-bounce@mx.example.org";
    EXPECT_TRUE(ask(request).starts_with("action=REJECT")) << "anybody outside can call himself so";
    request.client_address = "192.0.2.1";
    EXPECT_EQ(ask(request), "action=DUNNO\n\n");
}

TEST_F(LookupsTest, a_size_that_is_announced_is_judged) {
    source.entities[0].rules.max_size = 1000;
    intake->set_directory(delivery::Directory::make(source));
    smtp::PolicyRequest request;
    request.recipient = "ada@example.org";
    request.size = 1001;
    EXPECT_TRUE(ask(request).starts_with("action=REJECT 5.3.4 ")) << ask(request);
    request.size = 1000;
    EXPECT_EQ(ask(request), "action=DUNNO\n\n");
}

TEST_F(LookupsTest, rates_are_looked_at_here_and_counted_at_rcpt) {
    intake->set_rates({}, {.all = {},
                           .sender = delivery::Rate{2, std::chrono::hours(1)},
                           .client = {},
                           .recipient = {}});
    smtp::PolicyRequest request;
    request.sender = "bea@example.net";
    request.recipient = "ada@example.org";
    request.client_address = "198.51.100.1";
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(request), "action=DUNNO\n\n") << "to look counts nothing";
    }
    EXPECT_TRUE(
        deliver({"ada@example.org", "lab@example.org"}, "Subject: 1\r\n\r\n")[0].starts_with(
            "550 "))
        << "lab takes mail from inside only";
    EXPECT_TRUE(deliver({"ada@example.org"}, "Subject: 2\r\n\r\n")[0].starts_with("250 "));
    std::vector<std::string> refused;
    std::vector<std::string> nothing; // no recipient is left that could be answered
    submit({"ada@example.org"}, "Subject: 3\r\n\r\n", nothing, &refused);
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_TRUE(refused[0].starts_with("451 4.7.1 too fast")) << refused[0];
    EXPECT_TRUE(ask(request).starts_with("action=DEFER_IF_PERMIT 4.7.1 too fast")) << ask(request);
    request.sender = "cy@example.net";
    EXPECT_EQ(ask(request), "action=DUNNO\n\n");
}

TEST_F(LookupsTest, a_mail_that_was_delivered_before_goes_in_a_circle) {
    const auto answers = deliver({"ada@example.org", "picky@example.org"},
                                 "Received: from a by b\r\nDelivered-To: Ada+x@example.org\r\n"
                                 "Received: from b by c\r\nSubject: x\r\n\r\ntext\r\n");
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].starts_with("554 5.4.6 <ada@example.org>")) << answers[0];
    EXPECT_TRUE(answers[1].starts_with("250 ")) << answers[1];
    EXPECT_EQ(log_size(ada), 0U);
}

} // namespace mailcast::net
