#include "net/passwords.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <future>
#include <memory>
#include <string>

namespace mailcast::net {
namespace {

std::string cheap_hash(const std::string& password) {
    std::string hash(crypto_pwhash_STRBYTES, '\0');
    EXPECT_EQ(crypto_pwhash_str(hash.data(), password.data(), password.size(),
                                crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN),
              0);
    hash.resize(hash.find('\0'));
    return hash;
}

bool check(Passwords& passwords, chat::EntityId person, const std::string& password) {
    std::promise<bool> promise;
    passwords.check(person, password, [&promise](bool good) { promise.set_value(good); });
    return promise.get_future().get();
}

struct PasswordsTest : testing::Test {
    static void SetUpTestSuite() { ASSERT_GE(sodium_init(), 0); }
};

TEST_F(PasswordsTest, only_the_right_one_of_the_right_person_matches) {
    Passwords passwords;
    passwords.set_hashes({{1, cheap_hash("one")}, {2, cheap_hash("two")}});
    EXPECT_TRUE(check(passwords, 1, "one"));
    EXPECT_FALSE(check(passwords, 1, "two"));
    EXPECT_FALSE(check(passwords, 1, ""));
    EXPECT_TRUE(check(passwords, 2, "two"));
    EXPECT_FALSE(check(passwords, 3, "one"));
}

TEST_F(PasswordsTest, a_person_without_a_password_lets_nobody_in) {
    Passwords passwords;
    passwords.set_hashes({});
    EXPECT_FALSE(check(passwords, 1, ""));
    EXPECT_FALSE(check(passwords, 0, ""));
}

TEST_F(PasswordsTest, a_pass_opens_once_and_only_for_its_entity) {
    Passwords passwords;
    passwords.set_hashes({{1, cheap_hash("one")}});
    const std::string pass = passwords.issue_pass(1);
    EXPECT_FALSE(check(passwords, 2, pass));
    EXPECT_TRUE(check(passwords, 1, pass));
    EXPECT_FALSE(check(passwords, 1, pass));
}

TEST_F(PasswordsTest, every_question_is_answered_also_when_too_many_or_when_it_ends) {
    int answers = 0;
    int asked = 0;
    {
        std::promise<void> stopped;
        Passwords passwords;
        passwords.set_hashes({{1, cheap_hash("one")}});
        // Answers come on two threads: those at once on this one, the others on the worker's.
        auto mutex = std::make_shared<std::mutex>();
        for (std::size_t i = 0; i < Passwords::most_waiting + 50; ++i, ++asked) {
            passwords.check(1, "wrong", [&answers, mutex](bool good) {
                EXPECT_FALSE(good);
                const std::lock_guard lock(*mutex);
                ++answers;
            });
        }
    }
    EXPECT_EQ(answers, asked);
}

} // namespace
} // namespace mailcast::net
