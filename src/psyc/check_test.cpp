#include "psyc/check.h"
#include "psyc/parser.h"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

namespace mailcast::psyc {
namespace {

struct Case {
    Generation generation;
    std::string_view octets;
    std::optional<Error> error;
};

constexpr auto v1 = Generation::v1;
constexpr auto classic = Generation::classic;

template <typename Check>
void expect(const std::vector<Case>& cases, Check checked) {
    for (const Case& test : cases) {
        Parser parser(test.generation);
        std::string_view input = test.octets;
        const auto packet = parser.next(input);
        ASSERT_TRUE(packet && *packet) << test.octets;
        const std::optional<Error> error = checked(**packet);
        EXPECT_EQ(error.has_value(), test.error.has_value()) << test.octets;
        if (error && test.error) {
            EXPECT_EQ(to_string(*error), to_string(*test.error)) << test.octets;
        }
    }
}

TEST(Check, refuses_what_must_not_be_dispatched) {
    const std::vector<Case> cases{
        // D01 to D08 of the reference; D03 and D05 need to know the circuit.
        {v1, "\n:_target\tpsyc://example.org/~ada\n_message\nx\n|\n",
         Error::routing_name_in_entity},
        {v1, ":_nick\tbea\n\n_message\nx\n|\n", Error::entity_name_in_routing},
        {v1, ":_source\tpsyc://evil.example.com/~x\n\n_message\nx\n|\n", {}},
        {v1,
         ":_context\tpsyc://example.net/@r\n:_source\tpsyc://example.net/~b\n\n_message\nx\n|\n",
         Error::context_with_source},
        {v1, ":_target\tpsyc://other.example.com/~x\n\n_message\nx\n|\n", {}},
        {v1, ":_target\tnotauniform\n\n_message\nx\n|\n", Error::target_uniform},
        {v1, "\n=_topic\tx\n_notice_x\n|\n", Error::state_without_context},
        {v1, "\n:_INTERNAL_trust\t9\n_notice_x\n|\n", Error::private_name},
        // V27
        {v1, ":c\tpsyc://example.org/~ada\n\n=da\t7\nnp\n|\n", Error::method_compact},
        {v1, "\nnp\n|\n", Error::method_compact},
        {v1, "\n_INTERNAL_x\n|\n", Error::private_name},
        {v1, ":_context\tpsyc://example.org/@lab\n\n=_topic\tx\n+_list_a\t| b\n|\n", {}},
        {v1, "=_target\tpsyc://example.org/~ada\n\n_m\n|\n", {}},
        {v1, "+_target\tpsyc://example.org/~ada\n\n_m\n|\n", Error::operator_unsupported},
        {v1, ":_context\tpsyc://example.org/@lab\n\n?_topic\t\n|\n", Error::operator_unsupported},
        {v1, ":_source\tx\n|\n", Error::source_uniform},
        {v1, ":_context\tx y\n|\n", Error::source_uniform},
        {v1, "|\n", {}},
        {classic, ":_nick\tbea\n:_target\tpsyc://example.org/~ada\n_m\n.\n", {}},
        {classic, "=_nick\tbea\n_m\n.\n", {}},
        {classic, ":_list_a\tx\n:\ty\n_m\n.\n", {}},
        {classic, ":_INTERNAL_trust\t9\n_m\n.\n", Error::private_name},
        {classic, ":_time_INTERNAL\t9\n_m\n.\n", {}},
        {classic, ":_context\tpsyc://a/@b\n:_source\tpsyc://a/~b\n_m\n.\n",
         Error::context_with_source},
        {classic, ":_context\tpsyc://a/@b\n:_source\t\n_m\n.\n", {}},
        {classic, ":nick\tx\n_m\n.\n", Error::method_compact},
    };
    expect(cases, check);
}

TEST(CheckTypes, values_must_have_the_form_of_their_type) {
    const std::vector<Case> cases{
        {v1, "\n:_amount_x\t-1\n:_time\t5\n:_date\t-7\n:_degree_a\t7 here\n:_counter\t3\n|\n", {}},
        {v1, "\n:_amount_x\t\n:_list_a\t\n:_uniform\t\n|\n", {}},
        {v1, "\n:_amount_x\t1x\n|\n", Error::amount},
        {v1, "\n:_amount_x\t-\n|\n", Error::amount},
        {v1, ":_counter\t-1\n|\n", Error::amount},
        {v1, "\n:_time_x\tnow\n|\n", Error::time},
        {v1, "\n:_date\t2026-11-23\n|\n", Error::date},
        {v1, "\n:_degree_a\tbusy\n|\n", Error::degree},
        {v1, "\n:_list_a\t| a|9 b\n|\n", Error::list},
        {v1, "\n:_dict_a\t{a\n|\n", Error::list},
        {v1, "\n:_uniform_x\tpsyc:x\n|\n", Error::uniform},
        {v1, "\n:_page\thttps://example.org/\n|\n", {}},
        {v1, "\n:_amounts\tx\n|\n", {}},
    };
    expect(cases, check_types);
}

} // namespace
} // namespace mailcast::psyc
