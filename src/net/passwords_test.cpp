#include "irc/scram.h"
#include "net/passwords.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

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

Credentials credentials(const std::string& password) {
    return {.name = password, .hash = cheap_hash(password), .scram = {}};
}

bool check(Passwords& passwords, chat::EntityId person, const std::string& password) {
    std::promise<chat::PasswordAnswer> promise;
    passwords.check(person, password, "192.0.2.1",
                    [&promise](chat::PasswordAnswer answer) { promise.set_value(answer); });
    const chat::PasswordAnswer answer = promise.get_future().get();
    EXPECT_NE(answer, chat::PasswordAnswer::later);
    return answer == chat::PasswordAnswer::right;
}

struct PasswordsTest : testing::Test {
    static void SetUpTestSuite() { ASSERT_GE(sodium_init(), 0); }
};

TEST_F(PasswordsTest, only_the_right_one_of_the_right_person_matches) {
    Passwords passwords;
    passwords.set_credentials({{1, credentials("one")}, {2, credentials("two")}});
    EXPECT_TRUE(check(passwords, 1, "one"));
    EXPECT_FALSE(check(passwords, 1, "two"));
    EXPECT_FALSE(check(passwords, 1, ""));
    EXPECT_TRUE(check(passwords, 2, "two"));
    EXPECT_FALSE(check(passwords, 3, "one"));
}

TEST_F(PasswordsTest, a_person_without_a_password_lets_nobody_in) {
    Passwords passwords;
    passwords.set_credentials({});
    EXPECT_FALSE(check(passwords, 1, ""));
    EXPECT_FALSE(check(passwords, 0, ""));
}

TEST_F(PasswordsTest, a_pass_opens_once_and_only_for_its_entity) {
    Passwords passwords;
    passwords.set_credentials({{1, credentials("one")}});
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
        passwords.set_credentials({{1, credentials("one")}});
        // Answers come on two threads: those at once on this one, the others on the worker's.
        auto mutex = std::make_shared<std::mutex>();
        for (std::size_t i = 0; i < Passwords::most_waiting + 50; ++i, ++asked) {
            passwords.check(1, "wrong", "192.0.2.1",
                            [&answers, mutex](chat::PasswordAnswer answer) {
                                EXPECT_NE(answer, chat::PasswordAnswer::right);
                                const std::lock_guard lock(*mutex);
                                ++answers;
                            });
        }
    }
    EXPECT_EQ(answers, asked);
}

TEST_F(PasswordsTest, when_it_is_full_who_asks_most_gives_way) {
    // The worker is busy with the first job until this gate opens.
    std::promise<void> gate;
    const std::shared_future<void> opened = gate.get_future().share();
    std::promise<void> begun;
    std::vector<std::string> order; // of answers by the worker, or at once
    std::mutex mutex;
    const auto told = [&](std::string who) {
        return [&, who = std::move(who)](chat::PasswordAnswer answer) {
            const std::lock_guard lock(mutex);
            order.push_back(who + (answer == chat::PasswordAnswer::right   ? " right"
                                   : answer == chat::PasswordAnswer::later ? " later"
                                                                           : " wrong"));
        };
    };
    {
        Passwords passwords;
        passwords.set_credentials(
            {{1, credentials("one")}, {2, credentials("two")}, {3, credentials("three")}});
        passwords.check(1, "wrong", "192.0.2.1", [&](chat::PasswordAnswer) {
            begun.set_value();
            opened.wait();
        });
        begun.get_future().wait();
        for (std::size_t i = 0; i < Passwords::most_waiting; ++i) {
            passwords.check(1, "wrong", "192.0.2.1", [](chat::PasswordAnswer) {});
        }
        passwords.check(1, "one", "192.0.2.1", told("flood"));
        EXPECT_EQ(order, std::vector<std::string>{"flood later"});
        std::promise<void> answered;
        std::uint64_t hashed = 0;
        passwords.check(2, "two", "192.0.2.2", told("other"));
        // Behind one proxy each person has a turn.
        passwords.check(1, "wrong", "127.0.0.1", told("local one"));
        passwords.check(3, "three", "127.0.0.1", [&](chat::PasswordAnswer answer) {
            told("local three")(answer);
            hashed = passwords.hashed(); // here the worker is, and goes no further
            answered.set_value();
        });
        EXPECT_EQ(order.size(), 1U);
        gate.set_value();
        answered.get_future().wait();
        EXPECT_LE(hashed, 1U + 2U * 3U) << "the flood has one turn between others";
    }
    EXPECT_EQ(order, (std::vector<std::string>{"flood later", "other right", "local one wrong",
                                               "local three right"}));
}

