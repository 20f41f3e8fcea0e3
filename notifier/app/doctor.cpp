#include "notifier/app/doctor.hpp"

#include "common/core/json.hpp"
#include "common/net/http_client.hpp"
#include "common/runtime/clock.hpp"
#include "common/store/open.hpp"
#include "common/store/store_error.hpp"
#include "notifier/app/app.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace notifier {
namespace {

constexpr std::uintmax_t kMiB = 1024 * 1024;
constexpr std::uintmax_t kFreeMiBNeeded = 64;
constexpr std::uintmax_t kFreeMiBWanted = 1024;
constexpr rlim_t kDescriptorsWanted = 65'536;
constexpr common::DurationMs kClockOffMs = 1'000;
constexpr common::DurationMs kLifeSignMs = 10'000;  // as the notifier judges it (spec section 3, `feed`)
constexpr common::DurationMs kDeadlineMs = 10'000;

enum class Verdict : std::uint8_t { Good, Advice, Broken };
constexpr std::array<std::string_view, 3> kVerdictTexts{"ok    ", "advice", "BROKEN"};

class Report {
public:
    void add(Verdict verdict, std::string_view subject, std::string_view text) {
        fmt::print("{}  {:<10} {}\n", kVerdictTexts[static_cast<std::size_t>(verdict)], subject, text);
        broken_ = broken_ || verdict == Verdict::Broken;
    }
    bool broken() const { return broken_; }

private:
    bool broken_ = false;
};

void lookAtDisk(Report& report, std::filesystem::path const& file) {
    std::error_code error;
    auto const space = std::filesystem::space(file.parent_path(), error);
    if (error) return report.add(Verdict::Broken, "disk", file.parent_path().string() + ": " + error.message());
    auto const free = space.available / kMiB;
    auto const verdict = free < kFreeMiBNeeded   ? Verdict::Broken
                         : free < kFreeMiBWanted ? Verdict::Advice
                                                 : Verdict::Good;
    report.add(verdict, "disk",
               fmt::format("{} MiB free at {}{}", free, file.parent_path().string(),
                           verdict == Verdict::Good ? "" : "; make room or lower --retention"));
}

void lookAtDatabase(Report& report, Options const& options) try {
    auto const place = common::databasePlace(options.database);
    auto const database = common::openDatabase(options.database, {});
    std::error_code ignored;
    report.add(Verdict::Good, "database",
               fmt::format("{}, {} KiB, epoch {}, {}", place.file.string(),
                           std::filesystem::file_size(place.file, ignored) / 1024, database->epoch(), place.library));
    lookAtDisk(report, place.file);
    auto const now = common::SystemClock().wallMs();
    auto const lifeSign = database->market().lifeSign();
    if (lifeSign == 0)
        report.add(Verdict::Advice, "ingestion", "has never run on this database; start tickbell-ingestion");
    else if (now - lifeSign > kLifeSignMs)
        report.add(Verdict::Advice, "ingestion",
                   fmt::format("last seen {} s ago; is tickbell-ingestion running?", (now - lifeSign) / 1000));
    else
        report.add(Verdict::Good, "ingestion", fmt::format("last seen {} ms ago", now - lifeSign));
    auto const symbols = database->market().symbols().size();
    report.add(symbols == 0 ? Verdict::Advice : Verdict::Good, "symbols",
               symbols == 0 ? "no list is stored yet; ingestion brings it from the exchange"
                            : fmt::format("{} listed", symbols));
} catch (common::StoreError const& error) {
    report.add(Verdict::Broken, "database", error.what());
}

/// The answer to `GET /api/v3/time`, or why there is none.
common::net::HttpResult askForTime(std::string const& url) {
    constexpr std::array<std::string_view, 2> kSchemes{"http", "https"};
    auto const base = common::Url::parse(url, kSchemes);
    boost::asio::io_context io(1);
    auto tls = common::net::makeTlsClient();
    std::optional<common::net::HttpResult> answer;
    common::net::HttpClientOptions once;
    once.deadlineMs = kDeadlineMs;
    common::net::HttpClient client(io, tls ? std::move(*tls) : nullptr, *base, once);
    boost::asio::co_spawn(
        io,
        [&]() -> boost::asio::awaitable<void> {
            answer = co_await client.get("/api/v3/time");
            client.close();
        },
        [](std::exception_ptr const& failure) {
            if (failure) std::rethrow_exception(failure);
        });
    io.run();
    return std::move(*answer);
}

void lookAtExchange(Report& report, std::string const& url) {
    common::SystemClock const clock;
    auto const began = clock.wallMs();
    auto const answer = askForTime(url);
    auto const ended = clock.wallMs();
    if (!answer)
        return report.add(Verdict::Broken, "exchange",
                          fmt::format("{}: {}; check DNS, firewall and --exchange-rest", url, answer.error().detail));
    auto const body = common::json::parse(answer->body);
    auto const* const member = body ? body->find("serverTime") : nullptr;
    auto const theirs = member ? member->integer() : std::nullopt;
    if (answer->status != 200 || !theirs)
        return report.add(Verdict::Broken, "exchange", fmt::format("{} answers {}", url, answer->status));
    report.add(Verdict::Good, "exchange", fmt::format("{} answers in {} ms", url, ended - began));
    // Their clock was read somewhere between asking and answer.
    auto const ahead = *theirs > ended ? *theirs - ended : *theirs < began ? *theirs - began : 0;
    bool const off = std::abs(ahead) > kClockOffMs;
    report.add(off ? Verdict::Advice : Verdict::Good, "clock",
               off ? fmt::format("differs from the exchange's by {} ms; turn on time synchronisation (expiry of alerts "
                                 "and ages of prices depend on it)",
                                 ahead)
                   : std::string("agrees with the exchange's"));
}

void lookAtLimits(Report& report) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    bool const few = limit.rlim_cur < kDescriptorsWanted;
    report.add(few ? Verdict::Advice : Verdict::Good, "limits",
               fmt::format("{} open files{}", limit.rlim_cur,
                           few ? "; for more connections set LimitNOFILE=65536 (systemd) or ulimit -n" : ""));
}

void lookAtExposure(Report& report, Options const& options) {
    auto const address = common::IpAddress::parse(options.listen.host);
    bool const inside = options.listen.host == "localhost" || (address && address->isLoopback());
    if (inside) return report.add(Verdict::Good, "exposure", options.listen.text() + " is reached from here only");
    if (options.tlsCertificate.empty() && options.trustedProxies.empty())
        report.add(Verdict::Advice, "exposure",
                   options.listen.text() +
                       " without TLS: keys go over the network in clear; set --tls-certificate and "
                       "--tls-key, or stand behind a proxy");
    if (!options.authRequired)
        report.add(Verdict::Advice, "exposure", "anyone who reaches it may make alerts; see --auth required");
    if (!options.tlsCertificate.empty() && options.authRequired)
        report.add(Verdict::Good, "exposure", "TLS, and holders of keys only");
}

}  // namespace

int runDoctor(Options const& options) {
    Report report;
    lookAtDatabase(report, options);
    if (!options.exchangeRest.empty()) lookAtExchange(report, options.exchangeRest);
    lookAtLimits(report);
    lookAtExposure(report, options);
    return report.broken() ? kExitFailed : 0;
}

}  // namespace notifier
