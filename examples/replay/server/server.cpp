#include "examples/replay/server/server.hpp"

#include "examples/replay/rest/rest_api.hpp"
#include "examples/replay/server/connection.hpp"
#include "examples/replay/server/control_api.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <unordered_map>

#include <fmt/format.h>

namespace replay {
namespace {

/// Trades played before sockets get their turn.
constexpr std::size_t kTradesPerStep = 512;
/// `--speed max` waits while any reader has more than this before it.
constexpr std::size_t kQueueBytesAtMax = 1U << 20U;
/// A held market lives on injected trades, which tests send in bursts: more than a burst can bring, so that a restart
/// goes on with larger ids, and far below what JavaScript counts exactly.
constexpr std::int64_t kIdsPerSecondHeld = 1'000'000;
constexpr std::size_t kConnectionsMax = 10'000;
constexpr auto kTickLength = std::chrono::milliseconds(100);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr DurationMs kLatePollMs = 2;
constexpr DurationMs kPauseMaxMs = 1'000;

TimeMs wallClock() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::unique_ptr<Exchange> makeExchange(Options const& options, TimeMs now) {
    Exchange::Settings settings;
    settings.speed = options.speed;
    settings.restamp = options.restamp;
    settings.historyTradesMax = options.historyTradesMax;
    if (options.hold) settings.idsPerSecondMin = kIdsPerSecondHeld;
    if (!options.tapes.empty()) {
        auto tapes = readTapes(options.tapes);
        if (!tapes) throw std::runtime_error(tapes.error());
        for (auto const& tape : *tapes)
            spdlog::info("tape symbol={} trades={} firstId={} lastId={} renumbered={}", tape.listing.info.symbol,
                         tape.trades.size(), tape.trades.front().id, tape.trades.back().id, tape.renumbered);
        return Exchange::fromTapes(std::move(*tapes), settings);
    }
    std::vector<Listing> listings;
    auto const add = [&](std::string_view symbol) {
        auto& listing = listings.emplace_back(makeListing(symbol));
        if (options.tradesPerSecond) listing.tradesPerSecond = *options.tradesPerSecond;
    };
    auto const symbols = marketSymbols(options);
    if (symbols.empty())
        std::ranges::for_each(defaultSymbols(), add);
    else
        std::ranges::for_each(symbols, add);
    return Exchange::synthetic(std::move(listings), options.seed.value_or(1), settings, now);
}

std::unique_ptr<asio::ssl::context> makeTls(Options const& options) {
    if (options.tlsCertificate.empty()) return nullptr;
    auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    tls->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls->use_certificate_chain_file(options.tlsCertificate);
    tls->use_private_key_file(options.tlsKey, asio::ssl::context::pem);
    return tls;
}

/// The shell: sockets, timers and who is connected. Everything runs on the one network thread.
class Server : public ConnectionHost, public ConnectionActions {
public:
    explicit Server(Options const& options)
        : options_(options),
          tls_(makeTls(options)),
          exchange_(makeExchange(options, wallClock())),
          hub_(*exchange_),
          weights_(options.rules),
          connects_(options.rules),
          rest_(*exchange_, weights_, restFaults_, violations_, options.rules.enforced),
          control_({*exchange_, streamFaults_, restFaults_, linkFaults_, violations_, *this}),
          acceptor_(context_),
          playTimer_(context_),
          tickTimer_(context_),
          signals_(context_, SIGINT, SIGTERM),
          unfinished_(exchange_->books().size()) {}

    void run() {
        listen();
        signals_.async_wait([this](error_code ec, int) {
            if (!ec) stop();
        });
        asio::co_spawn(context_, acceptLoop(), rethrow);
        asio::co_spawn(context_, tickLoop(), rethrow);
        if (!options_.hold) startPlaying();
        context_.run();
    }

    TimeMs now() const override { return wallClock(); }
    RuleLimits const& rules() const override { return options_.rules; }
    Violations& violations() override { return violations_; }
    StreamHub& hub() override { return hub_; }
    DurationMs ackDelay() const override { return linkFaults_.ackDelayMs; }
    DurationMs replyDelay(HttpRequest const& request) const override {
        return request.target.starts_with("/api/") ? restFaults_.delayMs : 0;
    }
    HttpReply answer(HttpRequest const& request, std::string const& address) override {
        if (request.target.starts_with("/control/"))
            return control_.handle(request.method, request.target, request.body, now());
        if (request.method != "GET") return {405, "<html><body>405 Not allowed</body></html>\n", "text/html"};
        ++restRequests_;
        return rest_.handle({request.target, address, request.microseconds}, now());
    }
    Admission admit(std::string const& address) override {
        ++upgrades_;
        if (now() < linkFaults_.refuseUntil) return Admission::Reset;
        if (connects_.take(address, now())) return Admission::Accept;
        violations_.count("connects");
        return options_.rules.enforced ? Admission::TooMany : Admission::Accept;
    }
    void drained() override {
        if (std::exchange(isWaitingForReaders_, false)) schedulePlay(0);
    }

