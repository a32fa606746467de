#include "app/command/performer.h"
#include "app/operations/operations.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace mailcast::app {
namespace {

namespace json = boost::json;

// A folder of its own that goes away.
class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "mailcast-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }

    ~Folder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path() const { return path_ + "/data"; }

  private:
    std::string path_;
};

// Over a real store.
class OperationsTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = store::open({folder.path(), "sqlite:mailcast.db", std::chrono::hours{1}});
        ASSERT_TRUE(opened) << opened.error().message;
        store = *std::move(opened);
        Configuration configuration = default_configuration();
        configuration.hostname = "chat.example.org";
        configuration.domains = {"chat.example.org", "example.org"};
        operations.emplace(*store, std::make_shared<const Configuration>(configuration),
                           [this](const std::function<void()>& applied) {
                               ++changes;
                               applied();
                           });
    }

    void TearDown() override { store->close(); }

    Reply perform(Request request) {
        const auto promise = std::make_shared<std::promise<Reply>>();
        auto future = promise->get_future();
        operations->perform(std::move(request),
                            [promise](Reply reply) { promise->set_value(std::move(reply)); });
        return future.get();
    }

    Reply perform(const std::string& verb, const std::string& name = "",
                  const std::vector<std::string>& values = {}, bool as_json = false) {
        Request request;
        request.verb = verb;
        request.name = name;
        request.values = values;
        request.json = as_json;
        return perform(std::move(request));
    }

    json::value perform_json(const std::string& verb, const std::string& name = "") {
        const Reply reply = perform(verb, name, {}, true);
        EXPECT_EQ(reply.exit, exit_done) << reply.error;
        return json::parse(reply.out);
    }

    // Appends a mail to a log.
    base::MessageId deliver(chat::EntityId entity, const std::string& subject,
                            const std::string& text) {
        auto note = std::make_shared<chat::Note>();
        note->id = ids.next(base::now());
        note->kind = chat::NoteKind::mail;
        note->time = base::now();
        note->source = "mailto:bea@example.net";
        note->source_name = "Bea";
        note->subject = subject;
        note->text = text;
        note->recipients = {{entity, "ada@example.org", "example.org", true}};
        note->mail.envelope_from = "bea@example.net";
        note->mail.from_address = "bea@example.net";
        note->mail.origin = "external";
        store::Commit commit;
        commit.note = note;
        commit.trace = "Return-Path: <bea@example.net>\r\n";
        commit.content.bytes = "Subject: " + subject + "\r\n\r\n" + text + "\r\n";
        commit.content.size = commit.content.bytes.size();
        commit.all_recipients = {"ada@example.org"};
        std::promise<store::Committed> promise;
        store->commit(std::move(commit),
                      [&](store::Committed committed) { promise.set_value(std::move(committed)); });
        const auto committed = promise.get_future().get();
        EXPECT_EQ(committed.outcomes.at(0).result, store::Outcome::Result::stored);
        return note->id;
    }

    chat::EntityId id_of(chat::EntityKind kind) {
        std::promise<store::Accounts> promise;
        store->read_accounts([&](store::Result<store::Accounts> accounts) {
            promise.set_value(*std::move(accounts));
        });
        for (const auto& account : promise.get_future().get().accounts) {
            if (account.kind == kind) {
                return account.id;
            }
        }
        return 0;
    }

    Folder folder;
    std::unique_ptr<store::Store> store;
    std::optional<Operations> operations;
    base::MessageIdGenerator ids{17};
    std::atomic<int> changes = 0;
};

