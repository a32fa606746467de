#include "smtp/policy_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::smtp {
namespace {

using Kind = PolicyAction::Kind;

struct Talk {
    std::vector<PolicyRequest> requests;
    std::string output;
    bool broken = false;
    bool idle = true;

    bool operator==(const Talk&) const = default;
};

Talk talk(const std::vector<std::string_view>& pieces) {
    Talk made;
    PolicyService service;
    for (std::string_view piece : pieces) {
        while (const PolicyRequest* request = service.next(piece)) {
            made.requests.push_back(*request);
            service.answer(request->recipient == "room@example.org"
                               ? PolicyAction{.kind = Kind::reject, .text = "5.7.1 not for you"}
                               : PolicyAction{});
        }
    }
    made.output = service.take_output();
    made.broken = service.broken();
    made.idle = service.idle();
    return made;
}

// As Postfix 3.7 writes it.
const std::string asked = "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n"
                          "client_address=192.0.2.7\nclient_name=mail.example.net\nhelo_name=x=y\n"
                          "sender=bea@example.net\nrecipient=room@example.org\n"
                          "recipient_count=0\nqueue_id=\ninstance=123.456\nsize=2048\n"
                          "sasl_username=\nstress=\n\n";

TEST(PolicyService, a_request_is_read_to_its_empty_line) {
    const Talk made = talk({asked});
    ASSERT_EQ(made.requests.size(), 1U);
    const PolicyRequest& request = made.requests.front();
    EXPECT_EQ(request.request, "smtpd_access_policy");
    EXPECT_EQ(request.protocol_state, "RCPT");
    EXPECT_EQ(request.sender, "bea@example.net");
    EXPECT_EQ(request.client_address, "192.0.2.7");
    EXPECT_EQ(request.instance, "123.456");
    EXPECT_EQ(request.size, 2048U);
    EXPECT_EQ(made.output, "action=REJECT 5.7.1 not for you\n\n");
    EXPECT_TRUE(made.idle);
}

TEST(PolicyService, one_connection_serves_many_requests) {
    const Talk made = talk({asked + "request=smtpd_access_policy\nsize=0\n\n\nsize=1x\n\n"});
    ASSERT_EQ(made.requests.size(), 4U);
    EXPECT_EQ(made.requests[1].recipient, "") << "nothing is left of the request before";
    EXPECT_EQ(made.requests[1].size, std::nullopt) << "0 says that it is unknown";
    EXPECT_EQ(made.requests[3].size, std::nullopt);
    EXPECT_TRUE(made.output.ends_with("action=DUNNO\n\naction=DUNNO\n\naction=DUNNO\n\n"));
}

TEST(PolicyService, an_answer_is_one_line) {
    PolicyService service;
    service.answer({.kind = Kind::defer_if_permit, .text = "4.7.1 wait\n\naction=OK"});
    service.answer({.kind = Kind::reject, .text = std::string(5000, 'x')});
    const std::string output = service.take_output();
    EXPECT_TRUE(output.starts_with("action=DEFER_IF_PERMIT 4.7.1 wait  action=OK\n\n"));
    EXPECT_LT(output.size(), 512U);
}

TEST(PolicyService, a_request_without_end_breaks_the_conversation) {
    EXPECT_TRUE(talk({std::string(PolicyService::max_request + 1, 'x')}).broken);
    std::string many;
    while (many.size() <= PolicyService::max_request) {
        many += "a=b\n";
    }
    const Talk made = talk({many, asked});
    EXPECT_TRUE(made.broken);
    EXPECT_EQ(made.output, "");
    std::string just = "a=" + std::string(PolicyService::max_request - 4, 'x') + "\n\n";
    EXPECT_EQ(talk({just}).requests.size(), 1U);
}

TEST(PolicyService, answers_do_not_depend_on_where_the_stream_is_cut) {
    const std::string stream = asked + "no attribute\r\n\r\n" + asked.substr(0, 40);
    const Talk whole = talk({stream});
    EXPECT_EQ(whole.requests.size(), 2U);
    EXPECT_FALSE(whole.idle);
    std::vector<std::string_view> octets;
    for (std::size_t i = 0; i < stream.size(); ++i) {
        octets.push_back(std::string_view(stream).substr(i, 1));
        EXPECT_EQ(whole, talk({std::string_view(stream).substr(0, i),
                               std::string_view(stream).substr(i)}));
    }
    EXPECT_EQ(whole, talk(octets));
}

} // namespace
} // namespace mailcast::smtp