    std::size_t closeAll(std::uint16_t code, DurationMs afterMs) override {
        auto const targets = webSockets();
        if (afterMs <= 0) {
            for (auto const& connection : targets)
                connection->closeWith(code, "");
            return targets.size();
        }
        auto timer = std::make_shared<Timer>(context_, std::chrono::milliseconds(afterMs));
        timer->async_wait([timer, targets, code](error_code) {
            for (auto const& connection : targets)
                connection->closeWith(code, "");
        });
        return targets.size();
    }
    std::size_t resetAll() override {
        auto const targets = webSockets();
        for (auto const& connection : targets)
            connection->reset();
        return targets.size();
    }
    std::size_t stallAll(std::string const& symbol, TimeMs until) override {
        auto const targets = webSockets();
        for (auto const& connection : targets)
            connection->stall(symbol, until);
        return targets.size();
    }
    std::size_t noticeAll(std::string const& text, std::string const& wrappedAs) override {
        auto const targets = webSockets();
        for (auto const& connection : targets)
            connection->notice(connection->isCombined() && !wrappedAs.empty() ? wrapEvent(wrappedAs, text) : text);
        return targets.size();
    }
    std::size_t rawAll(std::string const& bytes) override {
        auto const targets = webSockets();
        for (auto const& connection : targets)
            connection->rawBytes(bytes);
        return targets.size();
    }
    void setExtraFields(bool on) override { hub_.setExtraFields(on); }
    std::int64_t inject(std::uint32_t symbol, Decimal price, Decimal qty, bool buyerMaker) override {
        auto const wall = now();
        play(symbol, {0, price, qty, exchange_->clock(wall), buyerMaker}, wall);
        endStep(wall);
        return exchange_->books()[symbol].lastTrade()->id;
    }
    void startPlaying() override {
        exchange_->player().start(now());
        schedulePlay(0);
    }
    std::string statusMembers() override {
        std::string list;
        for (auto const& connection : webSockets())
            list += fmt::format(
                R"({}{{"id":{},"address":"{}","streams":{},"frames_received":{},"frames_sent":{},"queued_bytes":{}}})",
                list.empty() ? "" : ",", connection->id(), connection->address(), connection->streamCount(),
                connection->framesReceived(), connection->framesSent(), connection->queuedBytes());
        return fmt::format(R"("connections":[{}],"connects":{},"rest_requests":{})", list, upgrades_, restRequests_);
    }

private:
    static void rethrow(std::exception_ptr const& failure) {
        if (failure) std::rethrow_exception(failure);
    }

    std::vector<std::shared_ptr<Connection>> webSockets() const {
        std::vector<std::shared_ptr<Connection>> open;
        for (auto const& [id, connection] : connections_)
            if (connection->isWebSocket()) open.push_back(connection);
        return open;
    }

    void listen() {
        asio::ip::tcp::resolver resolver(context_);
        auto const found = resolver.resolve(options_.listen.host, std::to_string(options_.listen.port));
        auto const endpoint = found.begin()->endpoint();
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(asio::socket_base::reuse_address(true));
        acceptor_.bind(endpoint);
        acceptor_.listen();
        spdlog::info("listening host={} port={}", options_.listen.host, acceptor_.local_endpoint().port());
    }

    Task<void> acceptLoop() {
        while (acceptor_.is_open()) {
            Socket socket(context_);
            auto [ec] = co_await acceptor_.async_accept(socket, kNoThrow);
            if (ec && acceptor_.is_open()) {
                // Out of descriptors, most likely: pause instead of spinning.
                Timer pause(context_, kAcceptPause);
                co_await pause.async_wait(kNoThrow);
            }
            if (ec || connections_.size() >= kConnectionsMax) continue;
            open(std::move(socket));
        }
    }

    void open(Socket socket) {
        error_code ec;
        auto const peer = socket.remote_endpoint(ec);
        if (ec) return;
        auto const id = ++lastConnection_;
        auto connection = std::make_shared<Connection>(*this, makeTransport(std::move(socket), tls_.get()),
                                                       context_.get_executor(), id, peer.address().to_string(),
                                                       Outbox::Limits{.framesPerWriteMax = options_.framesPerWriteMax});
        connections_.emplace(id, connection);
        asio::co_spawn(context_, connection->run(), [this, connection](std::exception_ptr const& failure) {
            if (failure) spdlog::error("connection_failed connection={}", connection->id());
            connections_.erase(connection->id());
            drained();
        });
    }

    Task<void> tickLoop() {
        auto next = std::chrono::steady_clock::now();
        for (int count = 1; acceptor_.is_open(); ++count) {
            next += kTickLength;
            tickTimer_.expires_at(next);
            auto [ec] = co_await tickTimer_.async_wait(kNoThrow);
            if (ec) co_return;
            auto const wall = now();
            auto const copies = connections_;
            for (auto const& [id, connection] : copies)
                connection->tick(wall);
            if (count % 10 == 0) hub_.second(exchange_->clock(wall));
        }
    }