TEST_F(OperationsTest, a_person_is_added_shown_and_removed) {
    Request add;
    add.verb = "person add";
    add.name = "First.Last";
    add.password_hash = "$argon2id$secret";
    const Reply added = perform(add);
    EXPECT_EQ(added.exit, exit_done) << added.error;
    EXPECT_EQ(added.out, "~firstlast is there now: psyc://chat.example.org/~firstlast\n");
    EXPECT_EQ(changes, 1);

    const json::value shown = perform_json("person show", "FIRST.last");
    EXPECT_EQ(shown.at("nick"), "firstlast");
    EXPECT_EQ(shown.at("display"), "First.Last");
    EXPECT_EQ(shown.at("uniform"), "psyc://chat.example.org/~firstlast");
    EXPECT_EQ(shown.at("addresses"),
              (json::array{"firstlast@chat.example.org", "firstlast@example.org"}));
    EXPECT_EQ(shown.at("rules"), json::object{});
    EXPECT_TRUE(shown.at("created").as_string().ends_with("Z"));
    for (const bool as_json : {false, true}) {
        EXPECT_EQ(perform("person show", "firstlast", {}, as_json).out.find("secret"),
                  std::string::npos);
        EXPECT_EQ(perform("person list", "", {}, as_json).out.find("secret"), std::string::npos);
    }

    EXPECT_EQ(perform("person add", "firstlast").exit, exit_failed);
    EXPECT_EQ(perform("person remove", "~First.Last").exit, exit_done);
    EXPECT_EQ(changes, 2);
    const Reply gone = perform("person show", "firstlast");
    EXPECT_EQ(gone.exit, exit_failed);
    EXPECT_TRUE(gone.error.starts_with("there is no person firstlast"));
    EXPECT_EQ(perform("person remove", "firstlast").exit, exit_failed);
}

TEST_F(OperationsTest, names_that_cannot_be_are_wrong_usage) {
    for (const auto& [verb, name] :
         std::vector<std::pair<std::string, std::string>>{{"person add", "a b"},
                                                          {"person add", "1ada"},
                                                          {"person add", ""},
                                                          {"person add", "*lab"},
                                                          {"person add", "ada@example.org"},
                                                          {"person add", "\xc3\xa4"},
                                                          {"place add", "la.b"},
                                                          {"place add", "~lab"},
                                                          {"frobnicate", "x"}}) {
        const Reply reply = perform(verb, name);
        EXPECT_EQ(reply.exit, exit_usage) << name;
        EXPECT_FALSE(reply.error.empty());
        EXPECT_EQ(reply.error.find('\n'), std::string::npos);
    }
    EXPECT_EQ(changes, 0);
}

TEST_F(OperationsTest, persons_and_places_do_not_mix) {
    ASSERT_EQ(perform("person add", "ada").exit, exit_done);
    ASSERT_EQ(perform("place add", "ada").exit, exit_done);
    ASSERT_EQ(perform("place add", "*lab").exit, exit_done);
    EXPECT_EQ(perform_json("person list").as_array().size(), 1U);
    const auto places = perform_json("place list").as_array();
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places.at(0).at("name"), "ada");
    EXPECT_EQ(places.at(0).at("addresses"),
              (json::array{"*ada@chat.example.org", "*ada@example.org"}));
    EXPECT_EQ(places.at(1).at("uniform"), "psyc://chat.example.org/@lab");
    EXPECT_EQ(perform("person show", "lab").exit, exit_failed);
    EXPECT_EQ(perform("place remove", "lab").exit, exit_done);
    EXPECT_EQ(perform_json("alias list").as_array().size(), 0U);
}

TEST_F(OperationsTest, rules_are_set_all_or_none) {
    ASSERT_EQ(perform("person add", "ada").exit, exit_done);
    ASSERT_EQ(perform("place add", "lab").exit, exit_done);
    EXPECT_EQ(perform("set", "~ada", {"senders=known", "max_size=10KB"}).out,
              "~ada: senders=known max_size=10000\n");
    EXPECT_EQ(perform_json("person show", "ada").at("rules"),
              (json::object{{"senders", "known"}, {"max_size", "10000"}}));
    const Reply wrong = perform("set", "~ada", {"senders=", "quota=much"});
    EXPECT_EQ(wrong.exit, exit_usage);
    EXPECT_TRUE(wrong.error.starts_with("quota:"));
    EXPECT_EQ(perform("set", "~ada", {"senders"}).exit, exit_usage);
    EXPECT_EQ(perform_json("person show", "ada").at("rules").as_object().size(), 2U);
    EXPECT_EQ(perform("set", "psyc://chat.example.org/~ada", {"senders=", "max_size="}).out,
              "~ada: no rules of its own\n");
    for (const char* entity : {"*lab", "@lab", "psyc://chat.example.org/@lab", "lab"}) {
        EXPECT_EQ(perform("set", entity, {"quiet=yes"}).exit, exit_done) << entity;
    }
    EXPECT_EQ(perform("set", "~nobody", {"quiet=yes"}).exit, exit_failed);
    EXPECT_EQ(perform("set", "*ada", {"quiet=yes"}).exit, exit_failed);
    EXPECT_EQ(perform("set", "psyc://elsewhere/~ada", {"quiet=yes"}).exit, exit_failed);
    EXPECT_EQ(perform("set", "xmpp:ada@h", {"quiet=yes"}).exit, exit_usage);
}

