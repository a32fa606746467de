// Large contents, each a file of its own: <data_dir>/content/<xx>/<id>.eml, made durable before the row that
// names it is committed.  Temporary files wait in <data_dir>/content/incoming.
// Used by the committer's thread; path_of() and read() by any.
#pragma once

#include "base/id.h"
#include "store/store.h"

#include <expected>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace mailcast::store::sqlite {

struct FileError {
    bool disk_full = false;
    std::string message;
};

class ContentFiles {
  public:
    // Makes the folders that are missing and empties `incoming`.
    static Result<ContentFiles> open(const std::string& data_dir);

    const std::string& incoming() const { return incoming_; }

    std::string path_of(const base::MessageId& id) const;

    // Asks the kernel to begin writing, so that the files of a group go out side by side.
    static void begin_writing(const std::string& temporary_file);

    // Flushes and renames the file.  The new name is durable after sync_folders().
    std::expected<void, FileError> adopt(const std::string& temporary_file,
                                         const base::MessageId& id);
    std::expected<void, FileError> sync_folders();

    void remove(const base::MessageId& id);

    static std::expected<std::string, FileError> read(const std::string& path);

    // Walks all folders: removes the files that no message of `named` (sorted) has, says which of `named`
    // have no file, and how many octets the others take.
    struct Reconciled {
        std::vector<base::MessageId> missing;
        std::uint64_t octets = 0;
    };

    Reconciled reconcile(const std::vector<base::MessageId>& named);

  private:
    std::string root_;
    std::string incoming_;
    std::set<std::string> unsynced_folders_;
};

} // namespace mailcast::store::sqlite