    void schedulePlay(DurationMs inMs) {
        playTimer_.expires_after(std::chrono::milliseconds(inMs));
        playTimer_.async_wait([this](error_code ec) {
            if (!ec) playDue();
        });
    }

    void playDue() {
        auto const wall = now();
        if (options_.speed.max && std::ranges::any_of(connections_, [](auto const& entry) {
                return entry.second->queuedBytes() > kQueueBytesAtMax;
            })) {
            isWaitingForReaders_ = true;
            return;
        }
        bool const more = exchange_->player().step(
            wall, kTradesPerStep, [&](std::uint32_t symbol, Trade const& trade) { play(symbol, trade, wall); });
        endStep(wall);
        logEnd();
        if (more) return schedulePlay(0);
        auto const due = exchange_->player().nextDue();
        if (!due && !streamFaults_.hasLate()) return;
        DurationMs wait = due ? std::clamp<DurationMs>(*due - wall, 0, kPauseMaxMs) : kPauseMaxMs;
        if (streamFaults_.hasLate()) wait = std::min(wait, kLatePollMs);
        schedulePlay(wait);
    }

    void logEnd() {
        if (exchange_->player().state() != Player::State::Finished || std::exchange(isEndLogged_, true)) return;
        spdlog::info("tape_finished trades={}", exchange_->player().played());
    }

    void play(std::uint32_t symbol, Trade const& due, TimeMs wall) {
        auto& book = exchange_->books()[symbol];
        if (book.closesAggregate(due.price, due.time, due.buyerMaker)) finishAggregate(symbol, wall);
        auto const& trade = book.append(due.price, due.qty, due.time, due.buyerMaker);
        if (!unfinished_[symbol]) {
            unfinished_[symbol] = true;
            unfinishedList_.push_back(symbol);
        }
        if (!streamFaults_.isActive()) return hub_.trade(symbol, trade, std::max(trade.time, exchange_->clock(wall)));
        frames_.clear();
        streamFaults_.pass({symbol, trade}, wall, frames_);
        sendFrames(wall);
    }

    void sendFrames(TimeMs wall) {
        for (auto const& frame : frames_)
            hub_.trade(frame.symbol, frame.trade, std::max(frame.trade.time, exchange_->clock(wall)));
    }

    void finishAggregate(std::uint32_t symbol, TimeMs wall) {
        auto const aggregate = exchange_->books()[symbol].closeAggregate();
        if (aggregate && hub_.hasAggregateReader(symbol))
            hub_.aggregate(symbol, *aggregate, std::max(aggregate->time, exchange_->clock(wall)));
    }

    void endStep(TimeMs wall) {
        for (auto const symbol : unfinishedList_) {
            unfinished_[symbol] = false;
            finishAggregate(symbol, wall);
            if (hub_.hasBookReader(symbol)) hub_.bookTicker(symbol, exchange_->clock(wall));
        }
        unfinishedList_.clear();
        if (!streamFaults_.hasLate()) return;
        frames_.clear();
        streamFaults_.due(wall, frames_);
        sendFrames(wall);
        if (streamFaults_.hasLate() && !exchange_->player().nextDue()) schedulePlay(kLatePollMs);
    }

    void stop() {
        spdlog::info("stopping connections={}", connections_.size());
        acceptor_.close();
        playTimer_.cancel();
        tickTimer_.cancel();
        auto const copies = connections_;
        for (auto const& [id, connection] : copies)
            connection->reset();
        // Reading ends now; waits of delayed answers and closes are not worth staying for.
        asio::post(context_, [this] { context_.stop(); });
    }

    Options const& options_;
    asio::io_context context_{1};
    std::unique_ptr<asio::ssl::context> tls_;
    std::unique_ptr<Exchange> exchange_;
    StreamHub hub_;
    Violations violations_;
    WeightMeter weights_;
    ConnectMeter connects_;
    StreamFaults streamFaults_;
    RestFaults restFaults_;
    LinkFaults linkFaults_;
    RestApi rest_;
    ControlApi control_;
    std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
    Acceptor acceptor_;
    Timer playTimer_;
    Timer tickTimer_;
    asio::signal_set signals_;
    std::vector<bool> unfinished_;  ///< symbols whose aggregate runs
    std::vector<std::uint32_t> unfinishedList_;
    std::vector<StreamFaults::Frame> frames_;
    std::uint64_t lastConnection_ = 0;
    std::uint64_t upgrades_ = 0;
    std::uint64_t restRequests_ = 0;
    bool isWaitingForReaders_ = false;
    bool isEndLogged_ = false;
};

}  // namespace

int runServer(Options const& options) {
    Server server(options);
    server.run();
    return 0;
}

}  // namespace replay
