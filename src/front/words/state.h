// What is behind Words (words.h): one function for each word.  A question to the store holds it weakly, so that what
// comes back to a client that is gone is answered to nobody.  Hub thread.
#pragma once

#include "front/words/words.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailcast::front {

class WordsState : public std::enable_shared_from_this<WordsState> {
  public:
    // One thing that was said, and where the answer goes.
    struct Said {
        chat::EntityId person = 0;
        std::string word;
        std::string rest; // behind the word, trimmed
        Words::Where where;
        Words::Answer answer;
    };

    using Handler = void (WordsState::*)(const Said& said);

    struct Row {
        std::string_view word;
        std::string_view usage;
        std::string_view help;
        Handler handler;
    };

    explicit WordsState(Words::Parts parts) : parts_(std::move(parts)) {}

    // nullptr when it is no word of ours.
    static const Row* find(std::string_view word);

    void say(const Said& said);

  private:
    static const std::vector<Row>& rows();

    // read.cpp
    void more(const Said& said);
    void full(const Said& said);
    void files(const Said& said);
    void headers(const Said& said);
    void quote(const Said& said);
    void source(const Said& said);
    void trace(const Said& said);
    void why(const Said& said);
    void mails(const Said& said);

    // write.cpp
    void reply(const Said& said);
    void mail(const Said& said);

    // rules.cpp
    void held(const Said& said);
    void accept(const Said& said);
    void always(const Said& said);
    void never(const Said& said);
    void set(const Said& asked);
    void rules(const Said& asked);

    // words.cpp
    void help(const Said& said);

    // ---- what they share ---------------------------------------------------------------------------

    using WithMail = std::function<void(const Said&, const chat::MailRead&)>;

    // The mail that `said` is about, read, if this person may see it; else the answer says that there is none.
    // What stands behind the id is left in said.rest.
    void with_mail(Said said, WithMail then);
    void read_mail(Said said, base::MessageId id, WithMail then);
    void find_mail(Said said, std::string part, WithMail then);

    bool may_see(const chat::Entity& person, const chat::Note& note) const;
    const chat::Entity* person_of(const Said& said) const;

    // The place that "#lab" or "@lab" in front of said.rest means, which is then taken from it; else the person.
    const chat::Entity* entity_of(Said& said) const;

    void judge(const Said& said, chat::HeldVerdict verdict);
    void judge_who(const Said& said, chat::HeldVerdict verdict);
    void change_senders(const Said& said, const std::string& address, bool add);

    // One more question is on its way; false, and an answer given, when there are too many.
    bool ask(const Said& said);

    // For what comes back: answered() first.
    void answered() { --waiting_; }

    static void answer(const Said& said, std::string line);
    static void answer(const Said& said, const std::vector<std::string>& lines);

    // The next page of `text` from `from` on; "+42 lines: WORD" behind it.
    std::size_t answer_page(const Said& said, std::string_view head, std::string_view text,
                            std::size_t from, std::size_t lines, const std::string& tail) const;

    Words::Parts parts_;
    std::size_t waiting_ = 0;
    std::optional<base::MessageId> last_; // that a word with an id was about
    // How far "more" has come in which mail: an octet of what there is to show of it.
    std::optional<base::MessageId> paged_;
    std::size_t next_ = 0;
};

} // namespace mailcast::front
