// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/steps.h"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "common/text_file.h"
#include "guest/device.h"
#include "guest/device_tasks.h"
#include "guest/faults.h"
#include "guest/fuzz.h"
#include "guest/kexec.h"
#include "guest/keys.h"
#include "guest/modules.h"
#include "guest/perf.h"
#include "guest/program.h"
#include "guest/stress.h"

namespace kxk::lab {

namespace {

/** Carries out one kind of step for each overload. */
class Executor {
  public:
    explicit Executor(StepResult& result) : result_(result) {}

    void operator()(const AddKey& action) {
        result_.error = add_certificate(action.file, action.keyring);
    }

    void operator()(const Insmod& action) {
        result_.error = insert_module(action.file, action.parameters);
    }

    void operator()(const Rmmod& action) { result_.error = remove_module(action.module); }

    void operator()(const RunProgram& action) { run_program(action, result_); }

    void operator()(const LoadImage& action) {
        result_.error = load_image(action.image);
        result_.values["kexec_loaded"] = read_file("/sys/kernel/kexec_loaded").substr(0, 1);
        if (const int error = unload_image(); error != 0) {
            result_.values["unload"] = std::to_string(error);
        }
    }

    void operator()(const ReadFile& action) { result_.output = read_file(action.path); }

    void operator()(const ReadTree& action) {
        const std::filesystem::path top(action.path);

        for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
            if (entry.is_regular_file()) {
                std::string text = read_file(entry.path());

                if (!text.empty() && text.back() == '\n') {
                    text.pop_back();
                }
                result_.values[entry.path().lexically_relative(top)] = text;
            }
        }
    }

    void operator()(const WriteFile& action) { write_file(action.path, action.text); }

    void operator()(const InFlightUnload& action) {
        remove_module_in_flight(action.image, action.module, result_);
    }

    void operator()(const AskDevice& action) { ask_device(action, result_); }

    void operator()(const AskTogether& action) { ask_device_together(action, result_); }

    void operator()(const DisturbDevice& action) { disturb_device(action, result_); }
    void operator()(const FuzzDevice& action) { fuzz_device(action, result_); }

    void operator()(const UnloadWhileOpen& action) {
        result_.error = remove_module_while_open(action.module);
    }

    void operator()(const Stress& action) { stress_module(action, result_); }

    void operator()(const InjectFaults& action) { inject_faults(action, result_); }

    void operator()(const OpenPerf& action) { open_perf(action); }

    void operator()(const ClosePerf& action) { close_perf(action, result_); }

    void operator()(const ListKeys& action) {
        for (const std::string& description : describe_keys(action.keyring)) {
            result_.output += description + '\n';
        }
    }

    void operator()(const Shell& action) { run_shell(action.greeting, result_); }

    void operator()(const KexecExec& action) {
        constexpr int seconds_to_leave = 60;

        run_program({action.argv, seconds_to_leave}, result_);
        // Still here?
        if (result_.error == 0) {
            result_.error = ECANCELED;
        }
    }

  private:
    StepResult& result_;
};

}  // namespace

StepResult execute(const Step& step) {
    const auto start = std::chrono::steady_clock::now();
    StepResult result;

    result.id = step.id;
    try {
        std::visit(Executor(result), step.action);
    } catch (const std::system_error& error) {
        result.error = error.code().value();
        result.errors = error.what();
    }
    result.nanoseconds = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
    return result;
}

bool succeeded(const StepResult& result) {
    return result.error == 0 && result.status == 0;
}

}  // namespace kxk::lab
