#include "common/net/resolve.hpp"

#include "common/net/connector.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <mutex>
#include <system_error>
#include <thread>

namespace common::net {
namespace {

constexpr std::size_t kLookupsMax = 64;

struct Lookup {
    explicit Lookup(asio::io_context& io) : done(io.get_executor()) { done.expires_at(Timer::time_point::max()); }
    // Belongs to who waits: its thread must not be the last to hold it.
    Timer done;  ///< cancelled when there is an answer or no more time
    bool answered = false;
    boost::system::error_code error;
    Endpoints found;
};

/// Asks the system for names, each on a thread of its own: Asio has one thread for all, and a name whose server keeps
/// silent holds it for many seconds, which every other name would have to wait. Such a thread cannot be interrupted;
/// it is left alone when its loop ends.
class LookupService final : public asio::execution_context::service {
public:
    static inline asio::execution_context::id id;

    explicit LookupService(asio::io_context& io) : service(io), gate_(std::make_shared<Gate>()) { gate_->io = &io; }

    /// False when too many are under way or no thread can be had.
    bool start(std::weak_ptr<Lookup> lookup, std::string host, std::uint16_t port) {
        if (running_ == kLookupsMax) return false;
        try {
            std::thread([gate = gate_, this, lookup = std::move(lookup), host = std::move(host), port]() mutable {
                asio::io_context own;
                asio::ip::tcp::resolver resolver(own);
                boost::system::error_code error;
                auto const results =
                    resolver.resolve(host, std::to_string(port), asio::ip::tcp::resolver::numeric_service, error);
                Endpoints found;
                for (auto const& result : results)
                    found.push_back(result.endpoint());
                std::lock_guard const lock(gate->mutex);
                if (gate->io == nullptr) return;
                asio::post(*gate->io, [this, lookup = std::move(lookup), error, found = std::move(found)]() mutable {
                    --running_;
                    auto const waiting = lookup.lock();
                    if (!waiting) return;
                    waiting->answered = true;
                    waiting->error = error;
                    waiting->found = std::move(found);
                    waiting->done.cancel();
                });
            }).detach();
        } catch (std::system_error const&) {
            return false;
        }
        ++running_;
        return true;
    }

private:
    struct Gate {
        std::mutex mutex;  ///< the loop does not end while an answer is handed to it
        asio::io_context* io = nullptr;
    };

    void shutdown() override {
        std::lock_guard const lock(gate_->mutex);
        gate_->io = nullptr;
    }

    std::shared_ptr<Gate> gate_;
    std::size_t running_ = 0;  ///< loop's thread only
};

}  // namespace

asio::awaitable<NetResult<Endpoints>> resolveUnder(asio::io_context& io, std::string host, std::uint16_t port,
                                                   std::shared_ptr<Cutoff> cutoff) {
    boost::system::error_code error;
    auto const literal = asio::ip::make_address(host, error);
    if (!error) co_return Endpoints{{literal, port}};
    if (cutoff->fired()) co_return cutoff->failure(NetErrorKind::Resolve, "");

    // A lookup cannot be interrupted: it outlives this coroutine when time runs out first.
    auto const lookup = std::make_shared<Lookup>(io);
    if (!asio::use_service<LookupService>(io).start(lookup, host, port))
        co_return cutoff->failure(NetErrorKind::Resolve, host + ": too many lookups");
    cutoff->onFire([lookup] { lookup->done.cancel(); });
    co_await lookup->done.async_wait(kNoThrow);
    cutoff->onFire({});
    if (!lookup->answered) co_return cutoff->failure(NetErrorKind::Aborted, "aborted");
    if (lookup->error || lookup->found.empty())
        co_return cutoff->failure(NetErrorKind::Resolve, host + ": " + lookup->error.message());
    co_return std::move(lookup->found);
}

asio::awaitable<NetResult<Endpoints>> resolve(asio::io_context& io, std::string host, std::uint16_t port,
                                              DurationMs timeoutMs) {
    auto const cutoff = Cutoff::start(io, timeoutMs);
    auto found = co_await resolveUnder(io, std::move(host), port, cutoff);
    cutoff->finish();
    co_return found;
}

}  // namespace common::net
