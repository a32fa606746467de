#include "front/irc/elsewhere.h"

#include "base/utf8.h"
#include "psyc/keyword.h"
#include "psyc/packet.h"
#include "psyc/psyctext.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailcast::front {

namespace {

std::string words_of(const PsycLetter& letter) {
    return base::safe_line(
        psyc::fill(letter.body, [&letter](std::string_view name, std::string& out) {
            const auto found = std::ranges::find_if(
                letter.variables, [name](const auto& one) { return one.first == name; });
            if (found == letter.variables.end()) {
                return false;
            }
            out += found->second;
            return true;
        }));
}

} // namespace

void IrcElsewhere::tell(const chat::Entity& person, const std::string& uniform,
                        std::string_view text, bool action,
                        std::function<void(std::string)> answer) {
    PsycSender sender;
    sender.uniform = entities_.talk().hub().uniform_of(person);
    sender.nick = person.display;
    sender.person = person.id;
    const std::array<psyc::Modifier, 2> modifiers = {
        psyc::Modifier{.name = "_person", .value = uniform},
        psyc::Modifier{.name = "_action", .value = text}};
    psyc::Packet packet;
    packet.has_content = true;
    packet.modifiers = std::span(modifiers).first(action ? 2 : 1);
    packet.method = "_request_do_tell";
    packet.body = action ? std::string_view{} : text;
    static_cast<void>(
        entities_.command(sender, packet, [answer = std::move(answer)](const PsycLetter& letter) {
            answer(psyc::is_a(letter.method, "_message_echo") ? std::string() : words_of(letter));
        }));
}

} // namespace mailcast::front
