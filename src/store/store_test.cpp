// What every engine of a Store must do, over its interface alone.  Another engine is one more row of `engines`.
#include "store/store.h"
#include "store/test_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace mailcast::store {

namespace {

using namespace test;
using Kind = Outcome::Result;

struct Engine {
    const char* name;
    const char* url;
};

constexpr Engine engines[] = {{"sqlite", "sqlite:mailcast.db"}};

class StoreTest : public ::testing::TestWithParam<Engine> {
  protected:
    void SetUp() override { reopen(); }

    void reopen() {
        store_.reset();
        auto opened = open({.data_dir = folder_.path(), .url = GetParam().url});
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }

    chat::EntityId add(const std::string& name, delivery::Rules rules = {}) {
        return put_account(*store_, person(name, rules)).value().id;
    }

    std::vector<chat::Sequence> log_of(chat::EntityId entity, chat::Sequence after = 0,
                                       std::size_t limit = 1000, bool newest = false) {
        const auto entries = read_log(*store_, {entity, after, limit, newest});
        std::vector<chat::Sequence> result;
        EXPECT_TRUE(entries) << entries.error().message;
        for (const auto& entry : entries.value_or(std::vector<LogEntry>{})) {
            result.push_back(entry.sequence);
        }
        return result;
    }

    std::string temporary_file(const std::string& content) {
        const std::string path = store_->content_dir() + "/" + next_id().text();
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    Commit large_mail(const std::vector<chat::EntityId>& entities, const std::string& content) {
        Commit large = mail_for(entities, content.size());
        large.content.bytes.clear();
        large.content.temporary_file = temporary_file(content);
        return large;
    }

    std::size_t content_files() const {
        std::size_t count = 0;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(folder_.path() + "/content")) {
            count += entry.is_regular_file() ? 1U : 0U;
        }
        return count;
    }

    TemporaryFolder folder_;
    std::unique_ptr<Store> store_;
};

std::vector<Kind> results(const Committed& committed) {
    std::vector<Kind> kinds;
    for (const auto& outcome : committed.outcomes) {
        kinds.push_back(outcome.result);
    }
    return kinds;
}

delivery::Rules with_quota(std::uint64_t octets) {
    delivery::Rules rules;
    rules.quota = octets;
    return rules;
}

delivery::Rules with_keep_count(std::uint64_t count) {
    delivery::Rules rules;
    rules.keep_count = count;
    return rules;
}

delivery::Rules with_keep_age(std::chrono::seconds age) {
    delivery::Rules rules;
    rules.keep_age = age;
    return rules;
}

bool same(const chat::Note& a, const chat::Note& b) {
    return a.id == b.id && a.kind == b.kind && a.time == b.time && a.source == b.source &&
           a.source_name == b.source_name && a.badge == b.badge && a.subject == b.subject &&
           a.text == b.text && a.context == b.context && a.recipients == b.recipients &&
           a.mail == b.mail;
}

} // namespace

TEST_P(StoreTest, a_mail_is_in_the_log_of_each_recipient_and_reads_as_it_was) {
    const auto ada = add("ada");
    const auto bob = add("bob");
    Commit mail = mail_for({ada, bob});
    mail.content.bytes = std::string("octets\0with nul\r\n", 17);
    mail.content.size = 17;
    auto note = std::make_shared<chat::Note>(*mail.note);
    note->context = "psyc://host/@4711";
    note->mail.attachments = {{"a.pdf", "application/pdf", 1234567, false},
                              {"", "image/png", 1, true}};
    note->mail.text_cut = true;
    note->recipients[1].domain = "elsewhere.example"; // not the one in the address
    mail.note = note;
    const auto committed = commit(*store_, mail);
    EXPECT_EQ(results(committed), (std::vector{Kind::stored, Kind::stored}));
    EXPECT_EQ(committed.outcomes[0].id, note->id);

    for (int round = 0; round < 2; ++round) {
        for (const auto entity : {ada, bob}) {
            const auto log = read_log(*store_, {.entity = entity});
            ASSERT_TRUE(log);
            ASSERT_EQ(log->size(), 1U);
            EXPECT_EQ(log->front().sequence, committed.sequence);
            EXPECT_TRUE(same(*log->front().note, *note));
        }
        const auto stored = read_mail(*store_, note->id);
        ASSERT_TRUE(stored) << stored.error().message;
        EXPECT_TRUE(same(*stored->note, *note));
        EXPECT_EQ(stored->content, mail.content.bytes);
        EXPECT_EQ(stored->trace, mail.trace);
        EXPECT_EQ(stored->queue_id, mail.queue_id);
        EXPECT_EQ(stored->all_recipients, mail.all_recipients);
        reopen();
    }
}

