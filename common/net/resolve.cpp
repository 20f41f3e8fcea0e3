#include "common/net/resolve.hpp"

#include "common/net/connector.hpp"

#include <boost/asio/ip/address.hpp>

namespace common::net {
namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

struct Lookup {
    explicit Lookup(asio::io_context& io) : resolver(io.get_executor()), done(io.get_executor()) {
        done.expires_at(Timer::time_point::max());
    }
    Resolver resolver;
    Timer done;  ///< cancelled when there is an answer or no more time
    bool answered = false;
    boost::system::error_code error;
    Endpoints found;
};

}  // namespace

asio::awaitable<NetResult<Endpoints>> resolveUnder(asio::io_context& io, std::string host, std::uint16_t port,
                                                   std::shared_ptr<Cutoff> cutoff) {
    boost::system::error_code error;
    auto const literal = asio::ip::make_address(host, error);
    if (!error) co_return Endpoints{{literal, port}};
    if (cutoff->fired()) co_return cutoff->failure(NetErrorKind::Resolve, "");

    // getaddrinfo cannot be interrupted: the lookup outlives this coroutine when time runs out first.
    auto const lookup = std::make_shared<Lookup>(io);
    cutoff->onFire([lookup] { lookup->done.cancel(); });
    auto const onAnswer = [lookup](boost::system::error_code answer, Resolver::results_type const& results) {
        lookup->answered = true;
        lookup->error = answer;
        for (auto const& result : results)
            lookup->found.push_back(result.endpoint());
        lookup->done.cancel();
    };
    lookup->resolver.async_resolve(host, std::to_string(port), Resolver::numeric_service, onAnswer);
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
