// Where the content of a mail gathers while it is received: in memory while it is small, in a temporary
// file of the store's once it is large or memory is short: then its digest is made on the way.
// One a transaction; hub thread.
#pragma once

#include "store/store.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct crypto_generichash_blake2b_state;

namespace mailcast::net {

// Octets of content that all circuits together hold in memory.  One for all sinks of a thread.
struct MemoryBudget {
    std::size_t limit = 32U * 1024U * 1024U;
    std::size_t used = 0;
};

class ContentSink {
  public:
    // Above this a content goes to a file.  Both references outlive the sink.
    ContentSink(const std::string& directory, MemoryBudget& budget, std::size_t inline_max);
    ~ContentSink();
    ContentSink(const ContentSink&) = delete;
    ContentSink& operator=(const ContentSink&) = delete;

    // False when the disk refuses (the sink is then useless): a temporary failure, 452 4.3.1 or 451 4.3.0.
    bool append(std::string_view bytes);

    std::uint64_t size() const { return size_; }

    bool disk_full() const { return disk_full_; }

    // For reading it through once: all octets in one piece, a mapping when they are in a file.
    // Valid as long as the sink lives and nothing is appended.
    std::string_view view();

    // The pages before `offset` of a mapping may go; they come back from the file when touched again.
    void release(std::size_t offset);

    // Digest of the octets and of `key` (Message-ID or queue id).
    store::JournalKey digest(std::string_view key) const;

    // Hands the octets over to the store.
    store::Content take();

  private:
    bool spill();
    bool write_out(std::string_view bytes);

    const std::string& directory_;
    MemoryBudget& budget_;
    std::size_t inline_max_;
    std::string bytes_;
    std::size_t charged_ = 0;
    std::string path_;
    int file_ = -1;
    char* mapping_ = nullptr;
    std::size_t mapped_ = 0;
    std::size_t released_ = 0;
    std::uint64_t size_ = 0;
    bool disk_full_ = false;
    bool broken_ = false;
    std::unique_ptr<crypto_generichash_blake2b_state>
        hash_; // of what the file has; octets in memory are read when the digest is asked for
};

} // namespace mailcast::net
