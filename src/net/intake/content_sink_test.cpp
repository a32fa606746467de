#include "net/intake/content_sink.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace mailcast::net {
namespace {

struct ContentSinkTest : testing::Test {
    ContentSinkTest() {
        std::string name = testing::TempDir() + "sink-XXXXXX";
        directory = ::mkdtemp(name.data());
    }

    ~ContentSinkTest() override { std::filesystem::remove_all(directory); }

    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(
            std::filesystem::directory_iterator(directory), std::filesystem::directory_iterator{}));
    }

    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::string directory;
    MemoryBudget budget;
};

TEST_F(ContentSinkTest, small_stays_in_memory_and_leaves_the_budget_as_it_was) {
    {
        ContentSink sink(directory, budget, 100);
        ASSERT_TRUE(sink.append("hello "));
        ASSERT_TRUE(sink.append(std::string_view("w\0rld", 5)));
        EXPECT_EQ(budget.used, 11U);
        EXPECT_EQ(sink.view(), std::string_view("hello w\0rld", 11));
        EXPECT_EQ(files(), 0U);
    }
    EXPECT_EQ(budget.used, 0U);
}

TEST_F(ContentSinkTest, at_the_limit_in_memory_one_over_it_in_a_file) {
    for (const std::size_t size : {100U, 101U}) {
        ContentSink sink(directory, budget, 100);
        ASSERT_TRUE(sink.append(std::string(60, 'a')));
        ASSERT_TRUE(sink.append(std::string(size - 60, 'b')));
        EXPECT_EQ(files(), size > 100 ? 1U : 0U);
        EXPECT_EQ(budget.used, size > 100 ? 0U : size);
        const std::string expected = std::string(60, 'a') + std::string(size - 60, 'b');
        EXPECT_EQ(sink.view(), expected);
    }
}

TEST_F(ContentSinkTest, when_memory_is_short_small_ones_go_to_a_file_too) {
    budget.limit = 50;
    ContentSink first(directory, budget, 100);
    ASSERT_TRUE(first.append(std::string(40, 'a')));
    ContentSink second(directory, budget, 100);
    ASSERT_TRUE(second.append(std::string(20, 'b')));
    EXPECT_EQ(files(), 1U);
    EXPECT_EQ(second.view(), std::string(20, 'b'));
}

TEST_F(ContentSinkTest, an_unused_file_is_removed_a_taken_one_belongs_to_the_taker) {
    { // dropped
        ContentSink sink(directory, budget, 4);
        ASSERT_TRUE(sink.append("12345"));
        EXPECT_EQ(files(), 1U);
    }
    EXPECT_EQ(files(), 0U);
    store::Content taken;
    {
        ContentSink sink(directory, budget, 4);
        ASSERT_TRUE(sink.append("12345"));
        taken = sink.take();
    }
    EXPECT_EQ(taken.size, 5U);
    EXPECT_TRUE(taken.bytes.empty());
    EXPECT_EQ(read(taken.temporary_file), "12345");
}

TEST_F(ContentSinkTest, released_pages_come_back_when_read_again) {
    ContentSink sink(directory, budget, 4);
    std::string content;
    for (int i = 0; i < 100'000; ++i) {
        content += std::to_string(i) + "\r\n";
    }
    ASSERT_TRUE(sink.append(content));
    const std::string_view view = sink.view();
    sink.release(view.size());
    EXPECT_EQ(view, content);
    sink.release(4096); // a second pass
    EXPECT_EQ(view, content);
}

TEST_F(ContentSinkTest, the_digest_depends_on_content_and_key_but_not_on_the_cuts) {
    const auto digest = [this](std::initializer_list<std::string_view> pieces,
                               std::string_view key) {
        ContentSink sink(directory, budget, 4);
        for (const std::string_view piece : pieces) {
            EXPECT_TRUE(sink.append(piece));
        }
        return sink.digest(key);
    };
    EXPECT_EQ(digest({"abc", "def"}, "k"), digest({"abcdef"}, "k"));
    EXPECT_NE(digest({"abcdef"}, "k"), digest({"abcdef"}, "l"));
    EXPECT_NE(digest({"abcdef"}, "k"), digest({"abcde"}, "fk"));
}

TEST_F(ContentSinkTest, the_digest_is_the_same_in_memory_and_in_a_file) {
    const auto digest = [this](std::size_t inline_max) {
        ContentSink sink(directory, budget, inline_max);
        for (const std::string_view piece : {"abc", "def", "ghi"}) {
            EXPECT_TRUE(sink.append(piece));
        }
        return sink.digest("k");
    };
    for (const std::size_t inline_max : {0U, 3U, 8U}) {
        EXPECT_EQ(digest(inline_max), digest(9));
    }
}

TEST_F(ContentSinkTest, a_folder_that_is_gone_is_a_failure_that_is_said) {
    const std::string gone = directory + "/gone";
    ContentSink sink(gone, budget, 4);
    EXPECT_FALSE(sink.append("12345"));
    EXPECT_FALSE(sink.append("6"));
    EXPECT_FALSE(sink.disk_full());
}

} // namespace
} // namespace mailcast::net
