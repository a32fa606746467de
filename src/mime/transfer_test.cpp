#include "mime/body.h"
#include "mime/uuencode.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailcast::mime {
namespace {

std::string decoded(std::string_view body, Encoding encoding) {
    std::string kept;
    Output output(kept, 1'000'000);
    decode_body(body, encoding, output, {});
    return kept;
}

std::uint64_t size_of(std::string_view body, Encoding encoding) {
    Output output;
    decode_body(body, encoding, output, {});
    return output.size();
}

struct Case {
    const char* what;
    std::string body;
    std::string octets;
};

void check(const std::vector<Case>& cases, Encoding encoding) {
    for (const Case& c : cases) {
        EXPECT_EQ(decoded(c.body, encoding), c.octets) << c.what;
        EXPECT_EQ(size_of(c.body, encoding), c.octets.size()) << c.what;
    }
}

TEST(TransferDecoding, base64) {
    check({{"RFC 4648, 10", "Zm9vYmE=", "fooba"},
           {"lines", "Zm9v\r\nYmFy\r\n", "foobar"},
           {"no padding", "Zm9vYg", "foob"},
           {"garbage", "Zm*9v!\x80Ym Fy", "foobar"},
           {"concatenated", "Zg==Zm8=Zm9v", "ffofoo"},
           {"one digit left", "Zm9vY", "foo"},
           {"only padding", "====", ""},
           {"empty", "", ""}},
          Encoding::base64);
}

TEST(TransferDecoding, quoted_printable) {
    check({{"escapes", "=C3=A4=3d", "ä="},
           {"lower case", "=c3=a4", "ä"},
           {"soft breaks", "a=\r\nb=\nc= \t\r\nd", "abcd"},
           {"bare CR", "a=\rb", "ab"},
           {"hard breaks", "a\r\nb\n", "a\r\nb\n"},
           {"white space at the end stays", "-- \r\na", "-- \r\na"},
           {"no escape", "a=b =4 =G1 ==41", "a=b =4 =G1 =A"},
           {"at the end", "a=", "a"},
           {"half at the end", "a=4", "a=4"}},
          Encoding::quoted_printable);
}

TEST(TransferDecoding, long_quoted_printable_is_cut_nowhere) {
    std::string body;
    std::string octets;
    for (int i = 0; i < 200'000; ++i) {
        body += "=C3=A4x=\n";
        octets += "äx";
    }
    EXPECT_EQ(decoded(body, Encoding::quoted_printable), octets);
}

TEST(TransferDecoding, uuencode) {
    check({{"block", "begin 644 a.txt\n#86)C\n`\nend\n", "abc"},
           {"text around it", "see:\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend\r\nbye\r\n", "abc"},
           {"no begin", "#86)C\n`\n", "abc"},
           {"blanks at the end were cut", "begin 644 a\n#86\nend\n", std::string("a\x60\0", 3)},
           {"empty", "begin 644 a\n`\nend\n", ""}},
          Encoding::uuencode);
}

TEST(TransferDecoding, output_is_limited) {
    for (const Encoding encoding :
         {Encoding::identity, Encoding::base64, Encoding::quoted_printable, Encoding::uuencode}) {
        std::string kept;
        Output output(kept, 5);
        const std::string body =
            encoding == Encoding::uuencode ? "#86)C\n#86)C\n#86)C\n" : std::string(1'000, 'A');
        decode_body(body, encoding, output, {});
        EXPECT_EQ(kept.size(), 5U);
    }
}

TEST(EmbeddedFiles, blocks_within_text_are_found) {
    const std::string text = "hello\nbegin 644 a b.txt\n#86)C\n`\nend\nmore\n"
                             "begin with a thought\nbegin 644 prose, not a file\n\n"
                             "=ybegin line=128 size=1234 name=x y.bin\nabc\n=yend size=1234\nend\n";
    const auto files = find_embedded_files(text);
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].form, EmbeddedFile::Form::uuencode);
    EXPECT_EQ(files[0].name, "a b.txt");
    EXPECT_EQ(files[0].size, 3U);
    EXPECT_EQ(text.substr(files[0].begin, files[0].end - files[0].begin),
              "begin 644 a b.txt\n#86)C\n`\nend\n");
    EXPECT_EQ(files[1].form, EmbeddedFile::Form::yenc);
    EXPECT_EQ(files[1].name, "x y.bin");
    EXPECT_EQ(files[1].size, 1234U);
    EXPECT_EQ(text.substr(files[1].end), "end\n");
}

TEST(EmbeddedFiles, a_block_without_end_is_a_file_and_prose_is_none) {
    const auto files = find_embedded_files("begin 644 a\n#86)C\n");
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].size, 3U);
    EXPECT_TRUE(find_embedded_files("begin 644 things\nand then we went home\n").empty());
    EXPECT_TRUE(find_embedded_files("=ybegin line=128 size=1 name=x\nno end\n").empty());
    EXPECT_EQ(find_embedded_files("begin 644 a\nend\nbegin 644 b\nend\n", 1).size(), 1U);
}

} // namespace
} // namespace mailcast::mime
