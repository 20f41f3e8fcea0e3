#include "common/net/socket_poll.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <system_error>
#include <utility>

#include <sys/epoll.h>

namespace common::net {
namespace {

// Other work of the loop comes in between.
constexpr std::size_t kEventsPerTurn = 256;

int openSet() {
    auto const set = epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
    return set;
}

}  // namespace

struct SocketPoll::Impl : std::enable_shared_from_this<Impl> {
    explicit Impl(asio::io_context& io) : set(io.get_executor(), openSet()) {}

    void wait() {
        waiting = true;
        set.async_wait(asio::posix::descriptor_base::wait_read,
                       [weak = weak_from_this()](boost::system::error_code error) {
                           auto const self = weak.lock();
                           if (!self) return;
                           self->waiting = false;
                           if (!error) self->tell();
                           if (self->watched > 0) self->wait();
                       });
    }

    void tell() {
        std::array<epoll_event, kEventsPerTurn> events;
        auto const count = epoll_wait(set.native_handle(), events.data(), static_cast<int>(events.size()), 0);
        if (count <= 0) return;
        batch = {events.data(), static_cast<std::size_t>(count)};
        for (auto const& event : batch) {
            auto* const watcher = static_cast<Watcher*>(event.data.ptr);
            if (watcher == nullptr) continue;
            bool const ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
            watcher->onReady({ended || (event.events & EPOLLIN) != 0, ended || (event.events & EPOLLOUT) != 0, ended});
        }
        batch = {};
    }

    void forget(Watcher& watcher) {
        for (auto& event : batch)
            if (event.data.ptr == &watcher) event.data.ptr = nullptr;
        // A wait for nothing would keep the program from ending.
        if (--watched == 0 && waiting) set.cancel();
    }

    asio::posix::basic_stream_descriptor<Executor> set;
    std::span<epoll_event> batch;  ///< being told
    std::size_t watched = 0;
    bool waiting = false;
};

SocketPoll::SocketPoll(asio::io_context& io) : impl_(std::make_shared<Impl>(io)) {}

SocketPoll::~SocketPoll() {
    boost::system::error_code ignored;
    impl_->set.close(ignored);
}

bool SocketPoll::add(int socket, Watcher& watcher) {
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &watcher}};
    if (epoll_ctl(impl_->set.native_handle(), EPOLL_CTL_ADD, socket, &event) != 0) return false;
    watcher.watched_ = true;
    ++impl_->watched;
    if (!impl_->waiting && impl_->batch.empty()) impl_->wait();
    return true;
}

void SocketPoll::remove(int socket, Watcher& watcher) {
    if (watcher.watched_) epoll_ctl(impl_->set.native_handle(), EPOLL_CTL_DEL, socket, nullptr);
    forget(watcher);
}

void SocketPoll::forget(Watcher& watcher) {
    if (std::exchange(watcher.watched_, false)) impl_->forget(watcher);
}

}  // namespace common::net
