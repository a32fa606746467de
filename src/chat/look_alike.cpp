#include "chat/look_alike.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace mailcast::chat {

namespace {

// Code points in their order and the letter of a skeleton that each is taken for; ' ' for none.  Made of the
// decompositions of Unicode 15 and of the Cyrillic, Greek, Armenian and other Latin letters of its confusables that look
// like one of ours in a usual font.
struct Run {
    std::uint32_t first = 0;
    std::string_view letters;
};

// clang-format off
constexpr auto runs = std::to_array<Run>({
    {.first = 0xC0, .letters = "aaaaaa ceeeellll nooooo ouuuuypbaaaaaa ceeeellll nooooo ouuuuypy"},
    {.first = 0x100, .letters = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhllllllllll  jjkk llllll "},
    {.first = 0x140, .letters = " llnnnnnn nnoooooo  rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"},
    {.first = 0x180, .letters = "    bbo  dd  g eeff   l kk    nooo    r"},
    {.first = 0x1AF, .letters = "uu    zz"},
    {.first = 0x1BF, .letters = "pl"},
    {.first = 0x1CD, .letters = "aalloouuuuuuuuuu aaaa    ggkkoooo  j   gg pnnaa    aaaaeeeellllo"},
    {.first = 0x20D, .letters = "ooorrrruuuusstteehhn     aaeeooooooooyy   j"},
    {.first = 0x251, .letters = "a  o dd e e     gg      ll      m  no"},
    {.first = 0x280, .letters = "r"},
    {.first = 0x28F, .letters = "y"},
    {.first = 0x29C, .letters = "h  l"},
    {.first = 0x37F, .letters = "j      a enl o uw abrdezh lk mn o p ety x w  aenl abydezn lk uv "},
    {.first = 0x3BF, .letters = "o p otu x w  ouw"},
    {.first = 0x3F2, .letters = "cj     c      ee  esllj     y abbr e e  k mhonpcty xu w   b   ab"},
    {.first = 0x432, .letters = "br e e  k mhonpcty xu w   b   ee  esllj     y ww"},
    {.first = 0x474, .letters = "vv"},
    {.first = 0x492, .letters = "ff"},
    {.first = 0x4BA, .letters = "hh    l"},
    {.first = 0x4CF, .letters = "l"},
    {.first = 0x500, .letters = "dd"},
    {.first = 0x50C, .letters = "gg"},
    {.first = 0x51A, .letters = "qqww"},
    {.first = 0x536, .letters = "q"},
    {.first = 0x540, .letters = "h    j  n    u   g   o"},
    {.first = 0x566, .letters = "q"},
    {.first = 0x570, .letters = "h    j  n    u   g   o"},
    {.first = 0x1D00, .letters = "a   cd e  jk m o"},
    {.first = 0x1D18, .letters = "p  tu   vwz"},
    {.first = 0x1D2C, .letters = "a b de ghljklmn o prtuwa   bde   g km o   ptu  v      lruv"},
    {.first = 0x1E00, .letters = "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhllllkkkkkkllllllllmm"},
    {.first = 0x1E40, .letters = "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"},
    {.first = 0x1E80, .letters = "wwwwwwwwwwxxxxyyzzzzzzhtwy s    aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"},
    {.first = 0x1EC0, .letters = "eeeeeeeelllloooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy"},
    {.first = 0x2070, .letters = "ol  asbtbg     nolzeasbtbg      aeox hklmnpst"},
    {.first = 0x2102, .letters = "c"},
    {.first = 0x210A, .letters = "ghhhh llll n   pqrrr      z   z kabc eef mo    l"},
    {.first = 0x2145, .letters = "ddelj"},
    {.first = 0x2160, .letters = "l   v    x  lcdml   v    x  lcdm"},
    {.first = 0x2460, .letters = "lzeasbtbg"},
    {.first = 0x24B6, .letters = "abcdefghljklmnopqrstuvwxyzabcdefghljklmnopqrstuvwxyzo"},
    {.first = 0x2C6D, .letters = "am"},
    {.first = 0xA7AC, .letters = "g l"},
    {.first = 0xFF10, .letters = "olzeasbtbg"},
    {.first = 0xFF21, .letters = "abcdefghljklmnopqrstuvwxyz      abcdefghljklmnopqrstuvwxyz"},
    {.first = 0x1D400, .letters = "abcdefghljklmnopqrstuvwxyzabcdefghljklmnopqrstuvwxyzabcdefghljkl"},
    {.first = 0x1D440, .letters = "mnopqrstuvwxyzabcdefg ljklmnopqrstuvwxyzabcdefghljklmnopqrstuvwx"},
    {.first = 0x1D480, .letters = "yzabcdefghljklmnopqrstuvwxyza cd  g  jk  nopq stuvwxyzabcd f hlj"},
    {.first = 0x1D4C0, .letters = "klmn pqrstuvwxyzabcdefghljklmnopqrstuvwxyzabcdefghljklmnopqrstuv"},
    {.first = 0x1D500, .letters = "wxyzab defg  jklmnopq stuvwxy abcdefghljklmnopqrstuvwxyzab defg "},
    {.first = 0x1D540, .letters = "ljklm o   stuvwxy abcdefghljklmnopqrstuvwxyzabcdefghljklmnopqrst"},
    {.first = 0x1D580, .letters = "uvwxyzabcdefghljklmnopqrstuvwxyzabcdefghljklmnopqrstuvwxyzabcdef"},
    {.first = 0x1D5C0, .letters = "ghljklmnopqrstuvwxyzabcdefghljklmnopqrstuvwxyzabcdefghljklmnopqr"},
    {.first = 0x1D600, .letters = "stuvwxyzabcdefghljklmnopqrstuvwxyzabcdefghljklmnopqrstuvwxyzabcd"},
    {.first = 0x1D640, .letters = "efghljklmnopqrstuvwxyzabcdefghljklmnopqrstuvwxyzabcdefghljklmnop"},
    {.first = 0x1D680, .letters = "qrstuvwxyzabcdefghljklmnopqrstuvwxyz"},
    {.first = 0x1D7CE, .letters = "olzeasbtbgolzeasbtbgolzeasbtbgolzeasbtbgolzeasbtbg"},
    {.first = 0x1F12B, .letters = "cr   abcdefghljklmnopqrstuvwxyz"},
});
// clang-format on

// Of those that are taken for one another, one.
char letter_of(char c) {
    constexpr std::string_view digits = "olzeasbtbg"; // 0 to 9
    c = base::to_lower(c);
    if (base::is_digit(c)) {
        return digits[static_cast<std::size_t>(c - '0')];
    }
    if (c == 'i' || c == '|' || c == '!') {
        return 'l';
    }
    if (c == '$') {
        return 's';
    }
    return base::is_alpha(c) ? c : ' ';
}

char letter_of(std::uint32_t code_point) {
    if (code_point < 0x80) {
        return letter_of(static_cast<char>(code_point));
    }
    auto run = std::ranges::upper_bound(runs, code_point, {}, &Run::first);
    if (run == runs.begin()) {
        return ' ';
    }
    --run;
    const std::size_t index = code_point - run->first;
    return index < run->letters.size() ? run->letters[index] : ' ';
}

void add(std::string& skeleton, char letter) {
    if (letter == 'n' && skeleton.ends_with('r')) {
        skeleton.back() = 'm';
    } else if (letter == 'v' && skeleton.ends_with('v')) {
        skeleton.back() = 'w';
    } else {
        skeleton.push_back(letter);
    }
}

} // namespace

std::string skeleton_of(std::string_view name) {
    std::string skeleton;
    skeleton.reserve(name.size());
    for (std::size_t at = 0; at < name.size();) {
        const char letter = letter_of(base::next_code_point(name, at));
        if (letter != ' ') {
            add(skeleton, letter);
        }
    }
    return skeleton;
}

} // namespace mailcast::chat
