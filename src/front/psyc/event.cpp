#include "front/psyc/event.h"

#include "front/psyc/entities.h"
#include "psyc/keyword.h"
#include "psyc/uniform.h"

namespace mailcast::front {

namespace {

struct Words {
    std::string_view method;
    std::string_view body;
};

Words of_leave(const chat::Event& event) {
    if (event.detail == "disconnect") {
        return {"_notice_place_leave_disconnect", "Connection lost to [_nick]."};
    }
    if (event.detail == "netburp") {
        return {"_notice_place_leave_netburp", "The node of [_nick] is gone."};
    }
    return {"_notice_place_leave", "[_nick] leaves [_nick_place]."};
}

Words of_friendship(const chat::Event& event) {
    if (event.detail == "established") {
        return {"_notice_friendship_established", "[_nick] is your friend now."};
    }
    if (event.detail == "removed") {
        return {"_notice_friendship_removed", "[_nick] is no friend of yours any more."};
    }
    return {"_request_friendship", "[_nick] would like to be your friend: /friend [_person]"};
}

Words of_foreign(const chat::Event& event) {
    struct Known {
        std::string_view family;
        std::string_view method;
    };

    constexpr std::string_view body = "[_nick]: [_content]";
    for (const Known& one :
         {Known{"_error", "_error_elsewhere"}, Known{"_failure", "_failure_elsewhere"},
          Known{"_warning", "_warning_elsewhere"}, Known{"_status", "_status_elsewhere"},
          Known{"_info", "_info_elsewhere"}, Known{"_echo", "_echo_elsewhere"}}) {
        if (psyc::is_a(event.detail, one.family)) {
            return {one.method, body};
        }
    }
    return {"_notice_elsewhere", body};
}

std::string_view presence_words(int availability) {
    if (availability <= chat::availability_offline) {
        return "[_nick] is gone.";
    }
    return availability <= 3   ? "[_nick] is away."
           : availability <= 6 ? "[_nick] is busy."
                               : "[_nick] is here.";
}

} // namespace

PsycLetter psyc_letter(const chat::Event& event, std::string_view uniform, std::string_view name) {
    PsycLetter letter;
    letter.source_relay = event.who;
    letter.variables.emplace_back("_nick", event.nick);
    const auto say = [&letter](const Words& words) {
        letter.method = words.method;
        letter.body = words.body;
    };
    const bool of_place = event.kind == chat::EventKind::enter ||
                          event.kind == chat::EventKind::leave ||
                          event.kind == chat::EventKind::topic;
    if (of_place || !event.context.empty()) {
        letter.context = event.context.empty() ? uniform : std::string_view(event.context);
        const auto elsewhere = psyc::parse_uniform(event.context);
        letter.variables.emplace_back(
            "_nick_place", elsewhere && !event.context.empty() ? elsewhere->name() : name);
    } else {
        letter.source = uniform;
    }
    switch (event.kind) {
    case chat::EventKind::enter:
        say({"_notice_place_enter", "[_nick] enters [_nick_place]."});
        break;
    case chat::EventKind::leave:
        say(of_leave(event));
        break;
    case chat::EventKind::topic:
        letter.variables.emplace_back("_topic", event.text);
        say(event.text.empty() ? Words{"_notice_place_topic_removed",
                                       "[_nick] removes the topic of [_nick_place]."}
                               : Words{"_notice_place_topic",
                                       "[_nick] sets the topic of [_nick_place]: [_topic]"});
        break;
    case chat::EventKind::presence:
        letter.variables.emplace_back("_degree_availability", std::to_string(event.availability));
        letter.variables.emplace_back("_description_presence", event.text);
        letter.method = presence_method(event.availability);
        letter.body = presence_words(event.availability);
        letter.body += event.text.empty() ? "" : " [_description_presence]";
        break;
    case chat::EventKind::friendship:
        letter.variables.emplace_back("_person", event.who);
        say(of_friendship(event));
        break;
    case chat::EventKind::receipt:
        letter.variables.emplace_back("_nick_target", event.nick);
        letter.variables.front().second = name;
        letter.method = "_message_echo_private";
        if (event.action) {
            letter.variables.emplace_back("_action", event.text);
        } else {
            letter.body = event.text;
        }
        break;
    case chat::EventKind::foreign:
        letter.variables.emplace_back("_method_relay", event.detail);
        letter.variables.emplace_back("_content", event.text);
        say(of_foreign(event));
        break;
    }
    return letter;
}

} // namespace mailcast::front