TEST_F(OperationsTest, a_password_is_changed_without_touching_the_rest) {
    ASSERT_EQ(perform("person add", "ada").exit, exit_done);
    ASSERT_EQ(perform("set", "~ada", {"quiet=yes"}).exit, exit_done);
    EXPECT_EQ(perform_json("person show", "ada").at("password"), false);
    Request passwd;
    passwd.verb = "person passwd";
    passwd.name = "ada";
    passwd.password_hash = "$argon2id$other";
    EXPECT_EQ(perform(passwd).exit, exit_done);
    EXPECT_EQ(perform_json("person show", "ada").at("password"), true);
    EXPECT_EQ(perform_json("person show", "ada").at("rules"), (json::object{{"quiet", "yes"}}));
    passwd.name = "nobody";
    EXPECT_EQ(perform(passwd).exit, exit_failed);
}

TEST_F(OperationsTest, aliases_lead_to_what_exists) {
    ASSERT_EQ(perform("person add", "ada").exit, exit_done);
    ASSERT_EQ(perform("place add", "lab").exit, exit_done);
    EXPECT_EQ(perform("alias add", "Info@Example.ORG", {"ada", "@lab"}).out,
              "info@example.org leads to ~ada *lab\n");
    EXPECT_EQ(perform("alias add", "info@example.org", {"psyc://other.example/~bea", "~ada"}).out,
              "info@example.org leads to ~ada *lab psyc://other.example/~bea\n");
    EXPECT_EQ(perform("alias add", "all@example.org", {"info@example.org"}).exit, exit_done);
    EXPECT_EQ(perform_json("person show", "ada").at("addresses"),
              (json::array{"ada@chat.example.org", "ada@example.org", "all@example.org",
                           "info@example.org"}));
    const auto aliases = perform_json("alias list").as_array();
    ASSERT_EQ(aliases.size(), 2U);
    EXPECT_EQ(aliases.at(0).at("address"), "all@example.org");
    EXPECT_EQ(aliases.at(0).at("targets"), (json::array{"info@example.org"}));

    struct Row {
        const char* address;
        std::vector<std::string> targets;
        int exit;
    };

    for (const Row& row : {
             Row{"info", {"~ada"}, exit_usage},
             Row{"info@elsewhere.example", {"~ada"}, exit_failed},
             Row{"x@example.org", {}, exit_usage},
             Row{"x@example.org", {"~nobody"}, exit_failed},
             Row{"x@example.org", {"nobody"}, exit_failed},
             Row{"x@example.org", {"bea@elsewhere.example"}, exit_failed},
             Row{"x@example.org", {"a b"}, exit_usage},
             Row{"x@example.org", {"x@example.org"}, exit_failed},
         }) {
        const Reply reply = perform("alias add", row.address, row.targets);
        EXPECT_EQ(reply.exit, row.exit) << row.address << ": " << reply.error << reply.out;
    }
    EXPECT_EQ(perform("alias remove", "info@example.org", {"~ada"}).out,
              "info@example.org leads to *lab psyc://other.example/~bea\n");
    EXPECT_EQ(perform("alias remove", "info@example.org", {"~ada"}).exit, exit_failed);
    EXPECT_EQ(perform("alias remove", "INFO@example.org").exit, exit_done);
    EXPECT_EQ(perform("alias remove", "info@example.org").exit, exit_failed);
    EXPECT_EQ(perform_json("alias list").as_array().size(), 1U);
}