TEST_P(StoreTest, talk_is_in_the_log_and_is_no_mail) {
    const auto ada = add("ada");
    auto note = std::make_shared<chat::Note>();
    note->id = next_id();
    note->kind = chat::NoteKind::message;
    note->time = start_of_time;
    note->text = "hello";
    note->recipients = {{ada, "", "", false}};
    Commit talk;
    talk.note = note;
    EXPECT_EQ(results(commit(*store_, talk)), (std::vector{Kind::stored}));
    EXPECT_EQ(log_of(ada).size(), 1U);
    const auto mail = read_mail(*store_, note->id);
    ASSERT_FALSE(mail);
    EXPECT_EQ(mail.error().kind, Error::Kind::not_found);
}

TEST_P(StoreTest, a_log_is_read_from_a_point_and_up_to_a_limit) {
    const auto ada = add("ada");
    std::vector<chat::Sequence> all;
    for (int i = 0; i < 5; ++i) {
        all.push_back(commit(*store_, mail_for({ada})).sequence);
    }
    EXPECT_EQ(log_of(ada), all);
    EXPECT_EQ(log_of(ada, all[2]), (std::vector{all[3], all[4]}));
    EXPECT_EQ(log_of(ada, 0, 2), (std::vector{all[0], all[1]}));
    EXPECT_EQ(log_of(ada, 0, 2, true), (std::vector{all[3], all[4]}));
    EXPECT_EQ(log_of(ada, all[3], 5, true), (std::vector{all[4]}));
    const auto page =
        read_log(*store_, {.entity = ada, .limit = 2, .newest = true, .before = all[3]});
    ASSERT_TRUE(page);
    ASSERT_EQ(page->size(), 2U);
    EXPECT_EQ(page->front().sequence, all[1]);
    EXPECT_EQ(page->back().sequence, all[2]);
    EXPECT_EQ(log_of(ada, 0, 0), std::vector<chat::Sequence>{});
    EXPECT_EQ(read_end(*store_), all[4]);
}

TEST_P(StoreTest, what_piled_up_during_a_commit_shares_one_flush) {
    const auto ada = add("ada");
    const auto before = statistics(*store_).commits;
    constexpr int count = 100;
    std::promise<void> all_done;
    std::atomic<int> open_requests = count;
    std::promise<void> go;
    std::shared_future<void> gone = go.get_future().share();
    // The first answer holds the committer's thread until all others are waiting.
    store_->commit(mail_for({ada}), [gone](Committed) { gone.wait(); });
    for (int i = 0; i < count; ++i) {
        store_->commit(mail_for({ada}), [&](Committed committed) {
            EXPECT_EQ(committed.outcomes[0].result, Kind::stored);
            if (--open_requests == 0) {
                all_done.set_value();
            }
        });
    }
    go.set_value();
    all_done.get_future().wait();
    const auto after = statistics(*store_);
    EXPECT_LE(after.commits - before, 3U);
    EXPECT_EQ(after.messages, 101U);
}

