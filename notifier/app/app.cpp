#include "notifier/app/app.hpp"

#include "common/net/signals.hpp"
#include "common/net/tls.hpp"
#include "common/runtime/descriptors.hpp"
#include "common/runtime/log.hpp"
#include "common/store/change_bell.hpp"
#include "common/store/store_error.hpp"
#include "notifier/app/service.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <utility>

#include <malloc.h>

namespace notifier {
namespace {

namespace asio = boost::asio;
namespace log = common::log;

constexpr common::DurationMs kLockRetryMs = 200;
/// The last resort of an orderly stop: something in it hangs, and 5 s are promised.
constexpr common::DurationMs kStopMs = 4'500;

/// Takes the role, serves, and gives it up.
class App {
public:
    App(Options const& options, common::net::TlsContext tls, StaticFiles files)
        : options_(options),
          tls_(std::move(tls)),
          files_(std::move(files)),
          io_(1),
          lock_(common::openRoleLock(options.database, common::Role::Notifier)),
          timer_(io_.get_executor()),
          hangup_(io_),
          signals_(io_, [this](int) { stop(); }) {}

    int run() {
        // Without certificates it keeps its usual meaning: the terminal is gone, and so are we.
        if (tls_) {
            hangup_.add(SIGHUP);
            awaitHangup();
        }
        asio::post(io_, [this] { begin(); });
        io_.run();
        bool const corrupt = service_ && service_->corrupt();
        service_.reset();
        log::info("notifier", "stopped");
        return corrupt ? kExitCorrupt : exitCode_;
    }

private:
    void begin() {
        if (!lock_->tryAcquire()) {
            if (!std::exchange(waitingSaid_, true)) log::info("notifier", "waiting for the other notifier to end");
            timer_.expires_after(std::chrono::milliseconds(kLockRetryMs));
            timer_.async_wait([this](boost::system::error_code error) {
                if (!error && !stopping_) begin();
            });
            return;
        }
        service_ = std::make_unique<Service>(io_, options_, tls_, std::move(files_), [this] { done(); });
        if (service_->start()) return;
        exitCode_ = kExitFailed;
        service_->stop();
    }

    void awaitHangup() {
        hangup_.async_wait([this](boost::system::error_code error, int) {
            if (error) return;
            reloadCertificates();
            awaitHangup();
        });
    }

    /// New connections are shown the new certificate; a mistake in the files leaves the old one in place.
    void reloadCertificates() {
        auto made = common::net::makeTlsServer(options_.tlsCertificate, options_.tlsKey);
        if (!made) return log::error("notifier", "certificates not reloaded", {{"reason", made.error()}});
        tls_ = std::move(*made);
        if (service_) service_->replaceTls(tls_);
        log::info("notifier", "certificates reloaded");
    }

    void stop() {
        log::info("notifier", "stopping");
        stopping_ = true;
        timer_.cancel();
        hangup_.cancel();
        if (!service_) return;
        service_->stop();
        timer_.expires_after(std::chrono::milliseconds(kStopMs));
        timer_.async_wait([this](boost::system::error_code error) {
            if (error) return;
            log::warn("notifier", "did not come to an end in time");
            io_.stop();
        });
    }

    void done() {
        timer_.cancel();
        hangup_.cancel();
        signals_.stop();
    }

    Options const& options_;
    common::net::TlsContext tls_;
    StaticFiles files_;
    asio::io_context io_;
    std::unique_ptr<common::RoleLock> lock_;
    common::net::Timer timer_;
    asio::signal_set hangup_;
    common::net::StopSignals signals_;
    std::unique_ptr<Service> service_;
    int exitCode_ = 0;
    bool waitingSaid_ = false;
    bool stopping_ = false;
};

int refuse(std::string const& reason) {
    log::error("notifier", "cannot start", {{"reason", reason}});
    return kExitUsage;
}

/// What a look at the tail takes and frees stays with us: given back to the kernel each time, it would cost a page
/// fault each 4 KiB at the next.
void keepHeap() {
    constexpr int kKeptBytes = 8 * 1024 * 1024;
    mallopt(M_TRIM_THRESHOLD, kKeptBytes);
    mallopt(M_MMAP_THRESHOLD, kKeptBytes / 2);
}

}  // namespace

int run(Options const& options) try {
    common::net::TlsContext tls;
    if (!options.tlsCertificate.empty()) {
        auto made = common::net::makeTlsServer(options.tlsCertificate, options.tlsKey);
        if (!made) return refuse(made.error());
        tls = std::move(*made);
    }
    StaticFiles files;
    if (!options.dashboard.empty()) {
        auto loaded = StaticFiles::load(options.dashboard);
        if (!loaded) return refuse(loaded.error());
        files = std::move(*loaded);
    }
    common::takeAllDescriptors();
    keepHeap();
    App app(options, std::move(tls), std::move(files));
    return app.run();
} catch (common::StoreError const& error) {
    log::error("notifier", "database unusable", {{"reason", error.what()}});
    return error.failure() == common::StoreFailure::Corrupt ? kExitCorrupt : kExitFailed;
} catch (std::exception const& error) {
    log::error("notifier", "failed", {{"reason", error.what()}});
    return kExitFailed;
}

}  // namespace notifier
