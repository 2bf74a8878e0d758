// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The bytes of a file, mapped into memory. */
#pragma once

#include <cstddef>
#include <memory>

#include "host/result.h"
#include "host/system.h"

namespace kxk::host {

/**
 * Maps a file to read all of it. A page that is no longer there when it is read, because the file
 * was made shorter or its disk failed, does not end the process: it reads as zeros, and error() of
 * what is returned says so. The first call takes SIGBUS over for that; those of other causes end
 * the process still. Any thread may call it.
 *
 * @param file  descriptor of a regular file; not needed any more when this returns
 * @param size  of the file, in bytes
 * @return the content, or the errno of mmap(2)
 */
[[nodiscard]] Result<std::shared_ptr<const FileContent>> map_descriptor(int file, std::size_t size);

}  // namespace kxk::host
