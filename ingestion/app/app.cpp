#include "ingestion/app/app.hpp"

#include "common/net/http_server.hpp"
#include "common/net/signals.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/crypto.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/program_metrics.hpp"
#include "common/store/change_bell.hpp"
#include "common/store/checkpointer.hpp"
#include "common/store/open.hpp"
#include "common/store/store_error.hpp"
#include "common/store/store_thread.hpp"
#include "ingestion/app/health.hpp"
#include "ingestion/app/market_keeper.hpp"
#include "ingestion/app/preview_answerer.hpp"
#include "ingestion/app/store_channel.hpp"
#include "ingestion/app/symbol_reports.hpp"
#include "ingestion/engine/engine.hpp"
#include "ingestion/exchange/binance/binance.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <utility>

namespace ingestion {
namespace {

namespace asio = boost::asio;
namespace log = common::log;

constexpr int kExitFailed = 1;
constexpr int kExitCorrupt = 3;
/// The engine's deadlines are kept to within this; idle, it costs 50 wake-ups a second.
constexpr common::DurationMs kTickMaxMs = 20;
/// Stands behind the bell: a lost ring costs at most this.
constexpr common::DurationMs kPollMs = 500;
constexpr common::DurationMs kLockRetryMs = 200;

/// Everything that lives between taking the role and giving it up, in order of construction.
class Service {
public:
    Service(asio::io_context& io, Options const& options, std::function<void()> stopped)
        : options_(options),
          stopped_(std::move(stopped)),
          bell_(common::openBell(options.database, common::Role::Ingestion)),
          store_(common::openDatabase(options.database, {}), [&io](auto task) { asio::post(io, std::move(task)); },
                 {.ring = [this] { bell_->ring(); },
                  .damaged = [this] { stopDamaged(); },
                  .report = [this](auto const& group) { observe(storeMetrics_, group); }}),
          reader_(common::openDatabase(options.database, {.readOnly = true}),
                  [&io](auto task) { asio::post(io, std::move(task)); },
                  {.damaged = [this] { stopDamaged(); },
                   .report = [this](auto const& group) { observe(readerMetrics_, group); }}),
          checkpointer_(common::startCheckpointer(options.database)),
          channel_(store_, reader_, clock_, metrics_),
          rest_(std::move(binance::makeBinanceRest({io, clock_, metrics_}, config(options)).value())),
          engine_({*rest_, channel_, clock_}, engineOptions(options)),
          feed_(std::move(binance::makeBinanceFeed({io, clock_, metrics_}, engine_, *rest_, config(options)).value())),
          market_({store_, reader_, clock_}, {.minutes = options.keepMinutes, .hours = options.keepHours}),
          previews_({store_, reader_, *rest_, clock_}),
          reports_(engine_, store_, clock_),
          timer_(io),
          poll_(io),
          bellDescriptor_(io, bell_->descriptor()),
          health_(io, metrics_, engine_, common::databasePlace(options.database).file) {
        engine_.attach(*feed_);
        if (options.marketSnapshots)
            marketFeed_ =
                std::move(binance::makeBinanceMarketFeed({io, clock_, metrics_}, market_, config(options)).value());
    }
    ~Service() { bellDescriptor_.release(); }

    bool start() {
        if (options_.metricsListen && !health_.listen(*options_.metricsListen)) return false;
        store_.write([url = options_.exchangeWs](auto& database) { return database.candles().adoptExchange(url); },
                     [](auto const& deleted) {
                         if (deleted && *deleted) log::info("ingestion", "candles of another exchange deleted");
                     });
        engine_.start();
        if (marketFeed_) marketFeed_->start();
        tick();
        poll();
        listenBell();
        log::info("ingestion", "started", {{"exchange", options_.exchangeWs}});
        return true;
    }

    void stop() {
        if (std::exchange(stopping_, true)) return;
        feed_->stop();
        if (marketFeed_) marketFeed_->stop();
        market_.stop();
        previews_.stop();
        engine_.stop([this] {
            rest_->stop();
            timer_.cancel();
            poll_.cancel();
            bellDescriptor_.cancel();
            health_.stop();
            reader_.close([this] { store_.close([this] { stopped_(); }); });
        });
    }

