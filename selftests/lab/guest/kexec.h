// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The system calls about kexec images. */
#pragma once

#include <string>

namespace kxk::lab {

/**
 * kexec_file_load(2) of an image alone.
 * @return 0, or the errno
 */
[[nodiscard]] int load_image(const std::string& path);

/** The same by a descriptor that is open already. */
[[nodiscard]] int load_open_image(int image);

/** Forgets the image that is loaded. @return 0, or the errno */
[[nodiscard]] int unload_image();

}  // namespace kxk::lab
