#include "tests/benchmark/latency_programs.hpp"

#include "tests/support/run_program.hpp"

#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace bench {
namespace {

std::string get(std::string const& url, bool untilItWorks = false) {
    std::vector<std::string> words{"/usr/bin/env", "curl", "-sS", "-f", "-m", "10"};
    if (untilItWorks)
        words.insert(words.end(),
                     {"--retry", "100", "--retry-delay", "0", "--retry-max-time", "15", "--retry-all-errors"});
    words.push_back(url);
    auto const answer = support::runProgram(words);
    if (answer.exit != 0) throw std::runtime_error(url + ": " + answer.output);
    return answer.output;
}

}  // namespace

std::uint16_t portOf(support::ChildProcess& program, std::string_view line) {
    auto const found = program.waitForLine(line, std::chrono::seconds(20));
    auto const at = found ? found->find("port=") : std::string::npos;
    if (at == std::string::npos) throw std::runtime_error("no line '" + std::string(line) + "'");
    return static_cast<std::uint16_t>(std::stoi(found->substr(at + 5)));
}

CpuTime cpuTimeOf(pid_t process) {
    clockid_t clock{};
    timespec used{};
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0)
        throw std::runtime_error("the process is gone");
    CpuTime time{.totalNs = used.tv_sec * 1'000'000'000 + used.tv_nsec};
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    // The name, in brackets, may hold blanks; behind it come ten fields, then user and system time.
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string skipped;
    constexpr int kFieldsBetween = 11;
    for (int i = 0; i < kFieldsBetween; ++i)
        fields >> skipped;
    fields >> time.userTicks >> time.systemTicks;
    return time;
}

Programs::Programs(std::string const& exchange, std::optional<std::filesystem::path> const& caFile,
                   std::function<void(std::string const& database)> const& prepare) {
    auto const database = "sqlite:" + (directory_.path() / "tickbell.db").string();
    notifier_ = std::make_unique<support::ChildProcess>(
        std::vector<std::string>{TICKBELL_NOTIFIER, "--database", database, "--listen", "127.0.0.1:0",
                                 "--limit-commands", "10000", "--limit-alerts", "10000"});
    auto const port = portOf(*notifier_, "listening");
    prepare(database);
    auto const secure = caFile ? "s" : "";
    std::vector<std::string> words{TICKBELL_INGESTION,
                                   "--database",
                                   database,
                                   "--exchange-ws",
                                   fmt::format("ws{}://{}", secure, exchange),
                                   "--exchange-rest",
                                   fmt::format("http{}://{}", secure, exchange),
                                   "--metrics-listen",
                                   "127.0.0.1:0"};
    if (caFile) words.insert(words.end(), {"--exchange-ca", caFile->string()});
    ingestion_ = std::make_unique<support::ChildProcess>(words);
    metricsPort_ = portOf(*ingestion_, "health  listening");
    // Commands are refused until ingestion has stored the symbol list.
    get(fmt::format("http://127.0.0.1:{}/readyz", port), true);
    port_ = port;
    client_ = std::make_unique<support::WsTestClient>(port);
}

void Programs::subscribe(std::string const& symbol, std::string const& when) {
    auto const reply = client_->ask(fmt::format(R"({{"method":"subscribe","symbol":"{}","when":{}}})", symbol, when));
    auto const* const result = reply.find("result");
    if (result == nullptr) throw std::runtime_error("subscribe was refused");
    auto const id = support::text(*result->find("alert"), "id");
    for (auto state = client_->push("alert_state");; state = client_->push("alert_state"))
        if (support::text(state, "alert_id") == id && support::text(state, "state") == "armed") return;
}

std::int64_t Programs::metric(std::string_view name) const {
    auto const text = "\n" + get(fmt::format("http://127.0.0.1:{}/metrics", metricsPort_));
    auto const line = fmt::format("\n{} ", name);
    auto const at = text.find(line);
    if (at == std::string::npos) throw std::runtime_error(fmt::format("no {} in {}", name, text));
    return static_cast<std::int64_t>(std::stod(text.substr(at + line.size())));
}

}  // namespace bench