TEST_P(StoreTest, what_comes_during_a_flush_is_the_next_group) {
    const auto ada = add("ada");
    std::promise<void> first_goes;
    std::promise<void> flushed;
    std::promise<void> second_goes;
    std::promise<void> all_done;
    std::shared_future<void> first_gone = first_goes.get_future().share();
    std::shared_future<void> second_gone = second_goes.get_future().share();
    store_->commit(mail_for({ada}), [first_gone](Committed) { first_gone.wait(); });
    // A group that is large enough for the thread that flushes; its first answer is given on that thread.
    store_->commit(mail_for({ada}), [&flushed, second_gone](Committed) {
        flushed.set_value();
        second_gone.wait();
    });
    for (int i = 0; i < 5; ++i) {
        store_->commit(mail_for({ada}), [](Committed) {});
    }
    first_goes.set_value();
    flushed.get_future().wait();
    const std::string content(300'000, 'L');
    std::atomic<int> open_requests = 11;
    const auto count_down = [&](Committed committed) {
        EXPECT_EQ(committed.outcomes[0].result, Kind::stored);
        if (--open_requests == 0) {
            all_done.set_value();
        }
    };
    for (int i = 0; i < 10; ++i) {
        store_->commit(mail_for({ada}), count_down);
    }
    store_->commit(large_mail({ada}, content), count_down);
    second_goes.set_value();
    ASSERT_EQ(all_done.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
    EXPECT_EQ(log_of(ada).size(), 18U);
}

TEST_P(StoreTest, a_repetition_is_known_by_key_and_entity) {
    const auto ada = add("ada");
    const auto bob = add("bob");
    for (const bool after_reopen : {false, true}) {
        const auto key = key_of(after_reopen ? 1 : 2);
        Commit first = mail_for({ada});
        first.journal_key = key;
        EXPECT_EQ(results(commit(*store_, first)), (std::vector{Kind::stored}));
        if (after_reopen) {
            reopen();
        }
        Commit second = mail_for({ada, bob});
        second.journal_key = key;
        const auto again = commit(*store_, second);
        EXPECT_EQ(results(again), (std::vector{Kind::duplicate, Kind::stored}));
        EXPECT_EQ(again.outcomes[0].id, first.note->id);
        EXPECT_EQ(again.outcomes[1].id, second.note->id);
        Commit third = mail_for({ada, bob});
        third.journal_key = key;
        const auto last = commit(*store_, third);
        EXPECT_EQ(results(last), (std::vector{Kind::duplicate, Kind::duplicate}));
        EXPECT_EQ(last.sequence, 0);
        EXPECT_EQ(last.outcomes[0].id, first.note->id);
        EXPECT_EQ(last.outcomes[1].id, second.note->id);
    }
    EXPECT_EQ(log_of(ada).size(), 2U);
    EXPECT_EQ(log_of(bob).size(), 2U);
    EXPECT_EQ(statistics(*store_).messages, 4U);
}

TEST_P(StoreTest, two_copies_in_one_group_make_one_entry) {
    const auto ada = add("ada");
    std::promise<void> go;
    std::shared_future<void> gone = go.get_future().share();
    store_->commit(mail_for({ada}), [gone](Committed) { gone.wait(); });
    std::promise<Committed> one;
    std::promise<Committed> two;
    Commit mail = mail_for({ada});
    mail.journal_key = key_of(7);
    store_->commit(mail, [&](Committed committed) { one.set_value(committed); });
    store_->commit(mail, [&](Committed committed) { two.set_value(committed); });
    go.set_value();
    EXPECT_EQ(results(one.get_future().get()), (std::vector{Kind::stored}));
    EXPECT_EQ(results(two.get_future().get()), (std::vector{Kind::duplicate}));
    EXPECT_EQ(log_of(ada).size(), 2U);
}

TEST_P(StoreTest, a_batch_is_answered_once_with_each_mail_in_its_place) {
    const auto ada = add("ada");
    delivery::Rules none;
    none.quota = 0;
    const auto full = add("full", none);
    std::vector<Commit> batch;
    batch.push_back(mail_for({ada}));
    batch.back().journal_key = key_of(3);
    batch.push_back(mail_for({full, ada}));
    batch.push_back(mail_for({ada}));
    batch.back().journal_key = key_of(3);
    batch.push_back(mail_for({4711}));
    const auto first = batch.front().note->id;
    std::atomic<int> answers = 0;
    const auto done = wait_for<std::vector<Committed>>([&](const auto& answer) {
        store_->commit(std::move(batch), [&answers, answer](std::vector<Committed> results) {
            ++answers;
            answer(std::move(results));
        });
    });
    ASSERT_EQ(done.size(), 4U);
    EXPECT_EQ(results(done[0]), (std::vector{Kind::stored}));
    EXPECT_EQ(results(done[1]), (std::vector{Kind::full, Kind::stored}));
    EXPECT_EQ(results(done[2]), (std::vector{Kind::duplicate}));
    EXPECT_EQ(done[2].outcomes[0].id, first);
    EXPECT_EQ(results(done[3]), (std::vector{Kind::failed}));
    EXPECT_EQ(log_of(ada), (std::vector{done[0].sequence, done[1].sequence}));
    EXPECT_EQ(answers, 1);
}

TEST_P(StoreTest, without_a_key_a_repetition_is_meant) {
    const auto ada = add("ada");
    const Commit mail = mail_for({ada});
    commit(*store_, mail);
    Commit again = mail_for({ada});
    EXPECT_EQ(results(commit(*store_, again)), (std::vector{Kind::stored}));
    EXPECT_EQ(log_of(ada).size(), 2U);
}

TEST_P(StoreTest, a_key_is_forgotten_after_the_age_of_the_journal) {
    const auto ada = add("ada");
    const auto send = [&](base::Time time) {
        Commit mail = mail_for({ada}, 100, time);
        mail.journal_key = key_of(1);
        return results(commit(*store_, mail)).front();
    };
    using namespace std::chrono_literals;
    EXPECT_EQ(send(start_of_time), Kind::stored);
    EXPECT_EQ(send(start_of_time + 24h * 7), Kind::duplicate);
    EXPECT_EQ(send(start_of_time + 24h * 7 + 1ms), Kind::stored);
}

TEST_P(StoreTest, an_entity_named_twice_gets_one_entry) {
    const auto ada = add("ada");
    EXPECT_EQ(results(commit(*store_, mail_for({ada, ada}))),
              (std::vector{Kind::stored, Kind::stored}));
    EXPECT_EQ(log_of(ada).size(), 1U);
    reopen();
    EXPECT_EQ(log_of(ada).size(), 1U);
    EXPECT_EQ(statistics(*store_).entries, 1U);
}

TEST_P(StoreTest, an_entity_without_account_fails_alone) {
    const auto ada = add("ada");
    EXPECT_EQ(results(commit(*store_, mail_for({ada, 4711}))),
              (std::vector{Kind::stored, Kind::failed}));
}

TEST_P(StoreTest, a_full_log_refuses_for_its_entity_alone) {
    const auto ada = add("ada");
    const auto bob = add("bob", with_quota(2500));
    const auto eve = add("eve", with_quota(0));
    EXPECT_EQ(results(commit(*store_, mail_for({ada, bob, eve}, 2000))),
              (std::vector{Kind::stored, Kind::stored, Kind::full}));
    EXPECT_EQ(results(commit(*store_, mail_for({ada, bob}, 501))),
              (std::vector{Kind::stored, Kind::full}));
    reopen();
    EXPECT_EQ(results(commit(*store_, mail_for({ada, bob}, 501))),
              (std::vector{Kind::stored, Kind::full}));
    EXPECT_EQ(results(commit(*store_, mail_for({ada, bob}, 500))),
              (std::vector{Kind::stored, Kind::stored}));
    EXPECT_EQ(results(commit(*store_, mail_for({eve}, 0))), (std::vector{Kind::full}));
    EXPECT_EQ(log_of(bob).size(), 2U);
    EXPECT_EQ(log_of(eve).size(), 0U);
}

TEST_P(StoreTest, retention_drops_the_oldest_by_count_and_by_age) {
    using namespace std::chrono_literals;
    const auto ada = add("ada", with_keep_count(2));
    const auto bob = add("bob", with_keep_age(24h));
    const auto eve = add("eve");
    std::vector<chat::Sequence> all;
    std::vector<base::MessageId> ids;
    for (int i = 0; i < 5; ++i) {
        const Commit mail = mail_for({ada, bob}, 100, start_of_time + 12h * i);
        ids.push_back(mail.note->id);
        all.push_back(commit(*store_, mail).sequence);
    }
    const Commit kept = mail_for({ada, eve}, 100, start_of_time + 60h);
    all.push_back(commit(*store_, kept).sequence);

    // What is not kept is not seen either, before it has been dropped.
    EXPECT_EQ(statistics(*store_).entries, 12U);
    EXPECT_EQ(log_of(ada), (std::vector{all[4], all[5]}));
    EXPECT_EQ(log_of(bob), (std::vector{all[0], all[1], all[2], all[3], all[4]}));
    const auto at = read_log(*store_, {.entity = bob, .now = start_of_time + 60h});
    ASSERT_TRUE(at);
    ASSERT_EQ(at->size(), 2U);
    EXPECT_EQ(at->front().sequence, all[3]);

    ASSERT_TRUE(expire(*store_, start_of_time + 60h));
    EXPECT_EQ(log_of(ada), (std::vector{all[4], all[5]}));
    EXPECT_EQ(log_of(bob), (std::vector{all[3], all[4]}));
    EXPECT_EQ(log_of(eve), (std::vector{all[5]}));
    // all[3] is in one log still, all[0] to all[2] in none.
    for (std::size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(read_mail(*store_, ids[i]).has_value(), i >= 3) << i;
    }
    EXPECT_EQ(statistics(*store_).messages, 3U);
    EXPECT_EQ(statistics(*store_).entries, 5U);
    reopen();
    EXPECT_EQ(statistics(*store_).messages, 3U);
    EXPECT_EQ(statistics(*store_).entries, 5U);
    EXPECT_EQ(log_of(ada), (std::vector{all[4], all[5]}));
    // Room that expiry made counts for the quota again.
    ASSERT_TRUE(expire(*store_, start_of_time + 1000h));
    EXPECT_EQ(log_of(bob).size(), 0U);
    EXPECT_EQ(statistics(*store_).messages, 2U);
}

TEST_P(StoreTest, a_full_log_makes_room_by_what_is_not_kept) {
    delivery::Rules rules = with_keep_count(1);
    rules.quota = 250;
    const auto ada = add("ada", rules);
    commit(*store_, mail_for({ada}, 100));
    const auto newest = commit(*store_, mail_for({ada}, 100)).sequence;
    EXPECT_EQ(results(commit(*store_, mail_for({ada}, 100))), (std::vector{Kind::full}));
    EXPECT_EQ(log_of(ada), (std::vector{newest}));
    EXPECT_EQ(statistics(*store_).entries, 1U);
    EXPECT_EQ(results(commit(*store_, mail_for({ada}, 100))), (std::vector{Kind::stored}));
}

TEST_P(StoreTest, expiry_in_many_slices_keeps_the_sums_right) {
    const auto ada = add("ada", with_keep_count(10));
    const auto bob = add("bob");
    for (int i = 0; i < 700; ++i) {
        store_->commit(mail_for(i % 2 == 0 ? std::vector{ada} : std::vector{ada, bob}, 10),
                       [](Committed) {});
    }
    ASSERT_TRUE(expire(*store_, start_of_time));
    EXPECT_EQ(log_of(ada).size(), 10U);
    EXPECT_EQ(log_of(bob).size(), 350U);
    EXPECT_EQ(statistics(*store_).messages, 355U);
    EXPECT_EQ(statistics(*store_).entries, 360U);
}

TEST_P(StoreTest, a_number_is_not_given_again_after_the_newest_went) {
    using namespace std::chrono_literals;
    const auto ada = add("ada", with_keep_age(1h));
    const auto sequence = commit(*store_, mail_for({ada})).sequence;
    ASSERT_TRUE(expire(*store_, start_of_time + 2h));
    EXPECT_EQ(log_of(ada).size(), 0U);
    reopen();
    EXPECT_EQ(read_end(*store_), sequence);
    EXPECT_GT(commit(*store_, mail_for({ada})).sequence, sequence);
}

TEST_P(StoreTest, a_repetition_is_known_when_its_message_has_expired) {
    const auto ada = add("ada", with_keep_count(0));
    Commit mail = mail_for({ada});
    mail.journal_key = key_of(3);
    commit(*store_, mail);
    ASSERT_TRUE(expire(*store_, start_of_time));
    EXPECT_EQ(log_of(ada).size(), 0U);
    const auto again = commit(*store_, mail);
    EXPECT_EQ(results(again), (std::vector{Kind::duplicate}));
    EXPECT_EQ(again.outcomes[0].id, mail.note->id);
}

TEST_P(StoreTest, cursors_only_move_forward) {
    const auto ada = add("ada");
    EXPECT_EQ(read_cursor(*store_, ada, ""), 0);
    for (const auto& [to, expected] : {std::pair{5, 5}, {3, 5}, {8, 8}}) {
        ASSERT_TRUE(move_cursor(*store_, ada, "phone", to));
        EXPECT_EQ(read_cursor(*store_, ada, "phone"), expected);
    }
    EXPECT_EQ(read_cursor(*store_, ada, ""), 0);
    reopen();
    EXPECT_EQ(read_cursor(*store_, ada, "phone"), 8);
    const auto nobody = move_cursor(*store_, 4711, "", 1);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().kind, Error::Kind::not_found);
}

TEST_P(StoreTest, a_scram_verifier_is_put_only_beside_the_password_that_it_was_made_of) {
    Account ada = person("ada");
    ada.password_hash = "one";
    const auto put = put_account(*store_, ada);
    ASSERT_TRUE(put);
    const auto put_scram = [&](chat::EntityId id, const std::string& hash) {
        return wait_for<Result<std::monostate>>(
            [&](auto done) { store_->put_scram(id, hash, "verifier", done); });
    };
    EXPECT_EQ(put_scram(put->id, "another").error().kind, Error::Kind::not_found);
    EXPECT_EQ(put_scram(4711, "one").error().kind, Error::Kind::not_found);
    EXPECT_EQ(read_accounts(*store_)->accounts[0].scram, "");
    ASSERT_TRUE(put_scram(put->id, "one"));
    EXPECT_EQ(read_accounts(*store_)->accounts[0].scram, "verifier");
}

TEST_P(StoreTest, accounts_are_kept_with_their_rules) {
    Account ada = person("ada");
    ada.display = "Ada";
    ada.password_hash = "$argon2id$v=19$x";
    ada.scram = "SCRAM-SHA-256$1:x$y:z";
    ada.created = start_of_time;
    ada.rules.senders = delivery::Rules::Senders::list;
    ada.rules.sender_list = {"bea@example.net", "example.com"};
    ada.rules.max_size = 25'000'000;
    ada.rules.max_lines = 0;
    ada.rules.attachments = false;
    ada.rules.html = false;
    ada.rules.quota = 1ULL << 40;
    ada.rules.keep_count = 7;
    ada.rules.keep_age = std::chrono::hours(48);
    ada.rules.hold = true;
    ada.rules.quiet = true;
    const auto put = put_account(*store_, ada);
    ASSERT_TRUE(put);
    EXPECT_NE(put->id, 0);
    Account lab = person("ada");
    lab.kind = chat::EntityKind::place; // a place may have the name of a person
    ASSERT_TRUE(put_account(*store_, lab));
    const auto taken = put_account(*store_, person("ada"));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, Error::Kind::exists);

    Account changed = *put;
    changed.display = "Ada L.";
    ASSERT_TRUE(put_account(*store_, changed));
    Account unknown = person("nobody");
    unknown.id = 4711;
    ASSERT_FALSE(put_account(*store_, unknown));
    reopen();
    const auto accounts = read_accounts(*store_);
    ASSERT_TRUE(accounts);
    ASSERT_EQ(accounts->accounts.size(), 2U);
    const Account& read = accounts->accounts[0];
    EXPECT_EQ(read.id, put->id);
    EXPECT_EQ(read.display, "Ada L.");
    EXPECT_EQ(read.password_hash, ada.password_hash);
    EXPECT_EQ(read.scram, ada.scram);
    // The same after every start, and another one in every store.
    EXPECT_EQ(accounts->salt_secret.size(), 32U);
    reopen();
    EXPECT_EQ(read_accounts(*store_)->salt_secret, accounts->salt_secret);
    EXPECT_EQ(read.created, start_of_time);
    EXPECT_EQ(read.rules, ada.rules);
}

