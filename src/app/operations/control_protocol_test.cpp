#include "app/operations/control_protocol.h"

#include <gtest/gtest.h>

namespace mailcast::app {
namespace {

TEST(ControlProtocol, a_request_survives_the_socket) {
    Request request;
    request.verb = "alias add";
    request.name = "info@example.org";
    request.values = {"~ada", "line\nbreak", "\"quoted\" \xc3\xa4"};
    request.password_hash = "$argon2id$x";
    request.scram = "SCRAM-SHA-256$1:x$y:z";
    request.json = true;
    request.raw = true;
    request.limit = 7;
    request.since = 99;
    const std::string line = print_request(request);
    ASSERT_TRUE(line.ends_with('\n'));
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto parsed = parse_request(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, request);
}

TEST(ControlProtocol, a_reply_survives_the_socket) {
    Reply reply;
    reply.exit = exit_failed;
    reply.error = "there is no ~ada\nnor here";
    reply.out = std::string("a\0b\n", 4);
    reply.next = 12;
    const std::string line = print_reply_head(reply);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto head = parse_reply_head(line);
    ASSERT_TRUE(head) << head.error();
    EXPECT_EQ(head->octets, 4U);
    EXPECT_EQ(head->reply.exit, exit_failed);
    EXPECT_EQ(head->reply.error, reply.error);
    EXPECT_EQ(head->reply.next, 12);
}

TEST(ControlProtocol, what_is_no_request_is_told_so) {
    for (const char* line :
         {"", "{", "[]", "{}", "3", R"({"verb":3})", R"({"verb":"log","values":"x"})",
          R"({"verb":"log","values":[1]})", R"({"verb":"log"} trailing)"}) {
        EXPECT_FALSE(parse_request(line)) << line;
    }
    // What is missing has its default; what is unknown is left alone.
    const auto request = parse_request(R"({"verb":"log","colour":"blue","limit":-1,"since":"x"})");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->limit, std::nullopt);
    EXPECT_EQ(request->since, 0);
}

TEST(ControlProtocol, a_reply_head_without_bounds_is_not_believed) {
    for (const char* line :
         {"", "{}", R"({"exit":0})", R"({"exit":0,"octets":-1})", R"({"exit":256,"octets":1})",
          R"({"exit":0,"octets":2147483649})", R"({"exit":"0","octets":1})"}) {
        EXPECT_FALSE(parse_reply_head(line)) << line;
    }
}

} // namespace
} // namespace mailcast::app
