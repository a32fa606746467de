#include "app/command/password.h"

#include <gtest/gtest.h>

namespace mailcast::app {
namespace {

TEST(Password, only_the_right_one_matches_its_hash) {
    const auto hash = hash_password("correct horse");
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$argon2id$"));
    EXPECT_EQ(hash->find("horse"), std::string::npos);
    EXPECT_TRUE(password_matches(*hash, "correct horse"));
    EXPECT_FALSE(password_matches(*hash, "correct hors"));
    EXPECT_FALSE(password_matches(*hash, ""));
    EXPECT_NE(hash_password("correct horse"), hash);
}

TEST(Password, without_a_hash_nobody_gets_in) {
    EXPECT_FALSE(password_matches("", ""));
    EXPECT_FALSE(password_matches("", "x"));
    EXPECT_FALSE(password_matches("x", "x"));
    EXPECT_FALSE(password_matches(std::string(1000, 'x'), "x"));
}

TEST(Password, is_overwritten_when_forgotten) {
    std::string password = "secret";
    const char* octets = password.data();
    forget(password);
    EXPECT_TRUE(password.empty());
    EXPECT_EQ(octets[0], '\0');
    EXPECT_EQ(octets[5], '\0');
}

} // namespace
} // namespace mailcast::app
