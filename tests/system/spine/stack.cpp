#include "tests/system/spine/stack.hpp"

#include "tests/support/run_program.hpp"
#include "tests/support/ws_test_client.hpp"

#include <csignal>
#include <stdexcept>
#include <utility>

namespace spine {
namespace {

std::uint16_t portOf(support::ChildProcess& program, std::string_view listening) {
    auto const line = program.waitForLine(listening, std::chrono::seconds(20));
    auto const at = line ? line->find("port=") : std::string::npos;
    if (at == std::string::npos) throw std::runtime_error("no line '" + std::string(listening) + "'");
    return static_cast<std::uint16_t>(std::stoi(line->substr(at + 5)));
}

std::vector<std::string> command(std::vector<std::string> words, std::vector<std::string> const& own,
                                 std::vector<std::string> const& more) {
    words.insert(words.end(), own.begin(), own.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

}  // namespace

Stack::Stack(Options options) : options_(std::move(options)) {
    if (options_.prepare) options_.prepare(directory_.path());
    replay_ = std::make_unique<support::ChildProcess>(
        command({}, {TICKBELL_REPLAY, "--listen", "127.0.0.1:0"}, options_.replay));
    replayPort_ = portOf(*replay_, "replay listening");
    startNotifier();
    startIngestion();
    // Commands are refused until ingestion has stored the symbol list.
    auto const ready = support::runProgram({"/usr/bin/env", "curl", "-fs", "--retry", "100", "--retry-delay", "0",
                                            "--retry-max-time", "15", "--retry-all-errors",
                                            "http://127.0.0.1:" + std::to_string(notifierPort_) + "/readyz"});
    if (ready.exit != 0) throw std::runtime_error("the notifier does not become ready");
}

std::string Stack::databaseUrl() const {
    return "sqlite:" + (directory_.path() / "tickbell.db").string();
}

void Stack::startIngestion() {
    auto const exchange = "127.0.0.1:" + std::to_string(replayPort_);
    ingestion_ = std::make_unique<support::ChildProcess>(
        command(options_.prefix,
                {TICKBELL_INGESTION, "--database", databaseUrl(), "--exchange-ws", "ws://" + exchange,
                 "--exchange-rest", "http://" + exchange},
                options_.ingestion));
}

void Stack::startNotifier() {
    // A port once taken is kept, so that clients find a restarted notifier where they left it.
    notifier_ = std::make_unique<support::ChildProcess>(command(
        options_.prefix,
        {TICKBELL_NOTIFIER, "--database", databaseUrl(), "--listen", "127.0.0.1:" + std::to_string(notifierPort_)},
        options_.notifier));
    notifierPort_ = portOf(*notifier_, "listening");
}

void Stack::killIngestion() {
    ingestion_->signal(SIGKILL);
    ingestion_->waitForExit();
}

void Stack::killNotifier() {
    notifier_->signal(SIGKILL);
    notifier_->waitForExit();
}

common::json::Value Stack::http(std::vector<std::string> arguments) {
    std::vector<std::string> words{"/usr/bin/env", "curl", "-sS", "--fail-with-body", "-m", "10"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto const answer = support::runProgram(words);
    if (answer.exit != 0) throw std::runtime_error(answer.output);
    auto parsed = common::json::parse(answer.output);
    if (!parsed) throw std::runtime_error("not JSON: " + answer.output);
    return std::move(*parsed);
}

common::json::Value Stack::control(std::string const& what, std::string const& body) {
    return http(
        {"-X", "POST", "--data-binary", body, "http://127.0.0.1:" + std::to_string(replayPort_) + "/control/" + what});
}

common::json::Value Stack::rest(std::string const& target) {
    return http({"http://127.0.0.1:" + std::to_string(replayPort_) + target});
}

std::int64_t Stack::newestId(std::string const& symbol) {
    return support::number(rest("/api/v3/trades?symbol=" + symbol + "&limit=1").items().front(), "id");
}

std::vector<common::Trade> Stack::history(std::string const& symbol, std::int64_t from) {
    constexpr std::size_t kPage = 1000;
    std::vector<common::Trade> tape;
    for (bool more = true; more;) {
        auto const rows = rest("/api/v3/historicalTrades?symbol=" + symbol + "&limit=" + std::to_string(kPage) +
                               "&fromId=" + std::to_string(tape.empty() ? from : tape.back().id + 1));
        for (auto const& row : rows.items()) {
            common::Trade trade;
            trade.id = support::number(row, "id");
            trade.price = common::ExactDecimal::parse(support::text(row, "price")).value();
            trade.qty = common::ExactDecimal::parse(support::text(row, "qty")).value();
            trade.time = support::number(row, "time");
            tape.push_back(trade);
        }
        more = rows.items().size() == kPage;
    }
    return tape;
}

}  // namespace spine
