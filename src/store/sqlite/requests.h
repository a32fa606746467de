// What the store can be asked, as values on their way from the caller to the committer and, what only reads
// logs and mails, on to the reader.
#pragma once

#include "store/sqlite/connection.h"
#include "store/store.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>

namespace mailcast::store::sqlite {

struct CommitRequest {
    std::vector<Commit> commits;
    std::function<void(std::vector<Committed>)> done;
    std::vector<Committed> results;
};

struct ReadLogRequest {
    LogQuery query;
    Completion<std::vector<LogEntry>> done;
    chat::Sequence end = 0;                    // what was committed when it was this request's turn
    std::optional<std::uint64_t> keep_count{}; // set when the log has more entries
    std::optional<base::Time> oldest{};        // what is older is not kept any more
};

struct ReadMailRequest {
    base::MessageId id;
    Completion<StoredMail> done;
};

struct ReadNoteRequest {
    base::MessageId id;
    Completion<std::shared_ptr<const chat::Note>> done;
};

struct ReadCursorRequest {
    chat::EntityId entity = 0;
    std::string client;
    Completion<chat::Sequence> done;
};

struct MoveCursorRequest {
    chat::EntityId entity = 0;
    std::string client;
    chat::Sequence to = 0;
    Completion<std::monostate> done;
};

struct ReadEndRequest {
    Completion<chat::Sequence> done;
};

struct ReadAccountsRequest {
    Completion<Accounts> done;
};

struct PutAccountRequest {
    Account account;
    Completion<Account> done;
};

struct RemoveAccountRequest {
    chat::EntityId id = 0;
    Completion<std::monostate> done;
};

struct PutAliasRequest {
    Alias alias;
    Completion<std::monostate> done;
};

struct ExpireRequest {
    base::Time now{};
    Completion<std::monostate> done;
};

struct ReadStatisticsRequest {
    Completion<Statistics> done;
};

struct ReleaseRequest {
    chat::EntityId entity = 0;
    std::int64_t number = 0;
    Completion<Released> done;
};

// Anything small that is done within a group's transaction; what it found it keeps for its own `done`.
struct ChangeRequest {
    std::function<SqlResult<void>(Connection&)> change;
    Completion<std::monostate> done;
};

using Request =
    std::variant<CommitRequest, ReadLogRequest, ReadMailRequest, ReadNoteRequest, ReadCursorRequest,
                 MoveCursorRequest, ReadEndRequest, ReadAccountsRequest, PutAccountRequest,
                 RemoveAccountRequest, PutAliasRequest, ExpireRequest, ReadStatisticsRequest,
                 ReleaseRequest, ChangeRequest>;

// Answers a request that is not going to be carried out.
void refuse(Request& request, const Error& error);

} // namespace mailcast::store::sqlite
