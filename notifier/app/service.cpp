#include "notifier/app/service.hpp"

#include "common/store/open.hpp"
#include "notifier/session/cors.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <unordered_set>
#include <utility>

namespace notifier {
namespace {

namespace asio = boost::asio;
namespace log = common::log;

/// Stands behind the bell: a lost ring costs at most this.
constexpr common::DurationMs kPollMs = 500;
constexpr common::DurationMs kRetryMs = 5;
/// For clients' halves of the close; leaves time for the last commit within the 5 s of spec section 7.8.
constexpr common::DurationMs kGoodbyeMs = 2'500;
constexpr std::int64_t kBurstSeconds = 5;           // a bucket of 100 refilled at 20/s
constexpr std::int64_t kConnectionsPerAccount = 5;  // that send commands at full pace
constexpr std::int64_t kClientsPerAddress = 5;      // that make requests at full pace behind one address

/// Beside what they limit, so that a rule can say "nine tenths of" without repeating the configuration.
void publishLimits(common::Metrics& metrics, Options const& options) {
    auto const publish = [&metrics](char const* limit, std::int64_t value) {
        metrics.gauge("tickbell_limit", "What the configuration allows", {{"limit", limit}})
            .set(static_cast<double>(value));
    };
    publish("alerts_per_account", options.limitAlerts);
    publish("commands_per_second", options.limitCommands);
    publish("connections", options.limitConnections);
    publish("connections_per_address", options.connectionsPerAddress);
}

}  // namespace

Service::Service(asio::io_context& io, Options const& options, common::net::TlsContext tls, StaticFiles files,
                 std::function<void()> stopped)
    : Service(io, options, std::move(tls), std::move(files), std::move(stopped),
              common::openDatabase(options.database, {})) {}

// The members are made while the database is still ours: what they need of it at the start is read here, before the
// store thread takes it.
Service::Service(asio::io_context& io, Options const& options, common::net::TlsContext tls, StaticFiles files,
                 std::function<void()> stopped, std::unique_ptr<common::Database> database)
    : io_(io),
      options_(options),
      stopped_(std::move(stopped)),
      programMetrics_(metrics_, common::databasePlace(options.database).file),
      tailLag_(metrics_.gauge("tickbell_tail_lag_seconds", "Age of the newest event when it was delivered")),
      runningMs_(database->accounts().runningMs()),
      facts_{.epoch = database->epoch(),
             .heartbeatMs = options.heartbeat,
             .alertsMax = options.limitAlerts,
             .commandsPerS = options.limitCommands},
      reader_(common::openDatabase(options.database, {.readOnly = true, .migrate = false, .busyTimeoutMs = 0})),
      tail_(*reader_, [this](News const& news) { take(news); }),
      bell_(common::openBell(options.database, common::Role::Notifier)),
      // Whoever hears of a commit has been sent all that was committed before it: no notification of an alert follows
      // the answer that removed it, and `armed` never comes after what it armed.
      store_(std::move(database),
             [this](common::StoreThread::Task task) {
                 asio::post(io_, [this, task = std::move(task)]() mutable {
                     readTail();
                     task();
                 });
             },
             {.ring = [this] { bell_->ring(); }, .report = [this](auto const& group) { observe(group); }}),
      handler_({clock_, store_, symbols_}, {.facts = facts_,
                                            .authRequired = options.authRequired,
                                            .accountPace = {.burst = pace().burst * kConnectionsPerAccount,
                                                            .perSecond = pace().perSecond * kConnectionsPerAccount}}),
      housekeeping_({io, store_, clock_, tail_, [this](auto const& failure) { failed(failure); }},
                    {.anonymousTtlMs = options.anonymousTtl, .retentionMs = options.retention}, runningMs_),
      leases_({io, store_, clock_, [this](auto const& failure) { failed(failure); }}),
      hub_(facts_.epoch, hubHooks()),
      deliveries_(deliveryDeps(), deliveryOptions()),
      rest_({io, handler_, store_, clock_, symbols_, hub_, facts_.epoch, [this](auto& out) { writeStatus(out); },
             deliveries_},
            options, pace()),
      pages_({metrics_, symbols_, [this] { refreshMetrics(); }}, std::move(files)),
      addressPace_({.burst = pace().burst * kClientsPerAddress, .perSecond = pace().perSecond * kClientsPerAddress}),
      readEvents_(eventReader()),
      server_(io, serverOptions(std::move(tls)), {handler_, hub_, readEvents_, clock_, facts_, sessionMetrics_},
              [this](HttpRequest request, Respond respond) { answer(std::move(request), std::move(respond)); }),
      bellDescriptor_(io, bell_->descriptor()),
      poll_(io.get_executor()) {
    publishLimits(metrics_, options_);
    pages_.addTo(rest_.router());
}

Service::~Service() {
    bellDescriptor_.release();
}

ServerOptions Service::serverOptions(common::net::TlsContext tls) const {
    ServerOptions server;
    server.origins.allowed = options_.allowedOrigins;
    server.proxies.trusted = options_.trustedProxies;
    server.connectionsPerAddressMax = static_cast<std::size_t>(options_.connectionsPerAddress);
    server.connectionsMax = static_cast<std::size_t>(options_.limitConnections);
    server.tls = std::move(tls);
    server.session.commands = pace();
    return server;
}

CommandBucket::Limits Service::pace() const {
    return {.burst = options_.limitCommands * kBurstSeconds, .perSecond = options_.limitCommands};
}

void Service::answer(HttpRequest request, Respond respond) {
    if (auto const waitMs = addressPace_.take(request.client, clock_.monotonicMs()))
        return respond(problem({common::ErrorCode::RateLimited, "too many requests from this address", {}, *waitMs}));
    OriginRule const origins{options_.allowedOrigins};
    if (auto allowed = preflightAnswer(request, origins)) return respond(std::move(*allowed));
    if (auto sharing = sharingHeaders(request, origins); !sharing.empty())
        respond = [sharing = std::move(sharing), respond = std::move(respond)](HttpResponse response) {
            response.headers.insert(response.headers.end(), sharing.begin(), sharing.end());
            respond(std::move(response));
        };
    if (auto file = pages_.file(request)) return respond(std::move(*file));
    rest_.router().answer(std::move(request), std::move(respond));
}

void Service::replaceTls(common::net::TlsContext tls) {
    server_.replaceTls(std::move(tls));
}

Hub::Hooks Service::hubHooks() {
    return {.accountCame = [this](common::AccountId account) { housekeeping_.accountCame(account); },
            .accountLeft = [this](common::AccountId account) { housekeeping_.accountLeft(account); },
            .watchBegan =
                [this](common::Symbol const& symbol) {
                    tail_.wantPrices();
                    leases_.began(symbol);
                },
            .watchEnded = [this](common::Symbol const& symbol) { leases_.ended(symbol); },
            .eventSent =
                [this](common::Event const& event) {
                    auto const seconds = static_cast<double>(clock_.wallMs() - event.committed) / 1000;
                    sessionMetrics_.committedToSent.observe(seconds);
                    observeTrade(event);
                    tailLag_.set(seconds);
                },
            .delivered = [this] { server_.writeOut(); }};
}

Deliveries::Deps Service::deliveryDeps() {
    auto tls = common::net::makeTlsClient();
    if (!tls) log::warn("notifier", "no webhook can be reached by https", {{"reason", tls.error()}});
    return {.io = io_,
            .store = store_,
            .clock = clock_,
            .metrics = metrics_,
            .tls = tls ? std::move(*tls) : nullptr,
            .epoch = facts_.epoch,
            .webhookDisabled =
                [this](common::Webhook const& webhook) {
                    hub_.announce(webhook.account, textFrame(renderWebhookDisabled(webhook, clock_.wallMs())));
                },
            .failed = [this](auto const& failure) { failed(failure); }};
}

Deliveries::Options Service::deliveryOptions() const {
    Deliveries::Options options{.webhookAllow = options_.webhookAllow, .mail = {}, .publicUrl = options_.publicUrl};
    if (auto relay = smtpRelay(options_)) options.mail = {.relay = std::move(*relay), .from = options_.smtpFrom};
    return options;
}

ReadEvents Service::eventReader() {
    return [this](common::AccountId account, Delivery::Range range, std::int64_t limit,
                  std::function<void(std::optional<std::vector<common::Event>>)> done) {
        store_.read(
            [account, range, limit](common::Database& database) {
                return database.events().replay(account, range.after, range.upTo, limit);
            },
            [this, done = std::move(done)](common::StoreThread::Outcome<std::vector<common::Event>> events) {
                if (!events) failed(events.error());
                done(events ? std::optional(std::move(*events)) : std::nullopt);
            });
    };
}

bool Service::start() {
    auto const port = server_.listen(options_.listen);
    if (!port) {
        log::error("notifier", port.error());
        return false;
    }
    housekeeping_.start();
    deliveries_.start();
    handler_.previews().start();
    readTail();
    listenBell();
    pollIn(kPollMs);
    log::info("notifier", "listening", {{"host", options_.listen.host}, {"port", *port}});
    return true;
}

void Service::take(News const& news) {
    if (news.symbols) symbols_.replace(*news.symbols);
    hub_.deliver(news.batch, clock_.wallMs());
    deliveries_.take(news.batch.events);
}

void Service::readTail(bool rung) {
    try {
        rung ? tail_.readNews() : tail_.read();
    } catch (common::StoreError const& error) {
        // Busy is another process that recovers the log after a crash: a matter of milliseconds.
        if (error.failure() == common::StoreFailure::Busy) return pollIn(kRetryMs);
        failed({error.failure(), error.what()});
        reopenReader();
    }
}

/// What the connection said last cannot be believed any more. The next poll tries again if this fails too.
void Service::reopenReader() {
    try {
        reader_->reopen();
    } catch (common::StoreError const& error) {
        failed({error.failure(), error.what()});
    }
}

void Service::listenBell() {
    bellDescriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
        if (error || stopping_) return;
        bell_->drain();
        readTail(true);
        handler_.previews().look();
        listenBell();
    });
}