TEST_F(PasswordsTest, a_password_that_was_right_is_known_again_until_it_is_changed_or_too_old) {
    auto now = std::make_shared<Passwords::Clock::time_point>(Passwords::Clock::now());
    Passwords passwords([now] { return *now; });
    const Credentials one = credentials("one");
    passwords.set_credentials({{1, one}, {2, credentials("two")}});
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(check(passwords, 1, "one"));
    }
    EXPECT_EQ(passwords.hashed(), 1U);
    EXPECT_FALSE(check(passwords, 1, "two")); // a wrong one is looked at each time
    EXPECT_FALSE(check(passwords, 1, "two"));
    EXPECT_FALSE(check(passwords, 2, "one"));
    EXPECT_EQ(passwords.hashed(), 4U);
    EXPECT_TRUE(check(passwords, 1, "one"));
    EXPECT_EQ(passwords.hashed(), 4U);
    // Read again without a change; then another password; then nobody.
    passwords.set_credentials({{1, one}});
    EXPECT_TRUE(check(passwords, 1, "one"));
    EXPECT_EQ(passwords.hashed(), 4U);
    passwords.set_credentials({{1, credentials("new")}});
    EXPECT_FALSE(check(passwords, 1, "one"));
    EXPECT_TRUE(check(passwords, 1, "new"));
    EXPECT_EQ(passwords.hashed(), 6U);
    passwords.set_credentials({});
    EXPECT_FALSE(check(passwords, 1, "new"));
    passwords.set_credentials({{1, one}});
    EXPECT_TRUE(check(passwords, 1, "one"));
    EXPECT_EQ(passwords.hashed(), 8U);
    *now += Passwords::cache_age;
    EXPECT_TRUE(check(passwords, 1, "one"));
    EXPECT_EQ(passwords.hashed(), 8U);
    *now += Passwords::cache_age + std::chrono::seconds(1);
    EXPECT_TRUE(check(passwords, 1, "one"));
    EXPECT_EQ(passwords.hashed(), 9U);
}

TEST_F(PasswordsTest, a_password_that_is_too_long_is_wrong_at_once) {
    Passwords passwords;
    passwords.set_credentials({{1, credentials("one")}});
    EXPECT_FALSE(check(passwords, 1, std::string(Passwords::longest_password + 1, 'x')));
    EXPECT_EQ(passwords.hashed(), 0U);
    EXPECT_FALSE(check(passwords, 1, std::string(Passwords::longest_password, 'x')));
    EXPECT_EQ(passwords.hashed(), 1U);
}

TEST_F(PasswordsTest,
       the_first_right_password_makes_a_verifier_with_the_salt_that_was_shown_before) {
    Passwords passwords;
    std::vector<std::string> made;
    passwords.on_scram_made(
        [&made](chat::EntityId person, const std::string& hash, const std::string& scram) {
            EXPECT_EQ(person, 1);
            EXPECT_FALSE(hash.empty());
            made.push_back(scram);
        });
    const Credentials one = credentials("one");
    passwords.set_credentials({{1, one}}, "secret");
    const auto before = irc::ScramVerifier::parse(passwords.begin_scram(1, "one").verifier);
    EXPECT_FALSE(check(passwords, 1, "wrong"));
    EXPECT_TRUE(made.empty());
    EXPECT_TRUE(check(passwords, 1, "one"));
    EXPECT_TRUE(check(passwords, 1, "one"));
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(passwords.begin_scram(1, "one").verifier, made.front());
    const auto after = irc::ScramVerifier::parse(made.front());
    ASSERT_TRUE(before && after);
    EXPECT_EQ(before->salt, after->salt);
    EXPECT_EQ(before->iterations, after->iterations);
    EXPECT_EQ(made.front(), make_scram("one", after->salt));
    // What was made since the store was read is kept.
    passwords.set_credentials({{1, one}}, "secret");
    EXPECT_EQ(passwords.begin_scram(1, "one").verifier, made.front());
}

TEST_F(PasswordsTest, who_does_not_exist_has_a_salt_that_stays_and_keys_that_nobody_has) {
    Passwords passwords;
    passwords.set_credentials({}, "secret");
    const auto first = irc::ScramVerifier::parse(passwords.begin_scram(0, "zoe").verifier);
    const auto second = irc::ScramVerifier::parse(passwords.begin_scram(0, "zoe").verifier);
    const auto other = irc::ScramVerifier::parse(passwords.begin_scram(0, "eve").verifier);
    ASSERT_TRUE(first && second && other);
    EXPECT_EQ(first->salt, second->salt);
    EXPECT_EQ(first->salt.size(), scram_salt_octets);
    EXPECT_EQ(first->iterations, scram_iterations);
    EXPECT_NE(first->stored_key, second->stored_key);
    EXPECT_NE(first->salt, other->salt);
    Passwords later; // after a restart
    later.set_credentials({}, "secret");
    EXPECT_EQ(irc::ScramVerifier::parse(later.begin_scram(0, "zoe").verifier)->salt, first->salt);
    EXPECT_NE(passwords.begin_scram(0, "zoe").nonce, passwords.begin_scram(0, "zoe").nonce);
}

} // namespace
} // namespace mailcast::net
