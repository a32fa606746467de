#include "app/command/watch_view.h"
#include "psyc/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mailcast::app {
namespace {

std::string view_of(std::string_view octets) {
    psyc::Parser parser(psyc::Generation::classic);
    const auto packet = parser.next(octets);
    return packet && *packet ? watch_view(**packet, Palette(false)) : "no packet";
}

TEST(WatchView, several_lines_of_one_are_not_taken_for_words_of_another) {
    EXPECT_EQ(view_of(":_nick\tEve\n_message_public\nhello\nAda: I agree\n.\n"),
              "Eve: hello\n  Ada: I agree\n");
}

TEST(WatchView, nothing_moves_the_terminal) {
    EXPECT_EQ(view_of(":_nick\tE\x1b[2Jve\n_message_public\n\xc2\x9b"
                      "31mred\n.\n"),
              "E[2Jve: 31mred\n");
}

} // namespace
} // namespace mailcast::app
