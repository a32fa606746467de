// The running server: builds the parts in their order of life, passes them to one another, runs them, and
// takes them down again.  One for a process; hub thread, but for what is said of single members.
#pragma once

#include "app/configuration/configuration.h"
#include "app/operations/operations.h"
#include "app/server/doors.h"
#include "app/server/irc_side.h"
#include "app/server/mail_side.h"
#include "app/server/psyc_side.h"
#include "app/server/service_manager.h"
#include "app/server/store_backing.h"
#include "app/server/store_mail_reading.h"
#include "chat/hub.h"
#include "net/circuits.h"
#include "net/intake/held_mail.h"
#include "net/intake/intake.h"
#include "net/line_server.h"
#include "net/listener.h"
#include "net/lookups.h"
#include "net/out/remote_queue.h"
#include "net/passwords.h"
#include "store/store.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mailcast::app {

class Server {
  public:
    // Everything is open when this returns; the error is for standard error.
    static std::expected<std::unique_ptr<Server>, std::string>
    open(const Configuration& configuration, ServiceManager manager);

    // Until SIGTERM or SIGINT, and through the drain.
    void run();

    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

  private:
    // A listener and what its circuits are made with; the door is replaced by a reload.
    struct Opened {
        Listener settings;
        std::unique_ptr<net::Listener> listener;
        std::shared_ptr<const net::MailDoor> mail_door;
        std::shared_ptr<const net::PsycDoor> psyc_door;
        std::shared_ptr<const net::IrcDoor> irc_door;
        std::shared_ptr<const net::LookupDoor> lookup_door;
    };

    Server(Configuration configuration, ServiceManager manager,
           std::unique_ptr<store::Store> store);

    std::expected<void, std::string> open_control();
    std::expected<void, std::string> open_listeners();
    std::expected<void, std::string> make_doors(Opened& opened) const;
    void accept(const Opened& opened, net::StreamSocket socket, net::Peer peer);
    std::optional<mail::Status> refusal(const Opened& opened, const net::Peer& peer) const;

    std::expected<void, std::string> read_relations();

    void use_rules();
    void use_accounts(const store::Accounts& accounts);
    void keep_scram(chat::EntityId person, std::string hash, std::string scram);
    void accounts_changed(std::function<void()> applied);
    void answer_line(const std::string& line, std::function<void(std::string)> done);
    void perform(Request request, std::function<void(Reply)> done);
    Reply status(const Request& request, const store::Statistics& statistics) const;
    Reply issue_pass(const Request& request);
    void set_rule(chat::EntityId id, const std::string& key, const std::string& value,
                  std::function<void(std::string)> done);

    void wait_for_signal();
    void reload();
    void wait_for_second();
    void drain();
    void end_if_done();
    void post(std::function<void()> job);

    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::shared_ptr<const Configuration> configuration_;
    ServiceManager manager_;
    std::unique_ptr<store::Store> store_; // its threads post to io_
    net::Passwords passwords_;            // so does its
    chat::Hub hub_;
    StoreBacking backing_;
    net::Intake intake_;
    net::Lookups lookups_{intake_};
    net::Circuits circuits_;
    PsycSide psyc_;
    net::RemoteQueue remote_queue_{io_};
    MailSide mail_;
    StoreMailReading reading_;
    IrcSide irc_;
    net::HeldMail held_;
    Operations operations_;
    store::Accounts accounts_; // as last read
    std::vector<std::unique_ptr<Opened>> opened_;
    std::unique_ptr<net::LineServer> control_; // control_protocol.h
    boost::asio::signal_set signals_;
    boost::asio::steady_timer second_;
    base::Time started_;
    unsigned seconds_ = 0;
    std::optional<net::Clock::time_point> drain_until_;
    bool empty_ = false; // the last circuit has left a draining server
    bool ended_ = false;
};

} // namespace mailcast::app
