#include "store/sqlite/content_files.h"

#include "base/log.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace mailcast::store::sqlite {

namespace fs = std::filesystem;

namespace {

class Descriptor {
  public:
    Descriptor(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC)) {}

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    int get() const { return fd_; }

    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_;
};

FileError system_error(const std::string& path) {
    const int code = errno;
    return {code == ENOSPC || code == EDQUOT, fmt::format("{}: {}", path, std::strerror(code))};
}

std::expected<void, FileError> sync_folder(const std::string& path) {
    const Descriptor folder(path, O_RDONLY | O_DIRECTORY);
    if (!folder || ::fsync(folder.get()) != 0) {
        return std::unexpected(system_error(path));
    }
    return {};
}

constexpr std::string_view suffix = ".eml";

} // namespace

Result<ContentFiles> ContentFiles::open(const std::string& data_dir) {
    ContentFiles files;
    files.root_ = data_dir + "/content";
    files.incoming_ = files.root_ + "/incoming";
    std::error_code error;
    for (const std::string& folder : {files.root_, files.incoming_}) {
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            return std::unexpected(Error{Error::Kind::unavailable, system_error(folder).message});
        }
    }
    for (const auto& entry : fs::directory_iterator(files.incoming_, error)) {
        std::error_code ignored; // what stays is tried again at the next start
        fs::remove(entry.path(), ignored);
    }
    if (auto synced = sync_folder(data_dir); !synced) {
        return std::unexpected(Error{Error::Kind::unavailable, synced.error().message});
    }
    files.unsynced_folders_.insert(files.root_);
    return files;
}

// The folder is taken from the time in the id, in steps of about a minute: the files of one group share a
// folder, so that one flush of it serves them all, and over a few hours all 256 fill evenly.
std::string ContentFiles::path_of(const base::MessageId& id) const {
    return fmt::format("{}/{:02x}/{}{}", root_, id.bytes()[3], id.text(), suffix);
}

void ContentFiles::begin_writing(const std::string& temporary_file) {
    const Descriptor file(temporary_file, O_RDONLY);
    if (file) {
        ::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    }
}

std::expected<void, FileError> ContentFiles::adopt(const std::string& temporary_file,
                                                   const base::MessageId& id) {
    {
        const Descriptor file(temporary_file, O_RDONLY);
        if (!file || ::fdatasync(file.get()) != 0) {
            return std::unexpected(system_error(temporary_file));
        }
    }
    const std::string path = path_of(id);
    const std::string folder = path.substr(0, path.rfind('/'));
    if (::rename(temporary_file.c_str(), path.c_str()) != 0) {
        if (errno != ENOENT) {
            return std::unexpected(system_error(path));
        }
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            return std::unexpected(system_error(folder));
        }
        unsynced_folders_.insert(root_);
        if (::rename(temporary_file.c_str(), path.c_str()) != 0) {
            return std::unexpected(system_error(path));
        }
    }
    unsynced_folders_.insert(folder);
    return {};
}

std::expected<void, FileError> ContentFiles::sync_folders() {
    while (!unsynced_folders_.empty()) {
        const std::string folder = *unsynced_folders_.begin();
        if (auto synced = sync_folder(folder); !synced) {
            return synced;
        }
        unsynced_folders_.erase(unsynced_folders_.begin());
    }
    return {};
}

void ContentFiles::remove(const base::MessageId& id) {
    ::unlink(path_of(id).c_str());
}

std::expected<std::string, FileError> ContentFiles::read(const std::string& path) {
    const Descriptor file(path, O_RDONLY);
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0) {
        return std::unexpected(system_error(path));
    }
    std::string content(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < content.size()) {
        const auto got = ::read(file.get(), content.data() + filled, content.size() - filled);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return std::unexpected(got < 0 ? system_error(path)
                                           : FileError{false, path + ": shorter than it was"});
        }
        filled += static_cast<std::size_t>(got);
    }
    return content;
}

ContentFiles::Reconciled ContentFiles::reconcile(const std::vector<base::MessageId>& named) {
    Reconciled result;
    std::vector<base::MessageId> found;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(root_, error), end; !error && entry != end;
         entry.increment(error)) {
        const fs::path& path = entry->path();
        if (path == incoming_) {
            entry.disable_recursion_pending();
        }
        std::error_code gone;
        if (path.extension() != suffix || !entry->is_regular_file(gone)) {
            continue;
        }
        const auto id = base::MessageId::parse(path.stem().native());
        if (id && path == path_of(*id) && std::ranges::binary_search(named, *id)) {
            const auto size = entry->file_size(gone);
            result.octets += gone ? 0 : size;
            found.push_back(*id);
        } else {
            base::log::warn("store: content without a message removed file={}", path.native());
            fs::remove(path, gone);
        }
    }
    if (error) {
        base::log::error("store: cannot look through {}: {}", root_, error.message());
    }
    std::ranges::sort(found);
    std::ranges::set_difference(named, found, std::back_inserter(result.missing));
    return result;
}

} // namespace mailcast::store::sqlite
