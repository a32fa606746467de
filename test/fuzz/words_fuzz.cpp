// What persons say to the service about their mail: front::Words over any octets.  The first octet chooses the form of
// the answers; up to the first 0x1e is the text of a mail, behind it one word a line.
// Holds it to: each is answered once; every line of an answer is safe to show and within Where::line_octets; the answer
// to one page is of bounded length; a person is never shown somebody else's mail.
#include "base/utf8.h"
#include "front/test_mail_reading.h"
#include "front/test_node.h"
#include "front/words/words.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mailcast;
using front::PsycNode;
using front::Words;

constexpr std::string_view secret_words = "nobody-else-may-read-this";
constexpr std::string_view own_id = "01M85DKMVT6AS57VTEEXBPY4GJ";
constexpr std::string_view other_id = "01M85DKMVT6AS57VTEEXBPY4GK";

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

class MailOut : public chat::MailOut {
  public:
    void write(Letter letter, std::function<void(std::string)> done) override {
        require(base::is_valid_utf8(letter.text) && base::is_valid_utf8(letter.subject));
        require(letter.subject.find('\n') == std::string::npos);
        require(letter.address.find_first_of("\r\n") == std::string::npos);
        done(letter.text.size() % 2 == 0 ? "" : "it cannot go out");
    }
};

class Held : public chat::Held {
  public:
    void list(chat::EntityId /*person*/,
              std::function<void(std::optional<std::vector<chat::HeldMail>>)> done) override {
        done(mails);
    }

    void judge(chat::EntityId /*person*/, std::int64_t number, chat::HeldVerdict /*verdict*/,
               std::function<void(bool, std::string)> done) override {
        done(number == 1, number == 1 ? "done" : "there is no such held mail");
    }

    void judge_sender(chat::EntityId /*person*/, std::string sender, chat::HeldVerdict /*verdict*/,
                      std::function<void(bool, std::string)> done) override {
        require(base::is_valid_utf8(sender));
        done(true, "done");
    }

    std::vector<chat::HeldMail> mails;
};

struct Node : PsycNode {
    front::MemoryMailReading reading;
    MailOut mail_out;
    Held held;

    base::MessageId add(chat::EntityId to, std::string_view id, const std::string& text) {
        auto note = mail_note({to}, base::safe_line(text.substr(0, 200)), base::safe_text(text));
        note->id = *base::MessageId::parse(id);
        backing.store(note);
        auto read = std::make_shared<chat::MailRead>();
        read->note = note;
        read->text = note->text;
        read->headers = {"Subject: " + text.substr(0, 100), text};
        read->trace = {text.substr(0, 300)};
        read->queue_id = text.substr(0, 20);
        read->source = text;
        read->source_octets = text.size();
        reading.mails[note->id] = read;
        return note->id;
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto end = input.find('\x1e');
    const std::string mail(input.substr(0, end));
    std::string_view said = end == std::string_view::npos ? input : input.substr(end + 1);

    // An input may come upon the words by itself, with characters between that are left out.
    const bool says_it_itself =
        base::safe_text(input).find(secret_words.substr(0, 11)) != std::string::npos;

    Node node;
    const auto own = node.add(front::ada, own_id, mail);
    node.add(front::bob, other_id, std::string(secret_words));
    chat::HeldMail waits;
    waits.number = 1;
    waits.sender = base::safe_line(mail.substr(0, 60));
    waits.subject = base::safe_line(mail.substr(0, 300));
    node.held.mails.push_back(std::move(waits));
    Words words({.talk = node.talk,
                 .reading = node.reading,
                 .mail_out = &node.mail_out,
                 .link = {},
                 .held = (data[0] & 1U) != 0 ? &node.held : nullptr});
    const Words::Where where{.place = 0,
                             .last = (data[0] & 2U) != 0 ? std::optional(own) : std::nullopt,
                             .line_octets = (data[0] & 4U) != 0 ? 64U : 400U,
                             .blank_lines = (data[0] & 8U) != 0};
    const chat::Entity ada = *node.hub.find(front::ada);
    for (int at = 0; at < 40 && !said.empty(); ++at) {
        const auto line_end = said.find('\n');
        const std::string_view word = said.substr(0, line_end);
        said.remove_prefix(line_end == std::string_view::npos ? said.size() : line_end + 1);
        int answers = 0;
        words.say(ada, word, where, [&](const std::vector<std::string>& lines) {
            ++answers;
            require(lines.size() <= Words::full_lines + 100);
            for (const std::string& line : lines) {
                require(base::is_valid_utf8(line) && line == base::safe_line(line));
                require(line.size() <= where.line_octets);
                require(says_it_itself || line.find(secret_words) == std::string::npos);
            }
        });
        for (int turn = 0; turn < 20 && answers == 0; ++turn) {
            node.reading.settle();
            node.backing.settle();
        }
        require(answers == 1);
    }
    return 0;
}