TEST_F(OperationsTest, the_log_is_oldest_first_and_limit_means_the_newest) {
    ASSERT_EQ(perform("person add", "ada").exit, exit_done);
    const chat::EntityId ada = id_of(chat::EntityKind::person);
    std::vector<base::MessageId> mails;
    for (const char* subject : {"one", "two", "three"}) {
        mails.push_back(deliver(ada, subject, "text of it"));
    }
    const auto lines = [&](std::optional<std::uint64_t> limit, chat::Sequence since) {
        Request request;
        request.verb = "log";
        request.name = "~ada";
        request.json = true;
        request.limit = limit;
        request.since = since;
        const Reply reply = perform(request);
        EXPECT_EQ(reply.exit, exit_done) << reply.error;
        EXPECT_EQ(reply.next, 0);
        std::vector<json::value> out;
        std::size_t at = 0;
        while (at < reply.out.size()) {
            const std::size_t end = reply.out.find('\n', at);
            out.push_back(json::parse(reply.out.substr(at, end - at)));
            at = end + 1;
        }
        return out;
    };
    const auto all = lines(std::nullopt, 0);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].at("text"), "one\ntext of it");
    EXPECT_EQ(all[0].at("subject"), "one");
    EXPECT_EQ(all[0].at("kind"), "mail");
    EXPECT_EQ(all[0].at("source"), "mailto:bea@example.net");
    EXPECT_EQ(all[0].at("source_name"), "Bea");
    EXPECT_EQ(all[0].at("mail").as_string(), mails[0].text());
    EXPECT_TRUE(all[0].at("context").is_null());
    const auto newest = lines(2, 0);
    ASSERT_EQ(newest.size(), 2U);
    EXPECT_EQ(newest[0].at("subject"), "two");
    EXPECT_EQ(newest[1].at("subject"), "three");
    const auto since = lines(std::nullopt, all[1].at("id").as_int64());
    ASSERT_EQ(since.size(), 1U);
    EXPECT_EQ(since[0].at("subject"), "three");
    EXPECT_TRUE(lines(0, 0).empty());
    EXPECT_EQ(perform("log", "~nobody").exit, exit_failed);
    EXPECT_NE(perform("log", "~ada").out.find("    one\n    text of it\n"), std::string::npos);
}

TEST_F(OperationsTest, a_long_log_comes_in_pages) {
    ASSERT_EQ(perform("person add", "ada").exit, exit_done);
    const chat::EntityId ada = id_of(chat::EntityKind::person);
    for (std::size_t i = 0; i <= Operations::log_page; ++i) {
        deliver(ada, std::to_string(i), "");
    }
    Request request;
    request.verb = "log";
    request.name = "~ada";
    Reply page = perform(request);
    EXPECT_NE(page.next, 0);
    request.since = page.next;
    page = perform(request);
    EXPECT_EQ(page.next, 0);
    EXPECT_NE(page.out.find(fmt::format("    {}\n", Operations::log_page)), std::string::npos);
}

TEST_F(OperationsTest, a_mail_is_shown_as_it_came) {
    ASSERT_EQ(perform("person add", "ada").exit, exit_done);
    const auto id = deliver(id_of(chat::EntityKind::person), "hello", std::string("a\0b", 3));
    Request request;
    request.verb = "mail show";
    request.name = id.text();
    request.raw = true;
    const Reply raw = perform(request);
    EXPECT_EQ(raw.out,
              std::string("Return-Path: <bea@example.net>\r\nSubject: hello\r\n\r\na\0b\r\n", 55));
    request.name = "01JD0000000000000000000000";
    EXPECT_EQ(perform(request).exit, exit_failed);
    request.name = "no id";
    EXPECT_EQ(perform(request).exit, exit_failed);
}

TEST_F(OperationsTest, changes_at_the_same_time_do_not_undo_each_other) {
    ASSERT_EQ(perform("person add", "ada").exit, exit_done);
    std::vector<std::thread> threads;
    for (const char* rule :
         {"quiet=yes", "max_size=5", "max_lines=5", "quota=5", "keep=5", "html=reject"}) {
        threads.emplace_back([this, rule] { EXPECT_EQ(perform("set", "~ada", {rule}).exit, 0); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(perform_json("person show", "ada").at("rules").as_object().size(), 6U);
}

TEST(Performer, works_on_the_store_itself_when_no_daemon_runs) {
    const Folder folder;
    Configuration configuration = default_configuration();
    configuration.data_dir = folder.path();
    std::string out;
    const auto collect = [&](std::string_view piece) { out += piece; };
    Request request;
    request.verb = "person add";
    request.name = "ada";
    EXPECT_EQ(perform(configuration, request, collect).exit, exit_done);
    request.verb = "person list";
    EXPECT_EQ(perform(configuration, request, collect).exit, exit_done);
    EXPECT_NE(out.find("psyc://localhost/~ada"), std::string::npos);
    request.verb = "status";
    const Reply status = perform(configuration, request, collect);
    EXPECT_EQ(status.exit, exit_failed);
    EXPECT_NE(status.error.find("no mailcast is running"), std::string::npos);
}

} // namespace
} // namespace mailcast::app
