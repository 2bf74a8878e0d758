// SPDX-License-Identifier: LGPL-2.1-or-later
/** @file The verdicts of the matrix: what kernels said, kept on the disk so that a run goes on. */
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "host/boot.h"
#include "host/matrix_boots.h"

namespace kxk::lab {

/** What kexec_file_load(2) did with an image. */
struct Verdict {
    int error = 0;                 ///< errno, 0 when it loaded the image
    bool loaded = false;           ///< what /sys/kernel/kexec_loaded said afterwards
    std::vector<std::string> log;  ///< lines of the kernel log meanwhile
};

/** The same answer, whatever the log says. */
[[nodiscard]] inline bool same_answer(const Verdict& a, const Verdict& b) {
    return a.error == b.error && a.loaded == b.loaded;
}

/** Where a verdict is in the matrix. */
struct Cell {
    std::string kernel;  ///< MatrixKernel::name
    Enforcement enforcement;
    std::string phase;
    std::string image;

    bool operator<(const Cell& other) const {
        return std::tie(kernel, enforcement, phase, image) <
               std::tie(other.kernel, other.enforcement, other.phase, other.image);
    }
};

/** The verdicts of an architecture. */
class Verdicts {
  public:
    void add(const Cell& cell, Verdict verdict) { cells_[cell] = std::move(verdict); }

    /** @return nullptr when no kernel was asked, or it did not come to answering */
    [[nodiscard]] const Verdict* find(const Cell& cell) const;

    [[nodiscard]] std::size_t size() const { return cells_.size(); }

  private:
    std::map<Cell, Verdict> cells_;
};

/** What came of a boot. */
struct BootRecord {
    std::string key;  ///< of all that the boot was made of
    std::string release;
    std::string failure;               ///< why it did not come to its end, or empty
    std::vector<std::string> trouble;  ///< faults of the kernel
    double seconds = 0;
    std::map<std::string, Verdict> verdicts;  ///< by the id of the step
};

/** The verdicts in an outcome. */
[[nodiscard]] BootRecord record_of(const Outcome& outcome, const std::string& key);

/** @return nothing when the file is missing, damaged, of another key, or of a boot that failed */
[[nodiscard]] std::optional<BootRecord> load_record(const std::filesystem::path& path,
                                                    const std::string& key);

/** Writes a record, whole or not at all. Throws std::system_error. */
void save_record(const std::filesystem::path& path, const BootRecord& record);

}  // namespace kxk::lab
