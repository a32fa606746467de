#include "net/intake/content_sink.h"

#include "base/log.h"

#include <sodium.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace mailcast::net {

namespace {

const unsigned char* octets(std::string_view text) {
    return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

} // namespace

ContentSink::ContentSink(const std::string& directory, MemoryBudget& budget, std::size_t inline_max)
    : directory_(directory), budget_(budget), inline_max_(inline_max) {}

ContentSink::~ContentSink() {
    budget_.used -= charged_;
    if (mapping_ != nullptr) {
        ::munmap(mapping_, mapped_);
    }
    if (file_ >= 0) {
        ::close(file_);
    }
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

bool ContentSink::append(std::string_view bytes) {
    if (broken_) {
        return false;
    }
    size_ += bytes.size();
    if (file_ < 0) {
        const bool small = size_ <= inline_max_ && budget_.used + bytes.size() <= budget_.limit;
        if (small) {
            bytes_.append(bytes);
            budget_.used += bytes.size();
            charged_ += bytes.size();
            return true;
        }
        if (!spill()) {
            return false;
        }
    }
    return write_out(bytes);
}

bool ContentSink::spill() {
    std::string name = directory_ + "/incoming-XXXXXX";
    file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) {
        disk_full_ = errno == ENOSPC || errno == EDQUOT;
        broken_ = true;
        base::log::error(
            "content: cannot make a file in {}: {}; mail is put off until this is mended",
            directory_, std::strerror(errno));
        return false;
    }
    path_ = name;
    hash_.reset(new crypto_generichash_blake2b_state);
    crypto_generichash_blake2b_init(hash_.get(), nullptr, 0, store::JournalKey{}.size());
    if (!write_out(bytes_)) {
        return false;
    }
    std::string().swap(bytes_);
    budget_.used -= charged_;
    charged_ = 0;
    return true;
}

bool ContentSink::write_out(std::string_view bytes) {
    crypto_generichash_blake2b_update(hash_.get(), octets(bytes), bytes.size());
    while (!bytes.empty()) {
        const auto done = ::write(file_, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            disk_full_ = errno == ENOSPC || errno == EDQUOT;
            broken_ = true;
            base::log::error("content: writing {}: {}", path_, std::strerror(errno));
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
}

std::string_view ContentSink::view() {
    if (file_ < 0) {
        return bytes_;
    }
    if (mapping_ == nullptr && size_ > 0) {
        void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_, 0);
        if (mapped == MAP_FAILED) {
            base::log::error("content: mapping {}: {}", path_, std::strerror(errno));
            return {};
        }
        mapping_ = static_cast<char*>(mapped);
        mapped_ = size_;
    }
    return {mapping_, mapped_};
}

void ContentSink::release(std::size_t offset) {
    if (mapping_ == nullptr) {
        return;
    }
    static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t end = std::min(offset, mapped_) / page * page;
    // A second pass begins at the front again.
    const std::size_t begin = offset < released_ ? 0 : released_;
    if (end > begin) {
        ::madvise(mapping_ + begin, end - begin, MADV_DONTNEED);
    }
    released_ = end;
}

store::JournalKey ContentSink::digest(std::string_view key) const {
    crypto_generichash_blake2b_state state;
    if (hash_ != nullptr) {
        state = *hash_;
    } else {
        crypto_generichash_blake2b_init(&state, nullptr, 0, store::JournalKey{}.size());
        crypto_generichash_blake2b_update(&state, octets(bytes_), bytes_.size());
    }
    // A separator that no content can imitate: the length of what came before.
    const std::uint64_t length = size_;
    crypto_generichash_blake2b_update(
        &state, static_cast<const unsigned char*>(static_cast<const void*>(&length)),
        sizeof length);
    crypto_generichash_blake2b_update(&state, octets(key), key.size());
    store::JournalKey digest{};
    crypto_generichash_blake2b_final(&state, digest.data(), digest.size());
    return digest;
}

store::Content ContentSink::take() {
    store::Content content{
        .bytes = std::move(bytes_), .temporary_file = std::exchange(path_, {}), .size = size_};
    budget_.used -= std::exchange(charged_, 0);
    return content;
}

} // namespace mailcast::net
