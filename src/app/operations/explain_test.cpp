#include "app/operations/explain.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::app {
namespace {

struct ExplainTest : testing::Test {
    static std::shared_ptr<const delivery::Directory> example() {
        delivery::Directory::Source source;
        source.hostname = "example.org";
        source.entities = {{1, chat::EntityKind::person, "ada", "ada", {}},
                           {2, chat::EntityKind::place, "room", "room", {}}};
        source.entities[1].rules.senders = delivery::Rules::Senders::internal;
        source.aliases = {{"team@example.org", {"~ada", "psyc://elsewhere/~x"}}};
        return delivery::Directory::make(std::move(source));
    }

    Reply ask(const std::string& address, std::vector<std::string> values = {}, bool json = false) {
        Request request;
        request.name = address;
        request.values = std::move(values);
        request.json = json;
        return explain(request, *directory, policy);
    }

    std::shared_ptr<const delivery::Directory> directory = example();
    delivery::Policy policy{{}, {}};
};

TEST_F(ExplainTest, says_what_each_door_says) {
    const Reply room = ask("room+x@example.org", {"from=bea@example.net"});
    EXPECT_EQ(room.exit, exit_done);
    for (const char* part :
         {"leads to   *room  rules: senders=internal", "topic      x",
          "sender     <bea@example.net>", "socketmap  OK", "internal   RCPT 250 2.1.5",
          "external   RCPT 550 5.7.1", "decided by senders=internal", "policy DUNNO",
          "policy REJECT 5.7.1"}) {
        EXPECT_NE(room.out.find(part), std::string::npos) << part << " in\n" << room.out;
    }
    const Reply team = ask("team@example.org", {"origin=external"});
    EXPECT_NE(team.out.find("found by   alias team@example.org"), std::string::npos) << team.out;
    EXPECT_NE(team.out.find("leads to   psyc://elsewhere/~x"), std::string::npos);
    EXPECT_EQ(team.out.find("internal "), std::string::npos) << "only what was asked for";
    const Reply nobody = ask("nobody@example.org");
    EXPECT_NE(nobody.out.find("socketmap  NOTFOUND"), std::string::npos) << nobody.out;
    EXPECT_NE(nobody.out.find("550 5.1.1"), std::string::npos);
}

TEST_F(ExplainTest, as_json) {
    const Reply room = ask("room@example.org", {"from=<>", "origin=external"}, true);
    EXPECT_NE(room.out.find(R"("socketmap":"OK")"), std::string::npos) << room.out;
    EXPECT_NE(room.out.find(R"("from":"")"), std::string::npos);
    EXPECT_NE(room.out.find(R"("rule":"senders=internal")"), std::string::npos);
}

TEST_F(ExplainTest, wrong_questions) {
    EXPECT_EQ(ask("ada").exit, exit_usage);
    EXPECT_EQ(ask("").exit, exit_usage);
    EXPECT_EQ(ask("ada@example.org", {"from=x"}).exit, exit_usage);
    EXPECT_EQ(ask("postmaster").exit, exit_done);
}

} // namespace
} // namespace mailcast::app
