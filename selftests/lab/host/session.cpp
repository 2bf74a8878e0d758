// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>

#include <random>
#include <system_error>

#include "common/text_file.h"
#include "host/failure.h"
#include "host/progress.h"

namespace kxk::lab {

namespace {

Descriptor open_lock(const std::filesystem::path& path) {
    Descriptor lock(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));

    if (!lock) {
        throw_errno(path);
    }
    return lock;
}

bool try_lock(const Descriptor& lock) {
    return ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0;
}

void wait_for_lock(const Descriptor& lock, const Signals& signals) {
    constexpr int interval_milliseconds = 300;

    if (try_lock(lock)) {
        return;
    }
    Progress progress("waiting for another kxk-lab that makes its guests ready");
    while (!try_lock(lock)) {
        pollfd ready{signals.descriptor(), POLLIN, 0};

        ::poll(&ready, 1, interval_milliseconds);
        signals.take();
        progress.tick();
    }
}

}  // namespace

Session::Session(const Places& places, const Signals& signals, const std::string& name,
                 const Options& options)
    : signals_(signals), directory_(places.build / "runs" / name), options_(options) {
    std::filesystem::create_directories(places.build / "runs");
    // Not in the directory: that is made new.
    run_lock_ = open_lock(places.build / "runs" / (name + ".lock"));
    if (!try_lock(run_lock_)) {
        throw Failure(fmt::format("another \"{}\" is running here; wait for its end", name));
    }
    preparation_lock_ = open_lock(places.build / "preparation.lock");
    wait_for_lock(preparation_lock_, signals);
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
}

Session::~Session() {
    if (options_.keep) {
        return;
    }
    for (const Guest& guest : guests_) {
        std::error_code ignored;  // what is not there need not be removed
        std::filesystem::remove(guest.initramfs, ignored);
        if (guest.firmware) {
            std::filesystem::remove(guest.firmware->variables, ignored);
            std::filesystem::remove_all(guest.firmware->disk, ignored);
        }
    }
}

const Guest& Session::prepare(Workshop& workshop, const Scenario& scenario, bool interactive) {
    Guest guest;

    guest.name = workshop.arch().name + ' ' + scenario.name;
    guest.arch = workshop.arch();
    guest.kernel = workshop.kernel_image(scenario.kernel, scenario.inserted_key);
    guest.directory = directory_ / file_name(guest.name);
    guest.initramfs = guest.directory / "initramfs";
    guest.last_words = scenario.last_words;
    guest.command_line = scenario.command_line;
    guest.steps = scenario.plan.steps.size();
    guest.cpu = scenario.cpu;
    guest.memory_mib = scenario.memory_mib;
    guest.counts_instructions = scenario.counts_instructions;
    guest.interactive = interactive;
    std::filesystem::create_directories(guest.directory);
    Plan plan = scenario.plan;
    if (scenario.firmware) {
        guest.firmware = {guest.directory / "variables.fd", guest.directory / "disk",
                          scenario.firmware->shim || guest.arch.firmware->kernel_on_disk};
        guest.initramfs = guest.firmware->disk / disk_initramfs;
        workshop.make_firmware(*scenario.firmware, guest);
        guest.kernel = guest.firmware->disk / disk_kernel;
        if (scenario.firmware->more_images) {
            const auto& more = workshop.firmware_images();
            plan.files.insert(plan.files.end(), more.begin(), more.end());
        }
    }
    workshop.make_initramfs(guest.initramfs, scenario.kernel, plan,
                            {scenario.upstreams_selftests, scenario.twin, scenario.kselftest});
    guests_.push_back(guest);
    return guests_.back();
}

void Session::drop_last() {
    std::filesystem::remove_all(guests_.back().directory);
    guests_.pop_back();
}

void Session::boot(const std::function<void(std::size_t, Outcome)>& finished) {
    preparation_lock_.reset();
    Booter(signals_, options_.timeout).run(guests_, finished);
}

std::filesystem::path Session::console_log(std::size_t index) const {
    return guests_.at(index).directory / "console.log";
}

std::string file_name(std::string name) {
    for (char& c : name) {
        if (c == ' ' || c == '/') {
            c = '-';
        }
    }
    return name;
}

std::string make_marker() {
    std::random_device device;

    return fmt::format("{:08x}{:08x}", device(), device());
}

}  // namespace kxk::lab