    /// Why it stopped by itself.
    bool damaged() const { return damaged_; }

private:
    static void observe(common::StoreMetrics& metrics, common::StoreThread::GroupReport const& group) {
        metrics.observe(group.jobs, group.waiting, static_cast<double>(group.longestWaitUs) / 1e6,
                        static_cast<double>(group.workUs) / 1e6, group.failed);
    }
    /// Nothing that is read or written from here on could be believed.
    void stopDamaged() {
        if (std::exchange(damaged_, true)) return;
        log::error("ingestion", "the database is damaged; stopping",
                   {{"help", "restore a backup with `tickbell-notifier restore FILE`"}});
        stop();
    }
    static binance::BinanceConfig config(Options const& options) {
        binance::BinanceConfig config;
        config.webSocketUrl = options.exchangeWs;
        config.restUrl = options.exchangeRest;
        config.caFile = options.exchangeCa;
        config.seed = std::random_device{}();
        return config;
    }
    static Engine::Options engineOptions(Options const& options) {
        Engine::Options engine;
        engine.exchangeUrl = options.exchangeWs;
        for (auto const& symbol : options.symbols)
            engine.pinned.push_back(common::upperSymbol(symbol));
        engine.lingerMs = options.linger;
        engine.tape.repairHoldMs = options.repairHold;
        engine.tape.repairIdsMax = options.repairLimit;
        engine.tape.catchupMs = options.catchupLimit;
        return engine;
    }

    void tick() {
        engine_.onTimer();
        market_.onTimer(clock_.monotonicMs(), engine_.marketTime(clock_.monotonicMs()));
        reports_.onTimer(clock_.monotonicMs());
        auto const wait = std::clamp<common::DurationMs>(engine_.nextWake() - clock_.monotonicMs(), 1, kTickMaxMs);
        timer_.expires_after(std::chrono::milliseconds(wait));
        timer_.async_wait([this](auto error) {
            if (!error && !stopping_) tick();
        });
    }
    void poll() {
        poll_.expires_after(std::chrono::milliseconds(kPollMs));
        poll_.async_wait([this](auto error) {
            if (error || stopping_) return;
            engine_.onBell();
            previews_.onBell();
            poll();
        });
    }
    void listenBell() {
        bellDescriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](auto error) {
            if (error || stopping_) return;
            bell_->drain();
            engine_.onBell();
            previews_.onBell();
            listenBell();
        });
    }

    Options const& options_;
    std::function<void()> stopped_;
    common::SystemClock clock_;
    common::Metrics metrics_;
    common::StoreMetrics storeMetrics_{metrics_, "write"};
    common::StoreMetrics readerMetrics_{metrics_, "read"};
    std::unique_ptr<common::ChangeBell> bell_;
    common::StoreThread store_;
    common::StoreThread reader_;  ///< long questions, never before a commit
    std::unique_ptr<common::Checkpointer> checkpointer_;
    StoreChannel channel_;
    std::unique_ptr<ExchangeRest> rest_;
    Engine engine_;
    std::unique_ptr<TradeFeed> feed_;
    MarketKeeper market_;
    std::unique_ptr<MarketFeed> marketFeed_;
    PreviewAnswerer previews_;
    SymbolReports reports_;
    asio::steady_timer timer_;
    asio::steady_timer poll_;
    asio::posix::stream_descriptor bellDescriptor_;
    Health health_;
    bool stopping_ = false;
    bool damaged_ = false;
};

}  // namespace

int run(Options const& options) try {
    asio::io_context io(1);
    auto const lock = common::openRoleLock(options.database, common::Role::Ingestion);
    std::unique_ptr<Service> service;
    asio::steady_timer retry(io);
    int exitCode = 0;
    bool waitingSaid = false;
    common::net::StopSignals signals(io, [&](int) {
        log::info("ingestion", "stopping");
        retry.cancel();
        if (service) service->stop();
    });
    std::function<void()> const begin = [&] {
        if (!lock->tryAcquire()) {
            if (!std::exchange(waitingSaid, true)) log::info("ingestion", "waiting for the other ingestion to end");
            retry.expires_after(std::chrono::milliseconds(kLockRetryMs));
            retry.async_wait([&](auto error) {
                if (!error) begin();
            });
            return;
        }
        service = std::make_unique<Service>(io, options, [&] { signals.stop(); });
        if (service->start()) return;
        exitCode = kExitFailed;
        service->stop();
    };
    asio::post(io, begin);
    io.run();
    bool const damaged = service && service->damaged();
    service.reset();
    log::info("ingestion", "stopped");
    return damaged ? kExitCorrupt : exitCode;
} catch (common::StoreError const& error) {
    log::error("ingestion", "database unusable", {{"reason", error.what()}});
    return error.failure() == common::StoreFailure::Corrupt ? kExitCorrupt : kExitFailed;
} catch (std::exception const& error) {
    log::error("ingestion", "failed", {{"reason", error.what()}});
    return kExitFailed;
}

}  // namespace ingestion