void Service::pollIn(common::DurationMs wait) {
    if (stopping_) return;
    poll_.expires_after(std::chrono::milliseconds(wait));
    poll_.async_wait([this](boost::system::error_code error) {
        if (!error) poll();
    });
}

void Service::poll() {
    if (stopping_) return;
    pollIn(kPollMs);
    readTail();
    hub_.tick(clock_.wallMs());
    handler_.previews().look();
    closeRevoked();
}

/// The operator's `key revoke` is another process: its effect is seen here.
void Service::closeRevoked() {
    if (hub_.size() == 0) return;
    store_.read([](common::Database& database) { return database.accounts().listKeys(); },
                [this](common::StoreThread::Outcome<std::vector<common::ApiKey>> keys) {
                    if (!keys) return failed(keys.error());
                    std::unordered_set<common::AccountId> revoked;
                    for (auto const& key : *keys)
                        if (key.revoked) revoked.insert(key.account);
                    for (auto const& key : *keys)
                        if (!key.revoked) revoked.erase(key.account);
                    if (revoked.empty()) return;
                    auto const isRevoked = [&](common::AccountId account) { return revoked.contains(account); };
                    server_.closeSessions(
                        [&](Client const& client) {
                            return client.auth == AuthKind::Key && client.account && isRevoked(*client.account);
                        },
                        common::CloseCode::AuthFailed);
                    rest_.waits().revoke(isRevoked);
                });
}

