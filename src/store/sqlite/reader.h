// Answers what only reads logs and mails, on a thread and a read-only connection of its own, one snapshot a
// request.  The committer hands the requests over when it is their turn; any thread may post.
#pragma once

#include "store/sqlite/connection.h"
#include "store/sqlite/content_files.h"
#include "store/sqlite/requests.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace mailcast::store::sqlite {

class Reader {
  public:
    // `files` outlives the reader.
    Reader(std::string path, const ContentFiles& files);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    void post(ReadLogRequest request) { enqueue(std::move(request)); }

    void post(ReadMailRequest request) { enqueue(std::move(request)); }

    void post(ReadNoteRequest request) { enqueue(std::move(request)); }

    // Closes the connection and keeps it closed while the lock is held; it is opened again on demand.
    std::unique_lock<std::mutex> pause();

    // Answers what is waiting and ends the thread.
    void close();

  private:
    using Item = std::variant<ReadLogRequest, ReadMailRequest, ReadNoteRequest>;

    void enqueue(Item item);
    void run();
    void answer(ReadLogRequest& request);
    void answer(ReadMailRequest& request);
    void answer(ReadNoteRequest& request);
    Result<void> connect();
    Result<chat::Sequence> last_not_kept(const ReadLogRequest& request);
    Result<std::vector<LogEntry>> read_log(const ReadLogRequest& request);
    Result<StoredMail> read_mail(const base::MessageId& id);
    Result<std::shared_ptr<const chat::Note>> note_of(const base::MessageId& id);
    Result<void> find(Statement& statement, std::string_view id);

    std::string path_;
    const ContentFiles& files_;

    std::mutex connection_gate_; // held while the connection is in use
    Connection connection_;
    Statement log_oldest_, log_newest_, log_kept_, mail_, note_;

    std::mutex mutex_; // guards what follows
    std::condition_variable wake_;
    std::vector<Item> queue_;
    bool closing_ = false;

    std::thread thread_;
};

} // namespace mailcast::store::sqlite
