#pragma once

#include "common/net/tls.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/program_metrics.hpp"
#include "common/store/change_bell.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/store_command_handler.hpp"
#include "notifier/app/housekeeping.hpp"
#include "notifier/app/options.hpp"
#include "notifier/app/pages.hpp"
#include "notifier/app/rest.hpp"
#include "notifier/app/tail.hpp"
#include "notifier/app/watch_leases.hpp"
#include "notifier/delivery/deliveries.hpp"
#include "notifier/session/address_pace.hpp"
#include "notifier/session/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace notifier {

/// The notifier while it holds its role: everything it consists of, in order of construction. Network thread.
class Service {
public:
    /// Throws StoreError when the database cannot be used. `stopped` is called when nothing is left to do.
    Service(boost::asio::io_context& io, Options const& options, common::net::TlsContext tls, StaticFiles files,
            std::function<void()> stopped);
    ~Service();
    Service(Service const&) = delete;
    Service& operator=(Service const&) = delete;

    /// False when the address cannot be bound; the log says why.
    bool start();
    /// Says goodbye, answers what was read, stores who left, moves the log into the database.
    void stop();
    /// For connections from now on; those that are open keep what they began with.
    void replaceTls(common::net::TlsContext tls);
    /// The database was found damaged while running.
    bool corrupt() const { return corrupt_; }

private:
    Service(boost::asio::io_context& io, Options const& options, common::net::TlsContext tls, StaticFiles files,
            std::function<void()> stopped, std::unique_ptr<common::Database> database);

    ServerOptions serverOptions(common::net::TlsContext tls) const;
    CommandBucket::Limits pace() const;
    Hub::Hooks hubHooks();
    ReadEvents eventReader();
    Deliveries::Deps deliveryDeps();
    Deliveries::Options deliveryOptions() const;
    void answer(HttpRequest request, Respond respond);
    void take(News const& news);
    /// Delivers all that is committed.
    void readTail(bool rung = false);
    void reopenReader();
    void listenBell();
    void poll();
    void pollIn(common::DurationMs wait);
    void closeRevoked();
    void failed(common::StoreThread::Failure const& failure);
    void refreshMetrics();
    void observeTrade(common::Event const& event);
    void observe(common::StoreThread::GroupReport const& group);
    void writeStatus(common::json::Writer& out) const;

    boost::asio::io_context& io_;
    Options const& options_;
    std::function<void()> stopped_;
    common::SystemClock clock_;
    common::Metrics metrics_;
    SessionMetrics sessionMetrics_{metrics_};
    common::StoreMetrics storeMetrics_{metrics_, "write"};
    common::ProgramMetrics programMetrics_;
    common::Gauge tailLag_;
    common::log::RateLimited failures_;
    std::int64_t runningMs_;
    ServerFacts facts_;
    SymbolDirectory symbols_;
    std::unique_ptr<common::Database> reader_;  ///< the tail's own connection, read-only
    Tail tail_;
    std::unique_ptr<common::ChangeBell> bell_;
    common::StoreThread store_;
    StoreCommandHandler handler_;
    Housekeeping housekeeping_;
    WatchLeases leases_;
    Hub hub_;
    Deliveries deliveries_;
    Rest rest_;
    Pages pages_;
    AddressPace addressPace_;
    ReadEvents readEvents_;
    Server server_;
    boost::asio::posix::stream_descriptor bellDescriptor_;
    common::net::Timer poll_;
    bool stopping_ = false;
    bool corrupt_ = false;
};

}  // namespace notifier
