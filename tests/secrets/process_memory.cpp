#include "process_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

namespace mcp_auth::secrets {
namespace {

constexpr std::uint64_t largest_region = std::uint64_t{4} << 30U;

struct Region {
    std::uint64_t begin = 0, end = 0;
    std::string name;
};

std::vector<Region> writable_regions(const std::string& process) {
    std::vector<Region> all;
    std::ifstream maps(process + "/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        Region region;
        char dash = 0;
        std::string mode, offset, device, inode;
        words >> std::hex >> region.begin >> dash >> region.end >> mode >> offset >> device >>
            inode >> std::ws;
        std::getline(words, region.name);
        region.name = region.name.substr(region.name.rfind('/') + 1);
        if (region.name.empty()) region.name = "anonymous";
        if (mode.rfind("rw", 0) == 0 && region.end - region.begin <= largest_region)
            all.push_back(region);
    }
    return all;
}

class Descriptor {
public:
    explicit Descriptor(const std::string& path) : number_(::open(path.c_str(), O_RDONLY)) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    bool open() const { return number_ >= 0; }
    bool read(void* into, std::size_t size, std::uint64_t at) const {
        return ::pread(number_, into, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
    }

private:
    int number_;
};

// Whether each page of the region was ever touched: one that was not is not worth reading.
std::vector<bool> pages_in_use(const Descriptor& pagemap, const Region& region,
                               std::uint64_t page) {
    constexpr std::uint64_t present_or_swapped = std::uint64_t{3} << 62U;
    const auto count = static_cast<std::size_t>((region.end - region.begin) / page);
    std::vector<std::uint64_t> entries(count);
    const bool known = pagemap.read(entries.data(), count * sizeof(std::uint64_t),
                                    region.begin / page * sizeof(std::uint64_t));
    std::vector<bool> in_use(count, true);
    for (std::size_t i = 0; known && i < count; ++i)
        in_use[i] = (entries[i] & present_or_swapped) != 0;
    return in_use;
}

// Pages in a row at once, so that what stands across two of them is found.
void search_region(const Region& region, const Descriptor& memory, const Descriptor& pagemap,
                   const CanarySearch& search, MemorySearch& out) {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const auto in_use = pages_in_use(pagemap, region, page);
    std::string bytes;
    for (std::size_t first = 0; first < in_use.size();) {
        std::size_t last = first;
        while (last < in_use.size() && in_use[last]) ++last;
        bytes.resize((last - first) * page);
        if (!bytes.empty() &&
            memory.read(bytes.data(), bytes.size(), region.begin + first * page)) {
            search.in(bytes, region.name + ": ", out.findings);
            out.bytes += bytes.size();
        }
        first = last + 1;
    }
}

}  // namespace

MemorySearch search_memory(pid_t process, const CanarySearch& search) {
    const std::string directory = "/proc/" + std::to_string(process);
    MemorySearch out;
    const Descriptor memory(directory + "/mem"), pagemap(directory + "/pagemap");
    if (!memory.open()) {
        out.refused = directory + "/mem: " + std::strerror(errno);
        return out;
    }
    for (const Region& region : writable_regions(directory))
        search_region(region, memory, pagemap, search, out);
    if (out.bytes == 0) out.refused = directory + "/mem cannot be read";
    return out;
}

}  // namespace mcp_auth::secrets
