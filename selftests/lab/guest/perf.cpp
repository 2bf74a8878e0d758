// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/perf.h"

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "common/descriptor.h"
#include "common/text_file.h"

namespace kxk::lab {

namespace {

constexpr const char* kprobe_source = "/sys/bus/event_source/devices/kprobe";
/** Bytes of samples for each processor; what does not fit any more is lost. */
constexpr std::size_t samples_room = 2U << 20U;

Descriptor open_event(perf_event_attr attributes, int processor) {
    attributes.size = sizeof(attributes);
    Descriptor event(static_cast<int>(
        ::syscall(SYS_perf_event_open, &attributes, -1, processor, -1, PERF_FLAG_FD_CLOEXEC)));

    if (!event) {
        throw_errno("perf_event_open");
    }
    return event;
}

/** A kprobe, of perf itself: there is nothing of it in tracefs. */
Descriptor open_kprobe(const std::string& function, bool at_return, int processor) {
    perf_event_attr attributes{};

    attributes.type =
        static_cast<std::uint32_t>(std::stoul(read_file(std::string(kprobe_source) + "/type")));
    if (at_return) {
        // As format/retprobe says, which the ABI has promised.
        attributes.config = 1;
    }
    attributes.kprobe_func = reinterpret_cast<std::uintptr_t>(function.c_str());
    return open_event(attributes, processor);
}

/** A program that returns a number: an event counts if that is not 0. */
Descriptor load_program(int result) {
    const bpf_insn code[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, result},
                             {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
    bpf_attr attributes{};

    attributes.prog_type = BPF_PROG_TYPE_KPROBE;
    attributes.insns = reinterpret_cast<std::uintptr_t>(code);
    attributes.insn_cnt = std::size(code);
    attributes.license = reinterpret_cast<std::uintptr_t>("GPL");
    Descriptor program(
        static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes))));
    if (!program) {
        throw_errno("bpf");
    }
    return program;
}

Descriptor load_program(const std::string& name) {
    if (name.empty()) {
        return {};
    }
    if (name != "count" && name != "drop") {
        throw std::system_error(EINVAL, std::generic_category(), "open_perf: " + name);
    }
    return load_program(name == "count" ? 1 : 0);
}

/** Where a module's functions are. */
struct TextRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    [[nodiscard]] bool has(std::uint64_t address) const {
        return begin <= address && address < end;
    }
};

