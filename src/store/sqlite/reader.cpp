#include "store/sqlite/reader.h"

#include "base/log.h"
#include "store/packing.h"
#include "store/sqlite/errors.h"
#include "store/text_place.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <pthread.h>

namespace mailcast::store::sqlite {

namespace {

// The columns that make a Note, in the order that read_note expects.
#define MAILCAST_NOTE_COLUMNS                                                                      \
    "message.sequence, message.id, message.time, message.kind, message.source, "                   \
    "message.source_name, message.subject, message.recipients, message.details, "                  \
    "iif(message.text_offset IS NULL, message.text, "                                              \
    "substr(message.content, message.text_offset + 1, message.text_octets * 2)), "                 \
    "message.text_octets"
constexpr int note_columns = 11;

std::shared_ptr<const chat::Note> read_note(const Statement& row) {
    auto note = std::make_shared<chat::Note>();
    const auto id = base::MessageId::parse(row.text(1));
    const std::int64_t kind = row.integer(3);
    auto recipients = unpack_recipients(row.blob(7));
    if (!id || kind < 0 || kind > static_cast<std::int64_t>(chat::NoteKind::notice) ||
        !recipients) {
        return nullptr;
    }
    note->id = *id;
    note->time = base::from_unix_ms(row.integer(2));
    note->kind = static_cast<chat::NoteKind>(kind);
    note->source = row.text(4);
    note->source_name = row.text(5);
    note->subject = row.text(6);
    note->recipients = std::move(recipients->recipients);
    if (!unpack_details(row.blob(8), *note)) {
        return nullptr;
    }
    if (row.is_null(10)) {
        note->text = row.text(9);
        return note;
    }
    auto text =
        text_at(row.blob(9), static_cast<std::size_t>(std::max<std::int64_t>(0, row.integer(10))));
    if (!text) {
        return nullptr;
    }
    note->text = std::move(*text);
    return note;
}

Error corrupt_message(std::string_view id) {
    return {Error::Kind::corrupt,
            fmt::format("message {} is unreadable in the database; restore it from a backup", id)};
}

} // namespace

Reader::Reader(std::string path, const ContentFiles& files)
    : path_(std::move(path)), files_(files), thread_([this] { run(); }) {}

Reader::~Reader() {
    close();
}

void Reader::enqueue(Item item) {
    {
        const std::scoped_lock lock(mutex_);
        queue_.push_back(std::move(item));
    }
    wake_.notify_one();
}

std::unique_lock<std::mutex> Reader::pause() {
    std::unique_lock gate(connection_gate_);
    log_oldest_ = {};
    log_newest_ = {};
    log_kept_ = {};
    mail_ = {};
    note_ = {};
    connection_ = {};
    return gate;
}

void Reader::close() {
    {
        const std::scoped_lock lock(mutex_);
        closing_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Reader::run() {
    ::pthread_setname_np(::pthread_self(), "reader");
    std::vector<Item> batch;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
            if (queue_.empty()) {
                break;
            }
            batch.swap(queue_);
        }
        for (Item& item : batch) {
            std::visit([this](auto& request) { answer(request); }, item);
        }
        batch.clear();
    }
    (void)pause();
}

void Reader::answer(ReadLogRequest& request) {
    auto result = [&]() -> Result<std::vector<LogEntry>> {
        const std::scoped_lock gate(connection_gate_);
        return read_log(request);
    }();
    request.done(std::move(result));
}

void Reader::answer(ReadMailRequest& request) {
    auto result = [&]() -> Result<StoredMail> {
        const std::scoped_lock gate(connection_gate_);
        return read_mail(request.id);
    }();
    request.done(std::move(result));
}

void Reader::answer(ReadNoteRequest& request) {
    auto result = [&]() -> Result<std::shared_ptr<const chat::Note>> {
        const std::scoped_lock gate(connection_gate_);
        return note_of(request.id);
    }();
    request.done(std::move(result));
}

Result<void> Reader::connect() {
    if (connection_) {
        return {};
    }
    auto opened = Connection::open(path_, Connection::Mode::read_only);
    if (!opened) {
        return std::unexpected(to_error(opened.error(), path_));
    }
    const std::pair<Statement*, std::string_view> all[] = {
        {&log_oldest_, "SELECT " MAILCAST_NOTE_COLUMNS
                       " FROM log CROSS JOIN message USING (sequence) WHERE log.entity = ?1 "
                       "AND log.sequence > ?2 AND log.sequence <= ?3 AND message.time >= ?5 "
                       "ORDER BY log.sequence LIMIT ?4"},
        {&log_newest_, "SELECT " MAILCAST_NOTE_COLUMNS
                       " FROM log CROSS JOIN message USING (sequence) WHERE log.entity = ?1 "
                       "AND log.sequence > ?2 AND log.sequence <= ?3 AND message.time >= ?5 "
                       "ORDER BY log.sequence DESC LIMIT ?4"},
        {&log_kept_, "SELECT sequence FROM log WHERE entity = ?1 AND sequence <= ?2 "
                     "ORDER BY sequence DESC LIMIT 1 OFFSET ?3"},
        {&mail_, "SELECT " MAILCAST_NOTE_COLUMNS
                 ", message.queue_id, message.trace, message.envelope, message.file, "
                 "message.content FROM message_id CROSS JOIN message USING (sequence) "
                 "WHERE message_id.id = ?1 AND message.kind = 0"},
        {&note_,
         "SELECT " MAILCAST_NOTE_COLUMNS " FROM message_id CROSS JOIN message USING (sequence) "
         "WHERE message_id.id = ?1 AND message.kind = 0"},
    };
    for (const auto& [statement, sql] : all) {
        auto prepared = opened->prepare(sql);
        if (!prepared) {
            return std::unexpected(to_error(prepared.error(), path_));
        }
        *statement = std::move(*prepared);
    }
    connection_ = std::move(*opened);
    return {};
}

// The newest entry that a log has too many; 0 when it has none.
Result<chat::Sequence> Reader::last_not_kept(const ReadLogRequest& request) {
    if (!request.keep_count) {
        return 0;
    }
    const auto row = log_kept_.bind(1, request.query.entity)
                         .bind(2, request.end)
                         .bind(3, static_cast<std::int64_t>(*request.keep_count))
                         .step();
    if (!row) {
        return std::unexpected(to_error(row.error(), path_));
    }
    const chat::Sequence sequence = *row ? log_kept_.integer(0) : 0;
    log_kept_.reset();
    return sequence;
}

// A row that cannot be read is left out, and said in the log: the rest of the log is not to be lost by it.
Result<std::vector<LogEntry>> Reader::read_log(const ReadLogRequest& request) {
    if (auto connected = connect(); !connected) {
        return std::unexpected(std::move(connected.error()));
    }
    const LogQuery& query = request.query;
    const auto kept_behind = last_not_kept(request);
    if (!kept_behind) {
        return std::unexpected(kept_behind.error());
    }
    Statement& statement = query.newest ? log_newest_ : log_oldest_;
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
    statement.bind(1, query.entity)
        .bind(2, std::max(query.after, *kept_behind))
        .bind(3, query.before > 0 ? std::min(request.end, query.before - 1) : request.end)
        .bind(4, static_cast<std::int64_t>(std::min(query.limit, most)))
        .bind(5, request.oldest ? base::to_unix_ms(*request.oldest)
                                : std::numeric_limits<std::int64_t>::min());
    std::vector<LogEntry> entries;
    for (;;) {
        const auto row = statement.step();
        if (!row) {
            return std::unexpected(to_error(row.error(), path_));
        }
        if (!*row) {
            break;
        }
        auto note = read_note(statement);
        if (note == nullptr) {
            base::log::error("store: {}", corrupt_message(statement.text(1)).message);
            continue;
        }
        entries.push_back({statement.integer(0), std::move(note)});
    }
    if (query.newest) {
        std::ranges::reverse(entries);
    }
    return entries;
}

// Puts the statement on the row of a mail.
Result<void> Reader::find(Statement& statement, std::string_view id) {
    if (auto connected = connect(); !connected) {
        return std::unexpected(std::move(connected.error()));
    }
    const auto row = statement.bind_text(1, id).step();
    if (!row) {
        return std::unexpected(to_error(row.error(), path_));
    }
    if (!*row) {
        return std::unexpected(
            Error{Error::Kind::not_found, fmt::format("there is no mail {}", id)});
    }
    return {};
}

Result<std::shared_ptr<const chat::Note>> Reader::note_of(const base::MessageId& id) {
    const std::string text = id.text();
    if (auto found = find(note_, text); !found) {
        return std::unexpected(std::move(found.error()));
    }
    std::shared_ptr<const chat::Note> note = read_note(note_);
    note_.reset();
    if (note == nullptr) {
        return std::unexpected(corrupt_message(text));
    }
    return note;
}

Result<StoredMail> Reader::read_mail(const base::MessageId& id) {
    const std::string text = id.text();
    if (auto found = find(mail_, text); !found) {
        return std::unexpected(std::move(found.error()));
    }
    StoredMail mail;
    mail.sequence = mail_.integer(0);
    mail.note = read_note(mail_);
    mail.queue_id = mail_.text(note_columns);
    mail.trace = mail_.blob(note_columns + 1);
    auto envelope = unpack_strings(mail_.blob(note_columns + 2));
    const bool in_file = mail_.integer(note_columns + 3) != 0;
    if (!in_file) {
        mail.content = mail_.blob(note_columns + 4);
    }
    mail_.reset();
    if (mail.note == nullptr || !envelope) {
        return std::unexpected(corrupt_message(text));
    }
    mail.all_recipients = std::move(*envelope);
    if (in_file) {
        auto content = ContentFiles::read(files_.path_of(id));
        if (!content) {
            return std::unexpected(Error{Error::Kind::corrupt, content.error().message});
        }
        mail.content = std::move(*content);
    }
    return mail;
}

} // namespace mailcast::store::sqlite
