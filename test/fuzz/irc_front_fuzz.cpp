// A whole IRC client of a node in memory: whatever it sends, what it and another client get is whole lines of bounded
// length without control characters.  The first octet says how the rest is cut.
#include "base/utf8.h"
#include "front/irc/test_node.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using mailcast::front::IrcNode;

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

void check(std::string_view octets) {
    constexpr std::size_t longest = 512 + 8191;
    require(mailcast::base::is_valid_utf8(octets));
    while (!octets.empty()) {
        const auto end = octets.find("\r\n");
        require(end != std::string_view::npos && end + 2 <= longest);
        std::string_view line = octets.substr(0, end);
        octets.remove_prefix(end + 2);
        if (line.starts_with('@')) {
            line.remove_prefix(line.find(' ') + 1);
        }
        require(line.size() + 2 <= 512);
        const bool action = line.find(" :\x01"
                                      "ACTION ") != std::string_view::npos;
        require(std::ranges::count(line, '\x01') == (action ? 2 : 0));
        require(std::ranges::none_of(line, [](char c) {
            return (static_cast<unsigned char>(c) < 0x20 && c != '\x01') || c == '\x7f';
        }));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    IrcNode node;
    node.mail({IrcNode::ada, IrcNode::lab}, "A subject", "some words\nand more");
    auto other = node.login("bob", "server-time message-tags batch draft/multiline");
    node.say(*other, "JOIN #lab");
    auto client = node.connect();
    const std::size_t piece = 1 + data[0];
    const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
    for (std::size_t at = 0; at < octets.size(); at += piece) {
        node.now += std::chrono::seconds(1);
        client->front->receive(octets.substr(at, piece), node.now);
        node.backing.settle();
        client->front->tick(node.now, at % 2 == 0);
        node.backing.settle();
        check(client->output.take());
        check(other->output.take());
        if (client->output.closed) {
            client->front->disconnected();
            break;
        }
    }
    node.mail({IrcNode::lab, IrcNode::ada}, "Another", "after all");
    node.backing.settle();
    check(client->output.take());
    check(other->output.take());
    return 0;
}