void Service::failed(common::StoreThread::Failure const& failure) {
    if (auto const times = failures_.hit(clock_.monotonicMs()))
        log::error("notifier", "store failed", {{"reason", failure.what}, {"times", *times}});
    if (failure.failure != common::StoreFailure::Corrupt || std::exchange(corrupt_, true)) return;
    log::error("notifier", "the database is damaged; stopping");
    stop();
}

void Service::writeStatus(common::json::Writer& out) const {
    out.key("connections")
        .beginObject()
        .field("all", server_.connections())
        .field("listening", hub_.size())
        .endObject();
    out.key("queues").beginObject().field("outbox_bytes", server_.outboxBytes()).endObject();
}

/// Of a live firing, the whole way.
void Service::observeTrade(common::Event const& event) {
    auto const* const fired = std::get_if<common::Notification>(&event.body);
    if (fired == nullptr || fired->source != common::TradeSource::Live) return;
    sessionMetrics_.tradeToSent.observe(static_cast<double>(clock_.wallMs() - fired->trade.time) / 1000);
}

void Service::observe(common::StoreThread::GroupReport const& group) {
    storeMetrics_.observe(group.jobs, group.waiting, static_cast<double>(group.longestWaitUs) / 1e6,
                          static_cast<double>(group.workUs) / 1e6, group.failed);
}

void Service::refreshMetrics() {
    programMetrics_.refresh();
    sessionMetrics_.outboxBytes.set(static_cast<double>(server_.outboxBytes()));
}

void Service::stop() {
    if (std::exchange(stopping_, true)) return;
    poll_.cancel();
    bellDescriptor_.cancel();
    leases_.stop();
    deliveries_.stop();
    rest_.waits().close();
    handler_.previews().stop();
    server_.stop(kGoodbyeMs, [this] {
        housekeeping_.stop([this] {
            rest_.stop([] {});
            store_.read([](common::Database& database) { database.checkpoint(true); },
                        [this](common::StoreThread::Outcome<void> outcome) {
                            if (!outcome) failed(outcome.error());
                            store_.close([this] { stopped_(); });
                        });
        });
    });
}

}  // namespace notifier
