// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/matrix_verdicts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "common/text_file.h"

namespace kxk::lab {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Verdict, error, loaded, log)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BootRecord, key, release, failure, trouble, seconds, verdicts)

const Verdict* Verdicts::find(const Cell& cell) const {
    const auto found = cells_.find(cell);

    return found == cells_.end() ? nullptr : &found->second;
}

BootRecord record_of(const Outcome& outcome, const std::string& key) {
    BootRecord record;

    record.key = key;
    record.release = outcome.release;
    record.failure = outcome.failure;
    record.trouble = outcome.trouble;
    record.seconds = outcome.seconds;
    for (const StepResult& result : outcome.results) {
        // Only the steps that load an image say what was loaded in the end.
        const auto loaded = result.values.find("kexec_loaded");

        if (loaded == result.values.end()) {
            continue;
        }
        record.verdicts[result.id] = {result.error, loaded->second == "1", result.log};
        if (const auto unload = result.values.find("unload"); unload != result.values.end()) {
            record.trouble.push_back(fmt::format("{}: what was loaded cannot be unloaded: errno {}",
                                                 result.id, unload->second));
        }
    }
    return record;
}

std::optional<BootRecord> load_record(const std::filesystem::path& path, const std::string& key) {
    if (!std::filesystem::exists(path)) {
        return std::nullopt;
    }
    try {
        auto record = nlohmann::json::parse(read_file(path)).get<BootRecord>();

        if (record.key == key && record.failure.empty() && record.trouble.empty()) {
            return record;
        }
    } catch (const nlohmann::json::exception&) {
        // Of an interrupted run: the boot is done again.
    }
    return std::nullopt;
}

void save_record(const std::filesystem::path& path, const BootRecord& record) {
    const std::filesystem::path partial = path.string() + ".partial";

    std::filesystem::create_directories(path.parent_path());
    write_file(partial, nlohmann::json(record).dump(1, ' ', false,
                                                    nlohmann::json::error_handler_t::replace) +
                            '\n');
    std::filesystem::rename(partial, path);
}

}  // namespace kxk::lab
