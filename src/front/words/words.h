// The words that a person can say about her mail, in whatever client: more, full, files, headers, quote, source, reply,
// mail, why, trace, held, accept, always, never, set, rules, mails, help.  The answer is lines that are safe to show, each within
// Where::line_octets; they are for the one who asked and for nobody else.
//
// One for each client: it remembers how far "more" has come.  Hub thread; owned by the client's front; what is still on its
// way when it ends is answered to nobody.  Talk, MailReading and MailOut outlive it.
//
// A person may ask about mail in her own log and about mail of places that she is in; all other mail is as unknown to her
// as mail that never came.
#pragma once

#include "base/id.h"
#include "chat/entity.h"
#include "chat/held.h"
#include "chat/mail_out.h"
#include "chat/mail_reading.h"
#include "chat/talk.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {

class WordsState;

class Words {
  public:
    struct Parts {
        chat::Talk& talk;
        chat::MailReading& reading;
        chat::MailOut* mail_out = nullptr; // null: mail does not go out from here
        // Where an attachment can be had; "" or no function: names and sizes only.
        std::function<std::string(const chat::Note&, std::size_t attachment)> link{};
        chat::Held* held = nullptr; // null: nothing is held here
    };

    // Where something is said.
    struct Where {
        chat::EntityId place = 0; // said in this place; 0: in private
        std::optional<base::MessageId>
            last{}; // the mail shown last to this client there: what a word without an id means
        std::size_t line_octets = 280; // of one line of an answer
        bool blank_lines = false; // this client is shown mails with their blank lines (IrcMailForm)
    };

    using Answer = std::function<void(std::vector<std::string>)>;

    static constexpr std::size_t most_waiting = 32; // questions that are not answered yet
    static constexpr std::size_t page_lines = 100;  // of "more", "quote" and "source"
    static constexpr std::size_t full_lines = 1000;

    explicit Words(Parts parts);
    ~Words();
    Words(const Words&) = delete;
    Words& operator=(const Words&) = delete;

    // True when the first word of `text` is one of ours.
    static bool knows(std::string_view text);

    // `answer` is called once, possibly from within; with no line when there is nothing to say.
    void say(const chat::Entity& person, std::string_view text, const Where& where, Answer answer);

  private:
    std::shared_ptr<WordsState> state_;
};

} // namespace mailcast::front
