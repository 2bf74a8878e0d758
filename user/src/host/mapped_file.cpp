// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>

namespace kxk::host {
namespace {

/*
 * A range of addresses where pages may get lost. The handler of the signal may walk the list at any
 * moment: ranges are added at its head and stay, and one that is not in use has no size.
 */
struct Range {
    std::atomic<std::uintptr_t> begin{0};
    std::atomic<std::size_t> size{0};
    std::atomic<bool> lost{false};
    Range* next = nullptr;
};

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

std::atomic<Range*> ranges{nullptr};
std::mutex ranges_mutex;  // of those who add to the list; the handler takes none
std::uintptr_t page_size = 0;

/* Zeros take the place of the lost page and of all after it. */
bool fill_lost_pages(std::uintptr_t address) {
    for (Range* range = ranges.load(); range != nullptr; range = range->next) {
        const auto begin = range->begin.load();
        const auto size = range->size.load();
        if (address < begin || address - begin >= size)
            continue;
        const auto page = address & ~(page_size - 1);
        range->lost = true;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel gave it as a number
        return ::mmap(reinterpret_cast<void*>(page), begin + size - page, PROT_READ,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
    }
    return false;
}

void on_bus_error(int number, siginfo_t* info, void* /*context*/) {
    const int saved = errno;
    // Who reads there again once the default is back is ended by it.
    if (!fill_lost_pages(reinterpret_cast<std::uintptr_t>(info->si_addr)))
        (void)::signal(number, SIG_DFL);
    errno = saved;
}

int take_over_bus_errors() {
    struct sigaction action {};
    page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO;
    ::sigemptyset(&action.sa_mask);
    return ::sigaction(SIGBUS, &action, nullptr) == 0 ? 0 : errno;
}

Range& add_range(const void* address, std::size_t size) {
    const std::lock_guard<std::mutex> lock(ranges_mutex);
    Range* range = ranges.load();
    while (range != nullptr && range->size != 0)
        range = range->next;
    if (range == nullptr) {
        range = new Range;  // NOLINT: never freed, the handler may be looking at it
        range->next = ranges.load();
        ranges = range;
    }
    range->lost = false;
    range->begin = reinterpret_cast<std::uintptr_t>(address);
    range->size = size;
    return *range;
}

class MappedFile final : public FileContent {
  public:
    MappedFile(void* address, std::size_t size)
        : address_(address), size_(size), range_(add_range(address, size)) {}
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() override {
        range_.size = 0;
        ::munmap(address_, size_);
    }

    [[nodiscard]] std::string_view bytes() const override {
        return {static_cast<const char*>(address_), size_};
    }

    [[nodiscard]] int error() const override { return range_.lost ? EIO : 0; }

  private:
    void* address_;
    std::size_t size_;
    Range& range_;
};

class EmptyFile final : public FileContent {
  public:
    [[nodiscard]] std::string_view bytes() const override { return {}; }
};

}  // namespace

Result<std::shared_ptr<const FileContent>> map_descriptor(int file, std::size_t size) {
    static const int handler_error = take_over_bus_errors();

    if (handler_error != 0)
        return Errno{handler_error};
    if (size == 0)
        return std::shared_ptr<const FileContent>(std::make_shared<EmptyFile>());
    // All pages at once: every one of them is going to be read.
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (address == MAP_FAILED)
        return Errno{errno};
    return std::shared_ptr<const FileContent>(std::make_shared<MappedFile>(address, size));
}

}  // namespace kxk::host
