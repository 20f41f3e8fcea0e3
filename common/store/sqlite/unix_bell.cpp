#include "common/store/sqlite/location.hpp"
#include "common/store/sqlite/sqlite_store.hpp"
#include "common/store/store_error.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace common::sqlite {
namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    int get() const { return value_; }

private:
    int value_;
};

[[noreturn]] void failBell(std::string_view what, fs::path const& path) {
    throw StoreError(StoreFailure::Io, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

/// Socket addresses hold 107 characters. Longer paths go through the open directory, and names that are too long even
/// so through a number that both programs compute alike.
class BellAddress {
public:
    BellAddress(fs::path const& database, int directory, Role role) {
        auto const suffix = role == Role::Ingestion ? ".ingestion.bell" : ".notifier.bell";
        path_ = beside(database, suffix);
        if (path_.string().size() < sizeof address_.sun_path) {
            set(path_.string());
            return;
        }
        auto const through = fmt::format("/proc/self/fd/{}/", directory);
        if (through.size() + path_.filename().string().size() >= sizeof address_.sun_path)
            path_ = path_.parent_path() / fmt::format("{:016x}{}", fnv1a(database.filename().string()), suffix);
        set(through + path_.filename().string());
    }
    fs::path const& path() const { return path_; }
    sockaddr const* get() const { return reinterpret_cast<sockaddr const*>(&address_); }
    static socklen_t size() { return sizeof(sockaddr_un); }

private:
    void set(std::string const& text) {
        address_.sun_family = AF_UNIX;
        std::memcpy(address_.sun_path, text.c_str(), text.size() + 1);
    }
    static std::uint64_t fnv1a(std::string_view text) {
        std::uint64_t hash = 0xcbf29ce484222325ULL;
        for (char const c : text)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
        return hash;
    }

    fs::path path_;
    sockaddr_un address_{};
};

class UnixBell final : public ChangeBell {
public:
    UnixBell(fs::path const& database, Role self)
        : directory_(::open(database.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
          socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
          own_(database, directory_.get(), self),
          other_(database, directory_.get(), self == Role::Ingestion ? Role::Notifier : Role::Ingestion) {
        if (directory_.get() < 0) failBell("open", database.parent_path());
        if (socket_.get() < 0) failBell("make a socket for", own_.path());
        // What a process left that was killed. The role lock keeps a living one of this role away.
        ::unlink(own_.path().c_str());
        // The mode that bind() gives the file.
        ::fchmod(socket_.get(), 0600);
        if (::bind(socket_.get(), own_.get(), BellAddress::size()) != 0) failBell("listen at", own_.path());
    }
    ~UnixBell() override { ::unlink(own_.path().c_str()); }
    UnixBell(UnixBell const&) = delete;
    UnixBell& operator=(UnixBell const&) = delete;

    int descriptor() const override { return socket_.get(); }
    void drain() override {
        char none = 0;
        while (::recv(socket_.get(), &none, sizeof none, 0) >= 0) {
        }
    }
    void ring() override {
        // A full queue means that a ring is waiting to be heard; no listener means that it will read at its start.
        ::sendto(socket_.get(), "", 0, MSG_DONTWAIT | MSG_NOSIGNAL, other_.get(), BellAddress::size());
    }

private:
    Descriptor directory_;
    Descriptor socket_;
    BellAddress own_;
    BellAddress other_;
};

}  // namespace

std::unique_ptr<ChangeBell> openBell(std::string_view databaseUrl, Role self) {
    return std::make_unique<UnixBell>(locateDatabase(databaseUrl), self);
}

}  // namespace common::sqlite