TEST_P(StoreTest, a_removed_account_takes_its_log_along_and_its_number_is_not_given_again) {
    const auto ada = add("ada");
    const auto bob = add("bob");
    const Commit both = mail_for({ada, bob});
    const Commit alone = mail_for({bob});
    commit(*store_, both);
    commit(*store_, alone);
    ASSERT_TRUE(move_cursor(*store_, bob, "", 2));
    ASSERT_TRUE(remove_account(*store_, bob));
    EXPECT_TRUE(read_mail(*store_, both.note->id));
    EXPECT_FALSE(read_mail(*store_, alone.note->id));
    EXPECT_EQ(log_of(bob).size(), 0U);
    EXPECT_EQ(log_of(ada).size(), 1U);
    EXPECT_EQ(results(commit(*store_, mail_for({bob}))), (std::vector{Kind::failed}));
    const auto again = remove_account(*store_, bob);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, Error::Kind::not_found);
    EXPECT_GT(add("bob"), bob);
    EXPECT_EQ(statistics(*store_).messages, 1U);
}

TEST_P(StoreTest, an_alias_is_replaced_and_removed) {
    ASSERT_TRUE(put_alias(*store_, {"info@example.org", {"~ada"}}));
    ASSERT_TRUE(put_alias(*store_, {"info@example.org", {"~ada", "psyc://elsewhere/~bob"}}));
    reopen();
    auto accounts = read_accounts(*store_);
    ASSERT_TRUE(accounts);
    ASSERT_EQ(accounts->aliases.size(), 1U);
    EXPECT_EQ(accounts->aliases[0].targets,
              (std::vector<std::string>{"~ada", "psyc://elsewhere/~bob"}));
    ASSERT_TRUE(put_alias(*store_, {"info@example.org", {}}));
    const auto missing = put_alias(*store_, {"info@example.org", {}});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, Error::Kind::not_found);
}

