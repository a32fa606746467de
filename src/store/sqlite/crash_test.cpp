// kill -9 at any moment: a child commits in a loop and says by a pipe what it sends and what was acknowledged;
// it is killed, the store is opened again and must hold every acknowledged mail exactly once and nothing
// half-written, and a retry of what was not acknowledged must not double it.
// MAILCAST_CRASH_ROUNDS and MAILCAST_CRASH_SEED change how often and where.
#include "store/test_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <semaphore>
#include <set>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mailcast::store {

namespace {

using namespace test;

constexpr std::size_t entities = 5;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

// A report is one write of so many octets, so that no kill can cut it.
struct Report {
    enum class What : std::uint64_t { sent, acknowledged };

    What what;
    std::uint64_t number;
};

// Everything about a mail follows from its number, so that a retry and a check can make it again.
Commit mail_of_number(Store& store, std::uint64_t number, const std::vector<chat::EntityId>& all) {
    std::vector<chat::EntityId> to;
    for (std::size_t i = 0; i <= number % 3; ++i) {
        to.push_back(all[(number + i) % all.size()]);
    }
    const bool large = number % 7 == 0;
    const std::string content = std::string(large ? 100'000 : 100 + number * 37 % 9000,
                                            static_cast<char>('a' + number % 26));
    Commit mail = mail_for(to, content.size());
    mail.queue_id = std::to_string(number);
    mail.journal_key = key_of(number);
    mail.content.bytes = content;
    if (large) {
        mail.content.temporary_file = store.content_dir() + "/" + mail.note->id.text();
        std::ofstream(mail.content.temporary_file, std::ios::binary) << content;
        mail.content.bytes.clear();
    }
    return mail;
}

std::vector<chat::EntityId> ids_of(Store& store) {
    std::vector<chat::EntityId> ids;
    const Accounts accounts = read_accounts(store).value();
    for (const auto& account : accounts.accounts) {
        ids.push_back(account.id);
    }
    return ids;
}

// Never returns; ends by being killed.
[[noreturn]] void commit_until_killed(const std::string& folder, std::uint64_t from, int pipe) {
    auto opened = open({.data_dir = folder});
    if (!opened) {
        ::_exit(1);
    }
    Store& store = **opened;
    const auto all = ids_of(store);
    const auto report = [pipe](Report::What what, std::uint64_t number) {
        const Report line{what, number};
        if (::write(pipe, &line, sizeof line) != static_cast<ssize_t>(sizeof line)) {
            ::_exit(2);
        }
    };
    std::counting_semaphore<> slots(8);
    for (std::uint64_t number = from;; ++number) {
        slots.acquire();
        report(Report::What::sent, number);
        store.commit(mail_of_number(store, number, all), [&, number](const Committed& committed) {
            for (const auto& outcome : committed.outcomes) {
                if (outcome.result != Outcome::Result::stored) {
                    ::_exit(3);
                }
            }
            report(Report::What::acknowledged, number);
            slots.release();
        });
        if (number % 50 == 0) {
            // Makes the index be entered in the middle of a run, too.
            store.read_log({.entity = all[0]}, [](auto) {});
        }
    }
}

struct Heard {
    std::set<std::uint64_t> sent;
    std::set<std::uint64_t> acknowledged;
};

Heard listen(int pipe) {
    Heard heard;
    Report line{};
    while (::read(pipe, &line, sizeof line) == static_cast<ssize_t>(sizeof line)) {
        (line.what == Report::What::sent ? heard.sent : heard.acknowledged).insert(line.number);
    }
    return heard;
}

// Number of each mail in each log, with how often it is there.
std::map<std::pair<std::uint64_t, chat::EntityId>, int>
read_all_logs(Store& store, const std::vector<chat::EntityId>& all,
              std::set<std::uint64_t>& whole) {
    std::map<std::pair<std::uint64_t, chat::EntityId>, int> found;
    for (const auto entity : all) {
        const auto log = read_log(store, {entity, 0, 1'000'000, false});
        EXPECT_TRUE(log);
        for (const auto& entry : log.value()) {
            const auto mail = read_mail(store, entry.note->id);
            EXPECT_TRUE(mail) << mail.error().message;
            if (mail) {
                const auto number = std::strtoull(mail->queue_id.c_str(), nullptr, 10);
                ++found[{number, entity}];
                EXPECT_EQ(mail->content.size(), mail->note->mail.size);
                EXPECT_EQ(mail->content,
                          std::string(mail->content.size(), static_cast<char>('a' + number % 26)));
                whole.insert(number);
            }
        }
    }
    return found;
}

} // namespace

