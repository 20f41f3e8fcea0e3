#include "common/net/signals.hpp"

#include "common/net/asio_types.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace common::net {
namespace {

constexpr int kExitSecondSignal = 130;

// All that a signal handler may touch. Not Asio's signal_set: the second signal must work when the loop hangs.
std::atomic<int> signalPipe{-1};
std::atomic<bool> signalSeen{false};

void onSignal(int signal) {
    if (signalSeen.exchange(true)) _exit(kExitSecondSignal);
    int const saved = errno;
    auto const byte = static_cast<char>(signal);
    [[maybe_unused]] auto const written = ::write(signalPipe.load(), &byte, 1);
    errno = saved;
}

}  // namespace

class StopSignals::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, std::function<void(int)> onStop) : in_(io.get_executor()), onStop_(std::move(onStop)) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
            throw std::system_error(errno, std::generic_category(), "pipe for signals");
        in_.assign(ends[0]);
        out_ = ends[1];
        signalSeen = false;
        signalPipe = out_;
        struct sigaction action{};
        action.sa_handler = onSignal;
        action.sa_flags = SA_RESTART;
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            ::sigaction(kSignals[i], &action, &before_[i]);
    }
    ~Impl() {
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            ::sigaction(kSignals[i], &before_[i], nullptr);
        signalPipe = -1;
        ::close(out_);
    }
    Impl(Impl const&) = delete;
    Impl& operator=(Impl const&) = delete;

    void wait() {
        auto const onByte = [self = shared_from_this()](boost::system::error_code error, std::size_t) {
            if (!error && self->onStop_) std::exchange(self->onStop_, {})(self->signal_);
        };
        in_.async_read_some(asio::buffer(&signal_, 1), onByte);
    }
    void stop() {
        onStop_ = {};
        in_.cancel();
    }

private:
    static constexpr std::array kSignals{SIGTERM, SIGINT};
    asio::posix::basic_stream_descriptor<Executor> in_;
    int out_ = -1;
    char signal_ = 0;
    std::array<struct sigaction, 2> before_{};
    std::function<void(int)> onStop_;
};

StopSignals::StopSignals(asio::io_context& io, std::function<void(int signal)> onStop)
    : impl_(std::make_shared<Impl>(io, std::move(onStop))) {
    impl_->wait();
}

StopSignals::~StopSignals() {
    stop();
}

void StopSignals::stop() {
    impl_->stop();
}

}  // namespace common::net