TEST_P(StoreTest, a_large_content_is_taken_over_as_a_file_and_goes_with_its_message) {
    const auto ada = add("ada", with_keep_count(1));
    const std::string content(300'000, 'L');
    const Commit large = large_mail({ada}, content);
    EXPECT_EQ(results(commit(*store_, large)), (std::vector{Kind::stored}));
    EXPECT_FALSE(std::filesystem::exists(large.content.temporary_file));
    EXPECT_EQ(content_files(), 1U);
    EXPECT_EQ(read_mail(*store_, large.note->id)->content, content);
    EXPECT_EQ(read_note(*store_, large.note->id).value()->subject, large.note->subject);
    reopen();
    EXPECT_EQ(read_mail(*store_, large.note->id)->content, content);
    EXPECT_GE(statistics(*store_).octets, content.size());
    commit(*store_, mail_for({ada}));
    ASSERT_TRUE(expire(*store_, start_of_time));
    EXPECT_EQ(content_files(), 0U);
}

TEST_P(StoreTest, a_large_content_that_nobody_takes_is_removed) {
    const auto eve = add("eve", with_quota(0));
    EXPECT_EQ(results(commit(*store_, large_mail({eve}, "x"))), (std::vector{Kind::full}));
    EXPECT_EQ(content_files(), 0U);
    Commit missing = large_mail({add("ada")}, "x");
    std::filesystem::remove(missing.content.temporary_file);
    EXPECT_EQ(results(commit(*store_, missing)), (std::vector{Kind::failed}));
    EXPECT_EQ(statistics(*store_).messages, 0U);
    EXPECT_TRUE(statistics(*store_).accepting);
}

TEST_P(StoreTest, files_that_a_crash_left_are_removed_at_open) {
    add("ada");
    temporary_file("left in the middle");
    const std::string folder = folder_.path() + "/content/00";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/" + next_id().text() + ".eml") << "renamed, never committed";
    EXPECT_EQ(content_files(), 2U);
    reopen();
    EXPECT_EQ(content_files(), 0U);
}

TEST_P(StoreTest, a_content_that_is_missing_does_not_stop_the_others) {
    const auto ada = add("ada");
    const Commit large = large_mail({ada}, "content");
    commit(*store_, large);
    store_.reset();
    std::filesystem::remove_all(folder_.path() + "/content");
    reopen();
    const auto mail = read_mail(*store_, large.note->id);
    ASSERT_FALSE(mail);
    EXPECT_EQ(mail.error().kind, Error::Kind::corrupt);
    EXPECT_EQ(log_of(ada).size(), 1U);
}

TEST_P(StoreTest, a_folder_in_use_is_refused_and_its_user_named) {
    const auto second = open({.data_dir = folder_.path(), .url = GetParam().url});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, Error::Kind::locked);
    EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos)
        << second.error().message;
}

