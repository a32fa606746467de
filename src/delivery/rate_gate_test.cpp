#include "delivery/rate_gate.h"

#include <gtest/gtest.h>

#include <string>

namespace mailcast::delivery {
namespace {

using mail::Origin;
using std::chrono::seconds;

struct RateGateTest : testing::Test {
    std::string ask(const RateGate::Question& question, seconds now = seconds(100)) {
        const auto refusal = gate.refusal(question, now);
        if (!refusal) {
            gate.count(question, now);
        }
        return refusal ? to_string(*refusal) : "";
    }

    RateGate gate{1};
};

TEST_F(RateGateTest, without_limits_everybody_passes) {
    EXPECT_TRUE(gate.is_open());
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_EQ(ask({.sender = "a@b", .client = "192.0.2.1", .recipient = "c@d"}), "");
    }
}

TEST_F(RateGateTest, each_limit_counts_its_own) {
    gate.set({}, {.all = std::nullopt,
                  .sender = Rate{2, seconds(60)},
                  .client = std::nullopt,
                  .recipient = Rate{3, seconds(60)}});
    EXPECT_FALSE(gate.is_open());
    const RateGate::Question bea{.sender = "bea@n", .client = "1", .recipient = "ada@o"};
    EXPECT_EQ(ask(bea), "");
    EXPECT_EQ(ask(bea), "");
    EXPECT_EQ(ask(bea),
              "451 4.7.1 too fast: this sender has at most 2 mails in 1m, try again later");
    EXPECT_EQ(ask({.sender = "cy@n", .client = "1", .recipient = "ada@o"}), "");
    EXPECT_TRUE(
        ask({.sender = "dee@n", .client = "1", .recipient = "ada@o"}).starts_with("451 4.7.1"))
        << "what was refused did not count, what was accepted did";
    EXPECT_EQ(ask({.sender = "dee@n", .client = "1", .recipient = "lab@o"}), "");
    EXPECT_EQ(
        ask({.origin = Origin::internal, .sender = "bea@n", .client = "1", .recipient = "ada@o"}),
        "")
        << "the other origin has no limit";
}

TEST_F(RateGateTest, a_mail_to_many_counts_once_for_its_sender) {
    gate.set({},
             {.all = std::nullopt, .sender = Rate{1, seconds(60)}, .client = {}, .recipient = {}});
    EXPECT_EQ(ask({.sender = "bea@n", .recipient = "a@o"}), "");
    EXPECT_EQ(ask({.sender = "bea@n", .recipient = "b@o", .is_first = false}), "");
    EXPECT_NE(ask({.sender = "bea@n", .recipient = "c@o"}), "");
    EXPECT_EQ(ask({.sender = "bea@n", .recipient = "c@o"}, seconds(160)), "");
}

TEST_F(RateGateTest, an_origin_has_a_limit_for_all_its_mail) {
    gate.set({.all = Rate{1, seconds(10)}, .sender = {}, .client = {}, .recipient = {}}, {});
    EXPECT_EQ(ask({.origin = Origin::internal, .sender = "a"}), "");
    EXPECT_EQ(ask({.origin = Origin::internal, .sender = "b"}),
              "451 4.7.1 too fast: all internal mail has at most 1 mails in 10s, try again later");
    EXPECT_EQ(ask({.origin = Origin::external, .sender = "b"}), "");
}

} // namespace
} // namespace mailcast::delivery
