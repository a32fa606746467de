// Numerics of IRC by name, those that we send.  RFC 2812 5, modern.ircdocs.horse, IRCv3 monitor and sasl.
#pragma once

#include <string_view>

namespace mailcast::irc::numeric {

inline constexpr std::string_view welcome = "001";
inline constexpr std::string_view your_host = "002";
inline constexpr std::string_view created = "003";
inline constexpr std::string_view my_info = "004";
inline constexpr std::string_view isupport = "005";
inline constexpr std::string_view user_mode_is = "221";
inline constexpr std::string_view luser_client = "251";
inline constexpr std::string_view luser_op = "252";
inline constexpr std::string_view luser_channels = "254";
inline constexpr std::string_view luser_me = "255";
inline constexpr std::string_view local_users = "265";
inline constexpr std::string_view global_users = "266";
inline constexpr std::string_view away = "301";
inline constexpr std::string_view userhost = "302";
inline constexpr std::string_view ison = "303";
inline constexpr std::string_view unaway = "305";
inline constexpr std::string_view now_away = "306";
inline constexpr std::string_view whois_user = "311";
inline constexpr std::string_view whois_server = "312";
inline constexpr std::string_view end_of_who = "315";
inline constexpr std::string_view end_of_whois = "318";
inline constexpr std::string_view whois_channels = "319";
inline constexpr std::string_view list_start = "321";
inline constexpr std::string_view list = "322";
inline constexpr std::string_view list_end = "323";
inline constexpr std::string_view channel_mode_is = "324";
inline constexpr std::string_view whois_account = "330";
inline constexpr std::string_view no_topic = "331";
inline constexpr std::string_view topic = "332";
inline constexpr std::string_view topic_who_time = "333";
inline constexpr std::string_view inviting = "341";
inline constexpr std::string_view version = "351";
inline constexpr std::string_view who_reply = "352";
inline constexpr std::string_view names_reply = "353";
inline constexpr std::string_view whox_reply = "354";
inline constexpr std::string_view end_of_names = "366";
inline constexpr std::string_view end_of_ban_list = "368";
inline constexpr std::string_view end_of_whowas = "369";
inline constexpr std::string_view motd = "372";
inline constexpr std::string_view motd_start = "375";
inline constexpr std::string_view end_of_motd = "376";
inline constexpr std::string_view time = "391";
inline constexpr std::string_view no_such_nick = "401";
inline constexpr std::string_view no_such_channel = "403";
inline constexpr std::string_view cannot_send = "404";
inline constexpr std::string_view too_many_channels = "405";
inline constexpr std::string_view was_no_such_nick = "406";
inline constexpr std::string_view invalid_cap_command = "410";
inline constexpr std::string_view no_recipient = "411";
inline constexpr std::string_view no_text = "412";
inline constexpr std::string_view too_long = "417";
inline constexpr std::string_view unknown_command = "421";
inline constexpr std::string_view no_motd = "422";
inline constexpr std::string_view no_nick_given = "431";
inline constexpr std::string_view erroneous_nick = "432";
inline constexpr std::string_view nick_in_use = "433";
inline constexpr std::string_view not_in_channel = "441";
inline constexpr std::string_view not_on_channel = "442";
inline constexpr std::string_view user_on_channel = "443";
inline constexpr std::string_view not_registered = "451";
inline constexpr std::string_view need_more_params = "461";
inline constexpr std::string_view already_registered = "462";
inline constexpr std::string_view password_mismatch = "464";
inline constexpr std::string_view unknown_mode = "472";
inline constexpr std::string_view not_owner = "482";
inline constexpr std::string_view users_dont_match = "502";
inline constexpr std::string_view help_start = "704";
inline constexpr std::string_view help_text = "705";
inline constexpr std::string_view end_of_help = "706";
inline constexpr std::string_view monitor_online = "730";
inline constexpr std::string_view monitor_offline = "731";
inline constexpr std::string_view monitor_list = "732";
inline constexpr std::string_view end_of_monitor_list = "733";
inline constexpr std::string_view monitor_list_full = "734";
inline constexpr std::string_view logged_in = "900";
inline constexpr std::string_view sasl_success = "903";
inline constexpr std::string_view sasl_fail = "904";
inline constexpr std::string_view sasl_too_long = "905";
inline constexpr std::string_view sasl_aborted = "906";
inline constexpr std::string_view sasl_already = "907";
inline constexpr std::string_view sasl_mechanisms = "908";

} // namespace mailcast::irc::numeric
