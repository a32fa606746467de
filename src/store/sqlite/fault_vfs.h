// For tests: a disk that fails on demand and that can lose its power.  It wraps SQLite's own file layer, is the
// default one of the process while it lives, and remembers of each file what was flushed last.
// Any thread.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>

namespace mailcast::store::sqlite::test {

class FaultDisk {
  public:
    FaultDisk() : base_(sqlite3_vfs_find(nullptr)), vfs_(*base_) {
        vfs_.pNext = nullptr;
        vfs_.zName = "mailcast-fault-disk";
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + base_->szOsFile;
        vfs_.xOpen = open;
        vfs_.xDelete = remove;
        vfs_.pAppData = this;
        sqlite3_vfs_register(&vfs_, 1);
    }

    FaultDisk(const FaultDisk&) = delete;
    FaultDisk& operator=(const FaultDisk&) = delete;

    ~FaultDisk() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(base_, 1);
    }

    // While true: every flush fails; every write is answered with "disk full".
    std::atomic<bool> sync_fails = false;
    std::atomic<bool> disk_is_full = false;
    // From now on nothing reaches the disk: writes and flushes fail.
    std::atomic<bool> power_is_out = false;
    std::atomic<int> syncs = 0;

    // With everything closed: each file gets back what it had at its last flush.
    void restore_flushed() {
        const std::scoped_lock lock(mutex_);
        for (const auto& [path, content] : flushed_) {
            std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        }
        power_is_out = false;
    }

  private:
    struct File {
        sqlite3_file base;
        FaultDisk* disk;
        const char* path; // SQLite keeps it as long as the file is open
        sqlite3_io_methods methods;
        sqlite3_file* real;
    };

    static File* as_file(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

    static sqlite3_file* real(sqlite3_file* file) { return as_file(file)->real; }

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                    int* out_flags) {
        auto* disk = static_cast<FaultDisk*>(vfs->pAppData);
        File* self = as_file(file);
        self->base.pMethods = nullptr;
        self->disk = disk;
        self->path = name;
        self->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
        const int code = disk->base_->xOpen(disk->base_, name, self->real, flags, out_flags);
        if (code != SQLITE_OK || self->real->pMethods == nullptr) {
            return code;
        }
        // All calls that are not changed below go to the real file.
        self->methods = {
            .iVersion = 2,
            .xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); },
            .xRead =
                [](sqlite3_file* f, void* data, int size, sqlite3_int64 at) {
                    return real(f)->pMethods->xRead(real(f), data, size, at);
                },
            .xWrite = write,
            .xTruncate =
                [](sqlite3_file* f, sqlite3_int64 size) {
                    return as_file(f)->disk->power_is_out
                               ? SQLITE_IOERR_TRUNCATE
                               : real(f)->pMethods->xTruncate(real(f), size);
                },
            .xSync = sync,
            .xFileSize =
                [](sqlite3_file* f, sqlite3_int64* size) {
                    return real(f)->pMethods->xFileSize(real(f), size);
                },
            .xLock = [](sqlite3_file* f,
                        int level) { return real(f)->pMethods->xLock(real(f), level); },
            .xUnlock = [](sqlite3_file* f,
                          int level) { return real(f)->pMethods->xUnlock(real(f), level); },
            .xCheckReservedLock =
                [](sqlite3_file* f, int* out) {
                    return real(f)->pMethods->xCheckReservedLock(real(f), out);
                },
            .xFileControl =
                [](sqlite3_file* f, int op, void* argument) {
                    return real(f)->pMethods->xFileControl(real(f), op, argument);
                },
            .xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
            .xDeviceCharacteristics =
                [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
            .xShmMap =
                [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
                    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
                },
            .xShmLock =
                [](sqlite3_file* f, int offset, int n, int lock_flags) {
                    return real(f)->pMethods->xShmLock(real(f), offset, n, lock_flags);
                },
            .xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
            .xShmUnmap = [](sqlite3_file* f,
                            int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
            .xFetch = nullptr,
            .xUnfetch = nullptr,
        };
        self->base.pMethods = &self->methods;
        return code;
    }

    // A name that is gone stays gone: a journal that came back would undo what it guarded.
    static int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
        auto* disk = static_cast<FaultDisk*>(vfs->pAppData);
        if (disk->power_is_out) {
            return SQLITE_IOERR_DELETE;
        }
        const int code = disk->base_->xDelete(disk->base_, name, sync_folder);
        if (code == SQLITE_OK) {
            const std::scoped_lock lock(disk->mutex_);
            disk->flushed_.erase(name);
        }
        return code;
    }

    static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
        const FaultDisk& disk = *as_file(file)->disk;
        if (disk.power_is_out) {
            return SQLITE_IOERR_WRITE;
        }
        if (disk.disk_is_full) {
            return SQLITE_FULL;
        }
        return real(file)->pMethods->xWrite(real(file), data, size, at);
    }

    static int sync(sqlite3_file* file, int) {
        FaultDisk& disk = *as_file(file)->disk;
        ++disk.syncs;
        if (disk.power_is_out || disk.sync_fails) {
            return SQLITE_IOERR_FSYNC;
        }
        // What is remembered is the disk; the real one under it need not be waited for.
        if (as_file(file)->path != nullptr) {
            std::ifstream in(as_file(file)->path, std::ios::binary);
            const std::scoped_lock lock(disk.mutex_);
            disk.flushed_[as_file(file)->path] = {std::istreambuf_iterator<char>(in), {}};
        }
        return SQLITE_OK;
    }

    sqlite3_vfs* base_;
    sqlite3_vfs vfs_;
    std::mutex mutex_;
    std::map<std::string, std::string> flushed_; // by path
};

} // namespace mailcast::store::sqlite::test
