// The words about mail (words.h) as commands of a PSYC client: /held, /accept 7, /full 01JD...  They are the same as in
// IRC and say the same; "more" is not among them, since a PSYC client has the whole text already.
#include "front/words/words.h"

#include "base/ascii.h"
#include "front/psyc/entities.h"

#include <utility>

namespace mailcast::front {

PsycDeed PsycEntities::do_word(const Request& request, const chat::Entity& person,
                               const Given& given) {
    if (reading_ == nullptr || request.reply.is_complaint) {
        return {};
    }
    const std::string word(word_of(given));
    const std::string source = hub().uniform_of(person);
    constexpr std::size_t longest_line = 1000; // octets; a client of PSYC wraps by itself
    // Lives until it has answered; what it remembers between two words is for clients that are shown less.
    const auto words = std::make_shared<Words>(Words::Parts{
        .talk = talk_, .reading = *reading_, .mail_out = mail_out_, .link = {}, .held = held_});
    const std::string said = word + " " + std::string(base::trim(text_of(given)));
    words->say(person, said, {.line_octets = longest_line, .blank_lines = true},
               [words, reply = request.reply, source, word](const std::vector<std::string>& lines) {
                   std::string content;
                   for (const std::string& line : lines) {
                       content += content.empty() ? "" : "\n";
                       content += line;
                   }
                   if (!content.empty()) {
                       reply(source,
                             {.variables = {{"_command", word}, {"_content", std::move(content)}},
                              .method = "_info_mail",
                              .body = "[_content]"});
                   }
               });
    return {};
}

} // namespace mailcast::front
