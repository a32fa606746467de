// The connection to the smarthost, against a mail server that says what a test wants.
#include "net/out/smarthost.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace mailcast::net {
namespace {

using Tcp = boost::asio::ip::tcp;

// Takes one connection: says `replies` one by one, each when a line has come, the content counting as one; then closes.
class FakeServer {
  public:
    explicit FakeServer(std::vector<std::string> replies)
        : acceptor_(io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
          thread_([this, replies = std::move(replies)] { serve(replies); }) {}

    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    ~FakeServer() { join(); }

    std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

    // What it heard; after the connection.
    const std::vector<std::string>& heard() {
        join();
        return heard_;
    }

  private:
    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    void serve(const std::vector<std::string>& replies) {
        Tcp::socket peer = acceptor_.accept();
        boost::system::error_code error;
        boost::asio::write(peer, boost::asio::buffer("220 mx ESMTP\r\n", 14), error);
        std::string input;
        bool content = false;
        for (const std::string& reply : replies) {
            const std::size_t size = boost::asio::read_until(
                peer, boost::asio::dynamic_buffer(input), content ? "\r\n.\r\n" : "\r\n", error);
            if (error) {
                return;
            }
            heard_.push_back(input.substr(0, size));
            input.erase(0, size);
            boost::asio::write(peer, boost::asio::buffer(reply), error);
            content = reply.starts_with("354");
        }
    }

    boost::asio::io_context io_;
    Tcp::acceptor acceptor_;
    std::vector<std::string> heard_;
    std::thread thread_;
};

std::vector<std::string> carried(const std::string& port,
                                 const std::vector<std::string>& recipients) {
    boost::asio::io_context io;
    Smarthost smarthost(io);
    Smarthost::Settings settings;
    settings.host = "127.0.0.1";
    settings.port = port;
    settings.session.hostname = "chat.example.org";
    settings.session.tls = smtp::Client::Tls::none;
    smarthost.use(std::move(settings));
    store::OutboxItem item;
    item.destination = "mailto:";
    for (const std::string& recipient : recipients) {
        item.targets.push_back({.address = recipient, .visible = true});
    }
    item.reverse_path = "ada@example.org";
    item.content = "Subject: hi\r\n\r\n.text\r\n";
    std::vector<std::string> all;
    smarthost.carry(item, [&all](const std::vector<mail::Status>& statuses) {
        for (const mail::Status& status : statuses) {
            all.push_back(mail::to_string(status));
        }
    });
    io.run();
    return all;
}

using Lines = std::vector<std::string>;

TEST(Smarthost, a_mail_is_handed_over_and_each_recipient_has_its_answer) {
    FakeServer server({"250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "550 5.1.1 who\r\n", "354 go\r\n",
                       "250 2.0.0 queued as 7\r\n", "221 bye\r\n"});
    EXPECT_EQ(carried(server.port(), {"a@x", "b@x"}),
              (Lines{"250 2.0.0 queued as 7", "550 5.1.1 who"}));
    EXPECT_EQ(server.heard(), (Lines{"EHLO chat.example.org\r\n", "MAIL FROM:<ada@example.org>\r\n",
                                     "RCPT TO:<a@x>\r\n", "RCPT TO:<b@x>\r\n", "DATA\r\n",
                                     "Subject: hi\r\n\r\n..text\r\n.\r\n", "QUIT\r\n"}));
}

TEST(Smarthost, a_connection_that_breaks_at_any_point_puts_the_mail_off) {
    const Lines replies{"250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 2.0.0 ok\r\n"};
    for (std::size_t said = 0; said < replies.size(); ++said) {
        FakeServer server({replies.begin(), replies.begin() + static_cast<std::ptrdiff_t>(said)});
        const Lines answers = carried(server.port(), {"a@x"});
        ASSERT_EQ(answers.size(), 1U) << said;
        EXPECT_TRUE(answers[0].starts_with("451 ")) << said << ": " << answers[0];
    }
    FakeServer server(replies);
    EXPECT_EQ(carried(server.port(), {"a@x"}), (Lines{"250 2.0.0 ok"}))
        << "after the last answer nothing matters";
}

TEST(Smarthost, where_nobody_listens_it_is_tried_again_later) {
    std::string port;
    {
        boost::asio::io_context io;
        const Tcp::acceptor closed(io, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
        port = std::to_string(closed.local_endpoint().port());
    }
    const Lines answers = carried(port, {"a@x", "b@x"});
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].starts_with("451 4.4.")) << answers[0];
    EXPECT_NE(answers[0].find("cannot be reached"), std::string::npos);
}

TEST(Smarthost, without_one_nothing_is_carried) {
    boost::asio::io_context io;
    Smarthost smarthost(io);
    EXPECT_FALSE(smarthost.configured());
    store::OutboxItem item;
    item.targets = {{.address = "a@x", .visible = true}};
    int code = 0;
    smarthost.carry(
        item, [&code](const std::vector<mail::Status>& statuses) { code = statuses.at(0).code; });
    EXPECT_EQ(code, 451);
}

} // namespace
} // namespace mailcast::net
