#include "app/operations/control_protocol.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace mailcast::app {

namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

bool flag_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    const bool* flag = value == nullptr ? nullptr : value->if_bool();
    return flag != nullptr && *flag;
}

// nullopt when it is missing, no whole number, or negative.
std::optional<std::int64_t> number_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    const std::int64_t* number = value == nullptr ? nullptr : value->if_int64();
    return number == nullptr || *number < 0 ? std::nullopt : std::optional(*number);
}

std::expected<json::object, std::string> parse_object(std::string_view line) {
    boost::system::error_code error;
    json::value value = json::parse(line, error);
    if (error || !value.is_object()) {
        return std::unexpected("this line is no JSON object");
    }
    return std::move(value.get_object());
}

} // namespace

std::string print_request(const Request& request) {
    json::object out;
    out["verb"] = request.verb;
    out["name"] = request.name;
    json::array values;
    for (const std::string& value : request.values) {
        values.emplace_back(value);
    }
    out["values"] = std::move(values);
    out["password_hash"] = request.password_hash;
    out["scram"] = request.scram;
    out["json"] = request.json;
    out["raw"] = request.raw;
    if (request.limit) {
        out["limit"] = *request.limit;
    }
    out["since"] = request.since;
    return json::serialize(out) + "\n";
}

std::expected<Request, std::string> parse_request(std::string_view line) {
    const auto object = parse_object(line);
    if (!object) {
        return std::unexpected(object.error());
    }
    Request request;
    request.verb = text_of(*object, "verb");
    if (request.verb.empty()) {
        return std::unexpected("this request has no verb");
    }
    request.name = text_of(*object, "name");
    if (const json::value* values = object->if_contains("values")) {
        const json::array* list = values->if_array();
        if (list == nullptr) {
            return std::unexpected("'values' must be a list");
        }
        for (const json::value& value : *list) {
            const json::string* text = value.if_string();
            if (text == nullptr) {
                return std::unexpected("'values' must be a list of strings");
            }
            request.values.emplace_back(text->data(), text->size());
        }
    }
    request.password_hash = text_of(*object, "password_hash");
    request.scram = text_of(*object, "scram");
    request.json = flag_of(*object, "json");
    request.raw = flag_of(*object, "raw");
    if (const auto limit = number_of(*object, "limit")) {
        request.limit = static_cast<std::uint64_t>(*limit);
    }
    request.since = number_of(*object, "since").value_or(0);
    return request;
}

std::string print_reply_head(const Reply& reply) {
    json::object out;
    out["ok"] = reply.exit == exit_done;
    out["exit"] = reply.exit;
    out["error"] = reply.error.substr(0, max_reply_line / 8);
    out["octets"] = reply.out.size();
    out["next"] = reply.next;
    return json::serialize(out) + "\n";
}

std::expected<ReplyHead, std::string> parse_reply_head(std::string_view line) {
    const auto object = parse_object(line);
    if (!object) {
        return std::unexpected(object.error());
    }
    const auto exit = number_of(*object, "exit");
    const auto octets = number_of(*object, "octets");
    if (!exit || *exit > 255 || !octets || static_cast<std::uint64_t>(*octets) > max_reply_octets) {
        return std::unexpected("the reply has no proper head");
    }
    ReplyHead head;
    head.reply.exit = static_cast<int>(*exit);
    head.reply.error = text_of(*object, "error");
    head.reply.next = number_of(*object, "next").value_or(0);
    head.octets = static_cast<std::uint64_t>(*octets);
    return head;
}

} // namespace mailcast::app