TextRange range_of(const std::string& module) {
    std::istringstream modules(read_file("/proc/modules"));

    for (std::string line; std::getline(modules, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint64_t size = 0;
        std::string word;

        words >> name >> size;
        if (name != module) {
            continue;
        }
        while (words >> word && word.rfind("0x", 0) != 0) {
        }
        const std::uint64_t begin = std::stoull(word, nullptr, 16);
        return {begin, begin + size};
    }
    return {};
}

/** Samples of what one processor does. */
class Sampler {
  public:
    Sampler(int microseconds, int processor)
        : event_(open_event(attributes(microseconds), processor)),
          page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))),
          memory_(::mmap(nullptr, page_ + samples_room, PROT_READ | PROT_WRITE, MAP_SHARED,
                         event_.get(), 0)) {
        if (memory_ == MAP_FAILED) {
            throw_errno("mmap of samples");
        }
    }
    Sampler(const Sampler&) = delete;
    Sampler& operator=(const Sampler&) = delete;
    Sampler(Sampler&&) = delete;
    Sampler& operator=(Sampler&&) = delete;
    ~Sampler() { ::munmap(memory_, page_ + samples_room); }

    /** Counts the samples that were taken, and those with an address in the range in them. */
    void count(const TextRange& range, std::uint64_t& samples, std::uint64_t& in_range) const {
        ::ioctl(event_.get(), PERF_EVENT_IOC_DISABLE, 0);
        const auto* head = static_cast<const perf_event_mmap_page*>(memory_);
        // Nobody has read any: they begin where the room does, and have not come round.
        std::string_view rest(static_cast<const char*>(memory_) + page_,
                              __atomic_load_n(&head->data_head, __ATOMIC_ACQUIRE));

        while (rest.size() >= sizeof(perf_event_header)) {
            const auto header = read<perf_event_header>(rest, 0);

            if (header.size < sizeof(header) || header.size > rest.size()) {
                throw std::system_error(EBADMSG, std::generic_category(), "a sample of perf");
            }
            if (header.type == PERF_RECORD_SAMPLE) {
                ++samples;
                in_range +=
                    goes_through(rest.substr(sizeof(header), header.size - sizeof(header)), range)
                        ? 1U
                        : 0U;
            }
            rest.remove_prefix(header.size);
        }
    }

  private:
    static perf_event_attr attributes(int microseconds) {
        constexpr std::uint64_t nanoseconds = 1000;
        perf_event_attr attributes{};

        attributes.type = PERF_TYPE_SOFTWARE;
        attributes.config = PERF_COUNT_SW_CPU_CLOCK;
        attributes.sample_period = static_cast<std::uint64_t>(microseconds) * nanoseconds;
        attributes.sample_type = PERF_SAMPLE_CALLCHAIN;
        attributes.exclude_callchain_user = 1;
        return attributes;
    }

    template <typename T>
    static T read(std::string_view bytes, std::size_t at) {
        T value{};

        std::memcpy(&value, bytes.substr(at, sizeof(value)).data(), sizeof(value));
        return value;
    }

    /** @param callchain  how many addresses there are, and the addresses */
    static bool goes_through(std::string_view callchain, const TextRange& range) {
        for (std::size_t at = sizeof(std::uint64_t); at + sizeof(std::uint64_t) <= callchain.size();
             at += sizeof(std::uint64_t)) {
            if (range.has(read<std::uint64_t>(callchain, at))) {
                return true;
            }
        }
        return false;
    }

    Descriptor event_;
    std::size_t page_;
    void* memory_;
};

std::uint64_t sum(const std::vector<Descriptor>& events) {
    std::uint64_t total = 0;

    for (const Descriptor& event : events) {
        std::uint64_t count = 0;

        if (::read(event.get(), &count, sizeof(count)) != sizeof(count)) {
            throw_errno("reading an event of perf");
        }
        total += count;
    }
    return total;
}

/** Of these, there are some from one step to another. */
struct Open {
    std::vector<Descriptor> calls;
    std::vector<Descriptor> returns;
    std::vector<std::unique_ptr<Sampler>> samplers;
};

Open& opened() {
    static Open open;

    return open;
}

}  // namespace

void open_perf(const OpenPerf& events) {
    const auto processors = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
    const Descriptor program = load_program(events.program);
    Open open;

    for (int processor = 0; processor < processors; ++processor) {
        for (const std::string& function : events.functions) {
            for (const bool at_return : {false, true}) {
                auto& list = at_return ? open.returns : open.calls;

                list.push_back(open_kprobe(function, at_return, processor));
                if (program &&
                    ::ioctl(list.back().get(), PERF_EVENT_IOC_SET_BPF, program.get()) < 0) {
                    throw_errno("giving an event a BPF program");
                }
            }
        }
        if (events.sample_microseconds != 0) {
            open.samplers.push_back(
                std::make_unique<Sampler>(events.sample_microseconds, processor));
        }
    }
    opened() = std::move(open);
}

void close_perf(const ClosePerf& close, StepResult& result) {
    const Open open = std::exchange(opened(), {});
    const TextRange range = range_of(close.module);
    std::uint64_t samples = 0;
    std::uint64_t in_module = 0;

    for (const auto& sampler : open.samplers) {
        sampler->count(range, samples, in_module);
    }
    result.values["calls"] = std::to_string(sum(open.calls));
    result.values["returns"] = std::to_string(sum(open.returns));
    result.values["samples"] = std::to_string(samples);
    result.values["samples_in_module"] = std::to_string(in_module);
}

}  // namespace kxk::lab
