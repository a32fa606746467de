// Mails that are made to cost: each within a budget of processor time and of memory.  The budgets are far
// above what is needed (some milliseconds), and far below what anything quadratic takes.
#include "mime/message.h"
#include "mime/uuencode.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <malloc.h>
#include <new>
#include <string>
#include <vector>

// Counts what the code under test holds at the most.  AddressSanitizer has its own allocator.
#if defined(__SANITIZE_ADDRESS__)
#define MAILCAST_COUNTS_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MAILCAST_COUNTS_MEMORY 0
#endif
#endif
#ifndef MAILCAST_COUNTS_MEMORY
#define MAILCAST_COUNTS_MEMORY 1
#endif

namespace {

std::atomic<std::size_t> held_now{0};
std::atomic<std::size_t> held_most{0};

} // namespace

#if MAILCAST_COUNTS_MEMORY
void* operator new(std::size_t size) {
    void* place = std::malloc(size);
    if (place == nullptr) {
        throw std::bad_alloc();
    }
    const std::size_t now = held_now += malloc_usable_size(place);
    if (now > held_most) {
        held_most = now;
    }
    return place;
}

void operator delete(void* place) noexcept {
    held_now -= malloc_usable_size(place);
    std::free(place);
}

void operator delete(void* place, std::size_t) noexcept {
    operator delete(place);
}
#endif