TEST_P(StoreTest, every_request_is_answered_once_when_the_store_closes) {
    const auto ada = add("ada");
    std::atomic<int> commits = 0;
    std::atomic<int> reads = 0;
    for (int i = 0; i < 50; ++i) {
        store_->commit(mail_for({ada}), [&](Committed committed) {
            commits += committed.outcomes[0].result == Kind::stored ? 1 : 1000;
        });
        store_->read_log({.entity = ada}, [&](auto entries) { reads += entries ? 1 : 1000; });
    }
    store_->close();
    EXPECT_EQ(commits, 50);
    EXPECT_EQ(reads, 50);
    const auto late = commit(*store_, large_mail({ada}, "x"));
    EXPECT_EQ(results(late), (std::vector{Kind::failed}));
    EXPECT_EQ(content_files(), 0U);
    const auto log = read_log(*store_, {.entity = ada});
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().kind, Error::Kind::closed);
}

TEST_P(StoreTest, many_threads_may_ask_at_once) {
    const auto ada = add("ada");
    constexpr int threads = 4;
    constexpr int each = 100;
    std::vector<std::thread> writers;
    for (int t = 0; t < threads; ++t) {
        writers.emplace_back([&] {
            for (int i = 0; i < each; ++i) {
                const auto committed = commit(*store_, mail_for({ada}));
                // What was committed is in what is read next.
                const auto log = read_log(*store_, {ada, committed.sequence - 1, 1, false});
                ASSERT_TRUE(log);
                ASSERT_EQ(log->size(), 1U);
                EXPECT_EQ(log->front().sequence, committed.sequence);
            }
        });
    }
    for (auto& writer : writers) {
        writer.join();
    }
    EXPECT_EQ(log_of(ada).size(), static_cast<std::size_t>(threads * each));
}

INSTANTIATE_TEST_SUITE_P(engines, StoreTest, ::testing::ValuesIn(engines),
                         [](const auto& engine) { return std::string(engine.param.name); });

TEST(OpenTest, an_unknown_url_is_refused_with_the_right_form) {
    const TemporaryFolder folder;
    const auto store = open({.data_dir = folder.path(), .url = "mysql:x"});
    ASSERT_FALSE(store);
    EXPECT_NE(store.error().message.find("sqlite:mailcast.db"), std::string::npos);
}

TEST(OpenTest, the_data_folder_is_made_for_its_owner_alone) {
    const TemporaryFolder folder;
    const std::string data = folder.path() + "/data";
    ASSERT_TRUE(open({.data_dir = data}));
    EXPECT_EQ(std::filesystem::status(data).permissions(), std::filesystem::perms::owner_all);
}

} // namespace mailcast::store
