#include "psyc/state.h"
#include "psyc/test_reading.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mailcast::psyc {
namespace {

// What the receiver sees of each packet.
Events apply_all(Generation generation, StateScope& scope, std::string_view octets) {
    Parser parser(generation);
    Events events;
    for (;;) {
        const auto packet = parser.next(octets);
        if (!packet || !*packet) {
            return events;
        }
        const auto merged = scope.apply(**packet);
        events.push_back(merged ? describe(*merged)
                                : "error " + std::string(to_string(merged.error())));
    }
}

TEST(State, o04_the_second_packet_inherits_the_target) {
    StateScope scope(Scope::all);
    EXPECT_EQ(apply_all(Generation::classic, scope,
                        "=_target\tpsyc://example.org/~ada\n_request_link\n.\n"
                        ":_password\tsecret\n_set_password\n.\n"),
              (Events{"R{:_target=psyc://example.org/~ada} E{} M=_request_link B=\"\"",
                      "R{:_target=psyc://example.org/~ada} E{:_password=secret} M=_set_password "
                      "B=\"\""}));
}

TEST(State, a_variable_of_the_packet_stands_over_the_persistent_one) {
    StateScope scope(Scope::all);
    EXPECT_EQ(apply_all(Generation::classic, scope,
                        "=_a\t1\n.\n:_a\t2\n_m\n.\n_m\n.\n=_a\t\n_m\n.\n_m\n.\n"),
              (Events{"R{} E{:_a=1}", "R{} E{:_a=2} M=_m B=\"\"", "R{} E{:_a=1} M=_m B=\"\"",
                      "R{} E{} M=_m B=\"\"", "R{} E{} M=_m B=\"\""}));
}

TEST(State, classic_lists_are_assigned_augmented_and_diminished) {
    StateScope scope(Scope::all);
    EXPECT_EQ(apply_all(Generation::classic, scope,
                        "=_list_a\t1\n=\t2\n:\t3\n_m\n.\n"
                        "+_list_a\t4\n-\t2\n_m\n.\n"
                        "-_list_a\n_m\n.\n"
                        "+_amount\t4\n-_nick\tx\n_m\n.\n"
                        "+_list_b\t5\n+\t6\n_m\n.\n"),
              (Events{"R{} E{:_list_a=1 :=2 :=3} M=_m B=\"\"",
                      "R{} E{:_list_a=1 :=3 :=4} M=_m B=\"\"", "R{} E{} M=_m B=\"\"",
                      "R{} E{} M=_m B=\"\"", "R{} E{:_list_b=5 :=6} M=_m B=\"\""}));
}

TEST(State, of_a_context_has_lists_of_1_0_and_is_reset) {
    StateScope scope(Scope::entity);
    EXPECT_EQ(apply_all(Generation::v1, scope,
                        "=_context\tc\n\n=_topic\tt\n+_list_members\t| a| b\n_m\n|\n"
                        "\n+_list_members\t|=_x:3 d|e\n-_list_members\t|a\n_m\n|\n"
                        "\n=\n=_topic\tu\n_m\n|\n"),
              (Events{"R{=_context=c} E{:_topic=t :_list_members=| a| b} M=_m B=\"\"",
                      "R{} E{:_topic=t :_list_members=| b|=_x:3 d|e} M=_m B=\"\"",
                      "R{} reset E{:_topic=u} M=_m B=\"\""}));
}

TEST(State, of_routing_leaves_the_entity_header_alone) {
    StateScope scope(Scope::routing);
    EXPECT_EQ(apply_all(Generation::v1, scope, "=_context\tc\n\n=_topic\tt\n_m\n|\n\n=\n_m\n|\n"),
              (Events{"R{:_context=c} E{=_topic=t} M=_m B=\"\"",
                      "R{:_context=c} reset E{} M=_m B=\"\""}));
}

TEST(State, every_limit_holds_at_its_value_and_not_one_beyond) {
    const auto run = [](std::string_view octets) {
        StateScope scope(Scope::all, {.variables = 2, .octets = 20, .elements = 3, .changes = 5});
        return apply_all(Generation::classic, scope, octets).back();
    };
    const std::string refused = "error state_too_large";
    EXPECT_NE(run("=_a\t1\n=_b\t2\n.\n"), refused);
    EXPECT_EQ(run("=_a\t1\n=_b\t2\n=_c\t3\n.\n"), refused);
    EXPECT_EQ(run("=_a\t1\n=_b\t2\n.\n=_c\t3\n.\n"), refused);
    EXPECT_NE(run("=_a\t12345678901234567\n.\n"), refused);
    EXPECT_EQ(run("=_a\t123456789012345678\n.\n"), refused);
    EXPECT_NE(run("=_a\t1\n=\t2\n=\t3\n.\n"), refused);
    EXPECT_EQ(run("=_a\t1\n=\t2\n=\t3\n=\t4\n.\n"), refused);
    EXPECT_NE(run("=_a\t1\n=_a\t1\n=_a\t1\n=_a\t1\n=_a\t1\n.\n"), refused);
    EXPECT_EQ(run("=_a\t1\n=_a\t1\n=_a\t1\n=_a\t1\n=_a\t1\n=_a\t1\n.\n"), refused);
}

TEST(State, octets_are_counted_up_and_down) {
    StateScope scope(Scope::all);
    apply_all(Generation::classic, scope, "=_a\t123\n=_list_b\tx\n+_list_b\tyy\n.\n");
    EXPECT_EQ(scope.octets(), 2U + 4U + 7U + 2U + 3U);
    apply_all(Generation::classic, scope, "-_list_b\tx\n=_a\t\n.\n");
    EXPECT_EQ(scope.octets(), 7U + 3U);
    apply_all(Generation::classic, scope, "-_list_b\n.\n");
    EXPECT_EQ(scope.octets(), 0U);
    EXPECT_EQ(scope.variables(), 0U);
}

// A ping stays one: with variables it would be a packet of which nobody knows what it wants.
TEST(State, an_empty_packet_is_given_out_as_it_came) {
    StateScope scope(Scope::all);
    std::string_view octets = "=_target\tpsyc://example.org/~ada\n.\n.\n";
    Parser parser(Generation::classic);
    ASSERT_TRUE(scope.apply(**parser.next(octets)));
    const auto packet = parser.next(octets);
    ASSERT_TRUE(packet && *packet);
    const auto whole = scope.apply(**packet);
    ASSERT_TRUE(whole);
    EXPECT_TRUE(whole->is_empty());
}

// Many lists of a few octets would stand in every packet behind them, of two octets each.
TEST(State, the_elements_of_all_lists_together_are_bounded) {
    StateScope scope(Scope::all);
    std::string octets;
    for (int list = 0; list < 3; ++list) {
        octets += "=_list_" + std::string(1, static_cast<char>('a' + list)) + "\tx\n";
        for (int element = 0; element < 199; ++element) {
            octets += "+\tx\n";
        }
        octets += "_m\n.\n";
    }
    const Events events = apply_all(Generation::classic, scope, octets);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_TRUE(events[1].starts_with("R{}"));
    EXPECT_EQ(events[2], "error " + std::string(to_string(Error::state_too_large)));
}

} // namespace
} // namespace mailcast::psyc
