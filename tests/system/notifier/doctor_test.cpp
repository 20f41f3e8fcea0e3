// What `tickbell-notifier doctor` finds, one broken thing at a time.

#include "tests/support/http_sink.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/system/notifier/notifier_fixture.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace notifier::test {
namespace {

using support::httpAnswer;
using support::HttpSink;

std::int64_t nowMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// An exchange whose clock is ahead by so much.
HttpSink::Script clockAhead(std::chrono::milliseconds ahead) {
    return [ahead](support::SinkRequest const& request) {
        if (request.target() != "/api/v3/time") return httpAnswer(404);
        return httpAnswer(200, {}, R"({"serverTime":)" + std::to_string(nowMs() + ahead.count()) + "}");
    };
}

class DoctorTest : public NotifierTest {
protected:
    /// Its exit status, and whether it printed a line that begins with `verdict subject` and tells of `text`.
    void expectLine(support::Finished const& done, std::string const& verdict, std::string const& subject,
                    std::string const& text) {
        auto const begin = verdict + std::string(8 - verdict.size(), ' ') + subject;
        std::istringstream lines(done.output);
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(begin) && line.find(text) != std::string::npos) return;
        ADD_FAILURE() << "no line `" << begin << " … " << text << "` in\n" << done.output;
    }
    support::Finished doctor(std::vector<std::string> arguments = {"--exchange-rest", ""}) {
        arguments.insert(arguments.begin(), "doctor");
        return command(std::move(arguments));
    }
};

TEST_F(DoctorTest, AllIsWell_EndsWithZero) {
    HttpSink const exchange(clockAhead(0ms));
    auto const done = doctor({"--exchange-rest", exchange.url("")});
    EXPECT_EQ(done.exit, 0) << done.output;
    expectLine(done, "ok", "database", "tickbell.db");
    expectLine(done, "ok", "ingestion", "last seen");
    expectLine(done, "ok", "symbols", "2 listed");
    expectLine(done, "ok", "exchange", "answers in");
    expectLine(done, "ok", "clock", "agrees");
    expectLine(done, "ok", "exposure", "from here only");
}

TEST_F(DoctorTest, DatabaseDamaged_IsBroken) {
    auto const damaged = directory_.path() / "damaged.db";
    std::ofstream(damaged) << std::string(8'192, 'x');
    auto const done = support::runProgram(
        {TICKBELL_NOTIFIER, "doctor", "--exchange-rest", "", "--database", "sqlite:" + damaged.string()});
    EXPECT_EQ(done.exit, 1);
    expectLine(done, "BROKEN", "database", "");
}

TEST_F(DoctorTest, NewDatabase_TellsToStartIngestion) {
    auto const url = "sqlite:" + (directory_.path() / "new.db").string();
    auto const done = support::runProgram({TICKBELL_NOTIFIER, "doctor", "--exchange-rest", "", "--database", url});
    EXPECT_EQ(done.exit, 0) << done.output;
    expectLine(done, "advice", "ingestion", "start tickbell-ingestion");
    expectLine(done, "advice", "symbols", "no list");
}

TEST_F(DoctorTest, IngestionSilent_SaysForHowLong) {
    ingestion_->lifeSign(nowMs() - 60'000);
    auto const done = doctor();
    EXPECT_EQ(done.exit, 0) << done.output;
    expectLine(done, "advice", "ingestion", "is tickbell-ingestion running?");
}

TEST_F(DoctorTest, ExchangeGone_IsBroken_AndNamesTheOption) {
    auto const done = doctor({"--exchange-rest", "http://127.0.0.1:1"});
    EXPECT_EQ(done.exit, 1);
    expectLine(done, "BROKEN", "exchange", "--exchange-rest");
}

TEST_F(DoctorTest, ExchangeRefusesOrTalksNonsense_IsBroken) {
    for (auto const& answer : {httpAnswer(451), httpAnswer(200, {}, "<html>"), httpAnswer(200, {}, "{}")}) {
        HttpSink const exchange([&answer](auto const&) { return answer; });
        auto const done = doctor({"--exchange-rest", exchange.url("")});
        EXPECT_EQ(done.exit, 1) << answer;
        expectLine(done, "BROKEN", "exchange", "answers");
    }
}

TEST_F(DoctorTest, ClockOff_TellsByHowMuch) {
    for (auto const ahead : {1h, -1h}) {
        HttpSink const exchange(clockAhead(ahead));
        auto const done = doctor({"--exchange-rest", exchange.url("")});
        EXPECT_EQ(done.exit, 0) << done.output;
        expectLine(done, "advice", "clock", ahead > 0h ? "by 3" : "by -3");
    }
}

TEST_F(DoctorTest, FewOpenFiles_NamesTheSetting) {
    auto const done = support::runProgram({"/bin/sh", "-c", "ulimit -n 512; exec \"$@\"", "sh", TICKBELL_NOTIFIER,
                                           "doctor", "--exchange-rest", "", "--database", databaseUrl()});
    EXPECT_EQ(done.exit, 0) << done.output;
    expectLine(done, "advice", "limits", "LimitNOFILE");
}

TEST_F(DoctorTest, ReachableFromOutside_AdvisesTlsAndKeys) {
    auto const done = doctor({"--exchange-rest", "", "--listen", "0.0.0.0:80"});
    EXPECT_EQ(done.exit, 0) << done.output;
    expectLine(done, "advice", "exposure", "--tls-certificate");
    expectLine(done, "advice", "exposure", "--auth required");
    auto const behindProxy = doctor(
        {"--exchange-rest", "", "--listen", "0.0.0.0:80", "--auth", "required", "--trusted-proxies", "10.0.0.0/8"});
    EXPECT_EQ(behindProxy.output.find("advice  exposure"), std::string::npos) << behindProxy.output;
}

TEST_F(DoctorTest, DiskNearlyFull_IsBroken) {
    auto const disk = directory_.path() / "disk";
    std::filesystem::create_directory(disk);
    if (!support::mountSmallDisk(disk, "size=16m")) GTEST_SKIP() << "this machine lets nobody mount a small disk";
    auto const done = support::runProgram(
        {TICKBELL_NOTIFIER, "doctor", "--exchange-rest", "", "--database", "sqlite:" + (disk / "t.db").string()});
    EXPECT_EQ(done.exit, 1);
    expectLine(done, "BROKEN", "disk", "make room");
}

}  // namespace
}  // namespace notifier::test
