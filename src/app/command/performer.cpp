#include "app/command/performer.h"

#include "app/command/control_client.h"
#include "store/store.h"

#include <chrono>
#include <future>
#include <grp.h>
#include <memory>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace mailcast::app {

namespace {

// A daemon that is starting or stopping holds the lock for a moment without listening; another
// command does so for as long as it takes.
constexpr std::chrono::seconds lock_patience{10};
constexpr std::chrono::milliseconds lock_pause{50};

// Asks again while the Reply says that there is more.
template <typename Ask>
Reply perform_all(Request request, const std::function<void(std::string_view)>& out, Ask ask) {
    for (;;) {
        Reply reply = ask(request);
        out(reply.out);
        reply.out.clear();
        if (reply.exit != exit_done || reply.next == 0) {
            return reply;
        }
        request.since = reply.next;
    }
}

Reply perform_there(ControlClient& client, const Request& request,
                    const std::function<void(std::string_view)>& out) {
    return perform_all(request, out, [&](const Request& each) {
        auto reply = client.perform(each);
        return reply ? *std::move(reply) : Reply::failed(reply.error());
    });
}

Reply perform_here(store::Store& store, const Configuration& configuration, const Request& request,
                   const std::function<void(std::string_view)>& out) {
    Operations operations(store, std::make_shared<const Configuration>(configuration));
    Reply reply = perform_all(request, out, [&](const Request& each) {
        // Shared, since set_value() may still be at work when get() has returned.
        const auto promise = std::make_shared<std::promise<Reply>>();
        auto future = promise->get_future();
        operations.perform(each, [promise](Reply made) { promise->set_value(std::move(made)); });
        return future.get();
    });
    store.close();
    return reply;
}

// What root makes in a data_dir of another user could not be used by the server that runs as that user: so root
// becomes that user, for good; nothing but the store is opened from here on.
bool become_owner_of(const std::string& data_dir) {
    struct stat folder{};
    if (::geteuid() != 0 || ::stat(data_dir.c_str(), &folder) != 0 || folder.st_uid == 0) {
        return true;
    }
    return ::setgroups(0, nullptr) == 0 && ::setgid(folder.st_gid) == 0 &&
           ::setuid(folder.st_uid) == 0;
}

} // namespace

Reply perform(const Configuration& configuration, const Request& request,
              const std::function<void(std::string_view)>& out) {
    const auto give_up = std::chrono::steady_clock::now() + lock_patience;
    for (;;) {
        if (auto client = ControlClient::connect(configuration.data_dir)) {
            return perform_there(*client, request, out);
        }
        if (request.verb == "status") {
            return Reply::failed("no mailcast is running on " + configuration.data_dir);
        }
        if (!become_owner_of(configuration.data_dir)) {
            return Reply::failed("cannot become the owner of " + configuration.data_dir +
                                 "; run this as the user of the server");
        }
        auto store = store::open(
            {configuration.data_dir, configuration.store_url, configuration.journal_age});
        if (store) {
            return perform_here(**store, configuration, request, out);
        }
        if (store.error().kind != store::Error::Kind::locked ||
            std::chrono::steady_clock::now() > give_up) {
            return Reply::failed(store.error().message);
        }
        std::this_thread::sleep_for(lock_pause);
    }
}

} // namespace mailcast::app
