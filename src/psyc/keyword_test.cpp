#include "psyc/error.h"
#include "psyc/keyword.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace mailcast::psyc {
namespace {

TEST(Keyword, inherits_word_by_word) {
    EXPECT_TRUE(is_a("_message_public_mail", "_message"));
    EXPECT_TRUE(is_a("_message_public_mail", "_message_public"));
    EXPECT_TRUE(is_a("_message", "_message"));
    EXPECT_FALSE(is_a("_failureful", "_failure"));
    EXPECT_FALSE(is_a("_message", "_message_public"));
    EXPECT_FALSE(is_a("_message", ""));
    EXPECT_EQ(sliced("_message_public_mail"), "_message_public");
    EXPECT_EQ(sliced("_message"), "");
    EXPECT_EQ(sliced("np"), "");
}

TEST(Keyword, try_and_slice_finds_the_nearest) {
    const std::map<std::string, int, std::less<>> known{{"_message", 1}, {"_message_public", 2}};
    EXPECT_EQ(find_inherited(known, "_message_public_mail")->second, 2);
    EXPECT_EQ(find_inherited(known, "_message_private")->second, 1);
    EXPECT_EQ(find_inherited(known, "_notice_x"), known.end());
    EXPECT_EQ(find_inherited(known, ""), known.end());
}

TEST(Keyword, matching_wants_all_words_in_order) {
    EXPECT_TRUE(matches("_failure_unsuccessful_delivery_death", "_failure_delivery"));
    EXPECT_TRUE(matches("_failure_delivery", "_failure_delivery"));
    EXPECT_FALSE(matches("_failure_unsuccessful_delivery", "_delivery_failure"));
    EXPECT_FALSE(matches("_failure", "_failure_delivery"));
    EXPECT_FALSE(matches("_failureful", "_failure"));
    EXPECT_FALSE(matches("_failure", ""));
}

TEST(Keyword, legal_names_are_letters_digits_and_underscores) {
    EXPECT_TRUE(is_keyword("_ID_SMTP"));
    EXPECT_TRUE(is_keyword("np"));
    for (const std::string_view name : {"", "_a-b", "_a b", "_a\n", "_\xC3\xA4", "_a:"}) {
        EXPECT_FALSE(is_keyword(name)) << name;
    }
    EXPECT_TRUE(is_private("_INTERNAL_trust"));
    EXPECT_FALSE(is_private("_time_INTERNAL"));
    EXPECT_TRUE(is_compact("np"));
}

TEST(Keyword, routing_names_differ_between_the_generations) {
    for (const std::string_view name :
         {"_amount_fragments", "_context", "_counter", "_fragment", "_source", "_source_relay",
          "_tag", "_tag_relay", "_target", "_target_relay"}) {
        EXPECT_TRUE(is_routing_name(name, Generation::v1)) << name;
        EXPECT_TRUE(is_routing_name(name, Generation::classic)) << name;
    }
    for (const std::string_view name :
         {"_count", "_length", "_source_identification", "_source_relay_relay", "_tag_reply",
          "_target_forward", "_understand_modules", "_using_modules"}) {
        EXPECT_FALSE(is_routing_name(name, Generation::v1)) << name;
        EXPECT_TRUE(is_routing_name(name, Generation::classic)) << name;
    }
    // Nothing is inherited in routing.
    for (const std::string_view name : {"_nick", "_source_x", "_tags", "_targe", "_", ""}) {
        EXPECT_FALSE(is_routing_name(name, Generation::classic)) << name;
    }
}

TEST(Family, says_what_is_expanded_answered_and_logged) {
    EXPECT_FALSE(family_of("_message_public").is_template);
    EXPECT_TRUE(family_of("_message_private").is_human);
    EXPECT_TRUE(family_of("_notice_email_delivered").is_template);
    EXPECT_TRUE(family_of("_status_circuit").is_reply);
    EXPECT_FALSE(family_of("_echo_place_enter").is_logged);
    EXPECT_FALSE(family_of("_data").is_shown);
    EXPECT_TRUE(family_of("_noticeable").is_shown);
    EXPECT_EQ(family_of("_messages").name, "");
    EXPECT_TRUE(is_complaint("_warning_x"));
    EXPECT_TRUE(is_complaint("_failure"));
    EXPECT_FALSE(is_complaint("_errors"));
}

TEST(Error, is_told_under_the_names_of_the_reference) {
    EXPECT_EQ(method_name(Error::syntax_initialization, Generation::classic),
              "_error_syntax_initialization");
    EXPECT_EQ(method_name(Error::illegal_variable, Generation::classic),
              "_error_illegal_protocol_variable");
    EXPECT_EQ(method_name(Error::unsupported_length, Generation::classic),
              "_failure_unsupported_module_length");
    EXPECT_EQ(method_name(Error::modifier_tab, Generation::v1), "_error_invalid_syntax");
    EXPECT_EQ(method_name(Error::context_with_source, Generation::v1), "_error_dispatch");
    EXPECT_EQ(method_name(Error::list_too_large, Generation::v1), "_error_list_too_large");
    EXPECT_FALSE(closes_circuit(Error::degree));
    EXPECT_TRUE(closes_circuit(Error::syntax_set));
}

TEST(FirstOctet, tells_the_generation) {
    EXPECT_EQ(detect('.'), FirstOctet::classic);
    EXPECT_EQ(detect('|'), FirstOctet::v1);
    EXPECT_EQ(detect('\x16'), FirstOctet::tls);
    EXPECT_EQ(detect('\n'), FirstOctet::line_feed);
    EXPECT_EQ(detect('G'), FirstOctet::other);
}

} // namespace
} // namespace mailcast::psyc