namespace mailcast::mime {
namespace {

// The debug build with sanitizers on a busy machine needs some tenths of it.
constexpr double budget_seconds = 2.0;
constexpr std::size_t budget_octets = 64'000'000;

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    out.reserve(piece.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        out += piece;
    }
    return out;
}

double processor_seconds() {
    timespec time{};
    static_cast<void>(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time));
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// All that a caller may ask of a mail.
std::size_t read_all(std::string_view mail) {
    const Message message = parse(mail);
    std::size_t sum = message.subject().size() + message.message_id().size() +
                      message.references().size() + message.in_reply_to().size();
    for (const char* field : {"From", "To", "Cc", "Date", "X"}) {
        for (const Address& address : message.addresses_of(field)) {
            sum += address.address.size() + address.name.size();
        }
        sum += message.text_of(field).value_or("").size();
    }
    sum += message.date() ? 1U : 0U;
    for (const Part& part : message.parts()) {
        sum += message.decoded_size(part);
        const std::string text = message.text(part, 65'536);
        sum += find_embedded_files(text).size();
    }
    return sum + message.defects().size();
}

struct Hostile {
    const char* what;
    std::function<std::string()> make;
};

std::string nested_multiparts(std::size_t levels) {
    std::string mail;
    for (std::size_t i = 0; i < levels; ++i) {
        const std::string name = std::to_string(i);
        mail.append("Content-Type: multipart/mixed; boundary=b")
            .append(name)
            .append("\n\n--b")
            .append(name)
            .append("\n");
    }
    return mail;
}

// 100 boundaries that differ at their ends only, and lines that differ from all of them at their ends.
std::string nearly_matching_lines() {
    const std::string stem(900, 'x');
    std::string mail;
    for (int i = 0; i < 100; ++i) {
        const std::string boundary = stem + std::to_string(1'000 + i);
        mail += "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n";
    }
    return mail + repeated("\n--" + stem + "2000", 10'000);
}

std::string continuations(std::size_t count) {
    std::string field = "Content-Disposition: attachment";
    for (std::size_t i = 0; i < count; ++i) {
        field += ";\n filename*" + std::to_string(count - i) + "*=a";
    }
    return field + "\n\nx";
}

const std::vector<Hostile>& hostile_mails() {
    static const std::vector<Hostile> mails = {
        {"50,000 groups", [] { return "To: " + repeated("g:", 50'000) + "\n\n"; }},
        {"50,000 addresses", [] { return "To: " + repeated("a,", 50'000) + "\n\n"; }},
        {"100,000 nested multiparts", [] { return nested_multiparts(100'000); }},
        {"300,000 fields", [] { return repeated("A: b\nContent-X: y\n", 150'000) + "\n"; }},
        {"500,000 empty parts",
         [] {
             return "Content-Type: multipart/mixed; boundary=b\n\n" +
                    repeated("--b\n\n\n", 500'000);
         }},
        {"a boundary of 1 MB",
         [] {
             const std::string boundary(1'000'000, 'b');
             return "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary +
                    "\n\nx";
         }},
        {"lines that nearly match 100 boundaries", nearly_matching_lines},
        {"5 MB of hyphens",
         [] {
             return "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" +
                    repeated("--\n", 1'700'000);
         }},
        {"1 MB of encoded words",
         [] { return "Subject: " + repeated("=?koi8-r?Q?=F0?= ", 60'000) + "\n\n"; }},
        {"encoded words of many sets",
         [] {
             return "Subject: " +
                    repeated("=?koi8-r?Q?=F0?= =?gb2312?Q?=C4=E3?= =?big5?Q?=A7A?= ", 15'000) +
                    "\n\n";
         }},
        {"encoded words without end",
         [] { return "Subject: " + repeated("=?a?q? y", 120'000) + "\n\n"; }},
        {"encoded words, one end far away",
         [] { return "Subject: " + repeated("=?a?q?y", 140'000) + "?=\n\n"; }},
        {"question marks", [] { return "Subject: =?a?q?" + repeated("?x", 500'000) + "\n\n"; }},
        {"encoded words that end behind another one",
         [] { return "Subject: " + repeated("=?a?q?x", 140'000) + " =?a?q?x ?=\n\n"; }},
        {"encoded words that end behind another one, between white space",
         [] { return "To: " + repeated("=?a?q?x =? ", 90'000) + " =?a?q?x ?= <a@b>\n\n"; }},
        {"encoded word openings", [] { return "Subject: " + repeated("=?", 500'000) + "\n\n"; }},
        {"folds of nothing", [] { return "Subject: x\n" + repeated(" \n", 500'000) + "\n"; }},
        {"100,000 continuations", [] { return continuations(100'000); }},
        {"200,000 parameters",
         [] { return "Content-Type: text/plain" + repeated("; a=b", 200'000) + "\n\nx"; }},
        {"parameters without end",
         [] { return "Content-Type: text/plain; a=" + repeated("\"", 1'000'000) + "\n\nx"; }},
        {"parameters of blanks",
         [] { return "Content-Type: text/plain; name=" + repeated(" a", 500'000) + "\n\nx"; }},
        {"open quotes in addresses", [] { return "To: " + repeated("\"\\", 500'000) + "\n\n"; }},
        {"comments 100,000 deep",
         [] { return "To: " + repeated("(", 100'000) + repeated(")", 100'000) + "a@b\n\n"; }},
        {"open comments", [] { return "To: " + repeated("(()", 300'000) + "\n\n"; }},
        {"open comments in a parameter",
         [] { return "Content-Type: a/b; " + repeated("(();", 250'000) + "\n\n"; }},
        {"open brackets", [] { return "To: " + repeated("<", 1'000'000) + "\n\n"; }},
        {"brackets and commas", [] { return "To: " + repeated("<,", 500'000) + "\n\n"; }},
        {"words of one address", [] { return "To: " + repeated(". ", 500'000) + "@\n\n"; }},
        {"a long date", [] { return "Date: " + repeated("(", 1'000'000) + "\n\n"; }},
        {"100,000 ids", [] { return "References: " + repeated("<a@b>", 100'000) + "\n\n"; }},
        {"open ids", [] { return "References: " + repeated("<", 1'000'000) + "\n\n"; }},
        {"broken lines in the header",
         [] { return "A: b\n" + repeated(repeated("x\n", 400) + "To: y\n", 2'500) + "\n"; }},
        // NOLINTNEXTLINE(bugprone-string-constructor): the length is meant
        {"25 MB header line", [] { return "X: " + std::string(25'000'000, 'x'); }},
        {"multiparts without boundary",
         [] {
             return "Content-Type: multipart/mixed; boundary=b\n\n" +
                    repeated("--b\nContent-Type: multipart/mixed\n\nx\n", 20'000);
         }},
        {"UU blocks without end", [] { return "\n" + repeated("begin 644 a\n#86)C\n", 100'000); }},
        {"UU lines of nothing",
         [] {
             return "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n" +
                    repeated("_\n", 500'000);
         }},
        {"yEnc blocks without end",
         [] { return "\n" + repeated("=ybegin line=128 size=1 name=a\n", 100'000); }},
        {"octets of no set",
         [] {
             return "Content-Type: text/plain; charset=euc-jp\n\n" + std::string(1'000'000, '\xFF');
         }},
        {"escapes only",
         [] {
             return "Content-Type: text/plain; charset=iso-2022-jp\n\n" +
                    repeated("\x1B$B", 300'000);
         }},
        {"shifts only",
         [] { return "Content-Type: text/plain; charset=utf-7\n\n" + repeated("+", 1'000'000); }},
    };
    return mails;
}

TEST(HostileMail, every_one_stays_within_its_budget) {
    for (const Hostile& hostile : hostile_mails()) {
        SCOPED_TRACE(hostile.what);
        const std::string mail = hostile.make();
        const std::size_t held_before = held_now;
        held_most = held_before;
        const double start = processor_seconds();
        read_all(mail);
        EXPECT_LT(processor_seconds() - start, budget_seconds);
        EXPECT_LT(held_most - held_before, budget_octets);
        if (std::getenv("MAILCAST_SHOW_COST") != nullptr) {
            std::printf("%-45s %7.1f ms %8.1f KB\n", hostile.what,
                        (processor_seconds() - start) * 1e3,
                        static_cast<double>(held_most - held_before) / 1e3);
        }
    }
}

TEST(HostileMail, limits_are_named_in_the_defects) {
    const auto first_defect = [](const std::string& mail) {
        const Message message = parse(mail);
        return message.defects().empty() ? std::string{} : message.defects().front();
    };
    EXPECT_NE(first_defect(nested_multiparts(200)).find("deep"), std::string::npos);
    EXPECT_NE(first_defect(repeated("A: b\n", 20'000)).find("fields"), std::string::npos);
    EXPECT_NE(first_defect(continuations(300)).find("parameters"), std::string::npos);
}

} // namespace
} // namespace mailcast::mime
