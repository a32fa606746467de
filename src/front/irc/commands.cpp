#include "front/irc/commands.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>

namespace mailcast::front {

const IrcCommandRow* find_irc_command(std::string_view name) {
    using F = IrcFront;
    static constexpr auto rows = std::to_array<IrcCommandRow>({
        {.name = "AUTHENTICATE", .handler = &F::do_authenticate, .params = 1, .early = true},
        {.name = "AWAY", .handler = &F::do_away},
        {.name = "BATCH", .handler = &F::do_batch, .params = 1},
        {.name = "CAP", .handler = &F::do_cap, .params = 1, .early = true},
        {.name = "CHATHISTORY", .handler = &F::do_chathistory, .params = 1},
        {.name = "HELP", .handler = &F::do_help},
        {.name = "HELPOP", .handler = &F::do_help},
        {.name = "INVITE", .handler = &F::do_invite, .params = 2},
        {.name = "ISON", .handler = &F::do_ison, .params = 1},
        {.name = "JOIN", .handler = &F::do_join, .params = 1},
        {.name = "KICK", .handler = &F::do_kick, .params = 2},
        {.name = "LIST", .handler = &F::do_list},
        {.name = "LUSERS", .handler = &F::do_lusers},
        {.name = "MARKREAD", .handler = &F::do_markread, .params = 1},
        {.name = "MODE", .handler = &F::do_mode, .params = 1},
        {.name = "MONITOR", .handler = &F::do_monitor, .params = 1},
        {.name = "MOTD", .handler = &F::do_motd},
        {.name = "NAMES", .handler = &F::do_names},
        {.name = "NICK", .handler = &F::do_nick, .params = 0, .early = true},
        {.name = "NOTICE", .handler = &F::do_notice},
        {.name = "PART", .handler = &F::do_part, .params = 1},
        {.name = "PASS", .handler = &F::do_pass, .params = 1, .early = true},
        {.name = "PING", .handler = &F::do_ping, .params = 1, .early = true},
        {.name = "PONG", .handler = &F::do_pong, .params = 0, .early = true},
        {.name = "PRIVMSG", .handler = &F::do_privmsg},
        {.name = "QUIT", .handler = &F::do_quit, .params = 0, .early = true},
        {.name = "SETNAME", .handler = &F::do_setname, .params = 1},
        {.name = "TAGMSG", .handler = &F::do_tagmsg, .params = 1},
        {.name = "TIME", .handler = &F::do_time},
        {.name = "TOPIC", .handler = &F::do_topic, .params = 1},
        {.name = "USER", .handler = &F::do_user, .params = 4, .early = true},
        {.name = "USERHOST", .handler = &F::do_userhost, .params = 1},
        {.name = "VERSION", .handler = &F::do_version},
        {.name = "WHO", .handler = &F::do_who},
        {.name = "WHOIS", .handler = &F::do_whois, .params = 1},
        {.name = "WHOWAS", .handler = &F::do_whowas, .params = 1},
    });
    const auto* const found = std::ranges::find_if(
        rows, [name](const IrcCommandRow& row) { return base::iequals(row.name, name); });
    return found == rows.end() ? nullptr : found;
}

} // namespace mailcast::front
