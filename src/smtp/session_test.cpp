#include "smtp/session_state.h"

#include <gtest/gtest.h>

TEST(S, size) {
    EXPECT_LT(sizeof(mailcast::smtp::Session::State), 1024u);
    printf("%zu\n", sizeof(mailcast::smtp::Session::State));
}
