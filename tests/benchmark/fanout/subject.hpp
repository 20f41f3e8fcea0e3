#pragma once

#include "tests/support/child_process.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Processor time and resident memory of another process, by the kernel's account of it. Throw when it has ended.
double cpuUsOf(pid_t process);
double residentBytesOf(pid_t process);

/// A server under measurement; ends with this.
class Subject {
public:
    /// Returns when it has written `listening port=N` to standard error.
    explicit Subject(std::vector<std::string> command);
    std::uint16_t port() const { return port_; }
    double cpuUs() const { return cpuUsOf(process_.pid()); }
    double residentBytes() const { return residentBytesOf(process_.pid()); }

private:
    support::ChildProcess process_;
    std::uint16_t port_ = 0;
};

/// Makes sure that this process and those it starts may open so many files; throws when the system refuses.
void raiseDescriptors(std::size_t count);

}  // namespace bench