TEST(CrashTest, what_was_acknowledged_is_there_exactly_once_after_kill_9) {
    const auto rounds = from_environment("MAILCAST_CRASH_ROUNDS", 50);
    const auto seed = from_environment("MAILCAST_CRASH_SEED", 20261123);
    std::printf("crash test: %llu rounds, seed %llu\n", static_cast<unsigned long long>(rounds),
                static_cast<unsigned long long>(seed));
    std::mt19937_64 random(seed);
    auto folder = std::make_unique<TemporaryFolder>();
    std::uint64_t next_number = 1;
    std::uint64_t acknowledged_in_all = 0;
    std::uint64_t found_unacknowledged = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        if (round % 10 == 0) {
            folder = std::make_unique<TemporaryFolder>();
            auto store = open({.data_dir = folder->path()});
            ASSERT_TRUE(store);
            for (std::size_t i = 0; i < entities; ++i) {
                ASSERT_TRUE(put_account(**store, person("nick" + std::to_string(i))));
            }
            next_number = 1;
        }
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(pipe[0]);
            commit_until_killed(folder->path(), next_number, pipe[1]);
        }
        ::close(pipe[1]);
        // The moment is counted from the first report, not from the fork, and may be within the first commits.
        Report first{};
        ASSERT_EQ(::read(pipe[0], &first, sizeof first), static_cast<ssize_t>(sizeof first));
        std::thread killer([child, wait = std::chrono::microseconds(random() % 60'000)] {
            std::this_thread::sleep_for(wait);
            ::kill(child, SIGKILL);
        });
        Heard heard = listen(pipe[0]);
        heard.sent.insert(first.number);
        killer.join();
        ::close(pipe[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);

        auto store = open({.data_dir = folder->path()});
        ASSERT_TRUE(store) << store.error().message;
        const auto all = ids_of(**store);
        std::set<std::uint64_t> whole;
        read_all_logs(**store, all, whole);
        for (const auto number : heard.acknowledged) {
            EXPECT_TRUE(whole.contains(number)) << "lost: " << number << " round " << round;
        }
        acknowledged_in_all += heard.acknowledged.size();
        // What the child cannot have known: each is tried again, as a mail server would.
        for (const auto number : heard.sent) {
            if (!heard.acknowledged.contains(number)) {
                const auto again = commit(**store, mail_of_number(**store, number, all));
                for (const auto& outcome : again.outcomes) {
                    const bool was_there = whole.contains(number);
                    found_unacknowledged += was_there ? 1 : 0;
                    EXPECT_EQ(outcome.result,
                              was_there ? Outcome::Result::duplicate : Outcome::Result::stored)
                        << number;
                }
            }
            next_number = std::max(next_number, number + 1);
        }
        const auto found = read_all_logs(**store, all, whole);
        for (std::uint64_t number = 1; number < next_number; ++number) {
            for (std::size_t i = 0; i <= number % 3; ++i) {
                const auto entry = found.find({number, all[(number + i) % all.size()]});
                ASSERT_NE(entry, found.end())
                    << "mail " << number << " entry " << i << " round " << round << " sent "
                    << heard.sent.contains(number) << " acknowledged "
                    << heard.acknowledged.contains(number) << " found " << whole.contains(number);
                ASSERT_EQ(entry->second, 1) << "mail " << number << " round " << round;
            }
        }
    }
    std::printf("crash test: %llu acknowledged, %llu entries on disk without an acknowledgement\n",
                static_cast<unsigned long long>(acknowledged_in_all),
                static_cast<unsigned long long>(found_unacknowledged));
    EXPECT_GT(acknowledged_in_all, rounds);
}

} // namespace mailcast::store
