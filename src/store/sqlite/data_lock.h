// One process has a data folder at a time: an flock on <data_dir>/lock, held while this lives and let go by
// the kernel when the process dies.  The file names the owner's process for people.
#pragma once

#include "store/store.h"

#include <string>
#include <utility>

namespace mailcast::store::sqlite {

class DataLock {
  public:
    static Result<DataLock> acquire(const std::string& data_dir);

    DataLock(DataLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    DataLock& operator=(DataLock&& other) noexcept;
    DataLock(const DataLock&) = delete;
    DataLock& operator=(const DataLock&) = delete;
    ~DataLock();

  private:
    explicit DataLock(int fd) : fd_(fd) {}

    int fd_ = -1;
};

} // namespace mailcast::store::sqlite
