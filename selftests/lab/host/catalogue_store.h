// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The catalogue of images on the disk, so that one run's images are the next one's. */
#pragma once

#include <filesystem>
#include <functional>

#include "host/catalogue.h"

namespace kxk::lab {

/**
 * The catalogue in a file; made and put there if the file is missing, damaged, or of other keys,
 * another kernel or another program than this one.
 * @param keys   directory of the lab's keys
 * @param image  that the catalogue's images derive from
 * Throws what `make` throws, and std::system_error.
 */
[[nodiscard]] Catalogue keep_catalogue(const std::filesystem::path& file,
                                       const std::filesystem::path& keys,
                                       const std::filesystem::path& image,
                                       const std::function<Catalogue()>& make);

}  // namespace kxk::lab
