#include "examples/replay/options.hpp"
#include "examples/replay/server/server.hpp"

#include <csignal>
#include <exception>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

int main(int argc, char** argv) {
    replay::Options options;
    auto table = replay::optionTable(options);
    if (auto const ended = table.parse(argc, argv)) return *ended;
    // Whoever reads the log may go first; that must not end the exchange.
    std::signal(SIGPIPE, SIG_IGN);
    spdlog::set_default_logger(spdlog::stderr_logger_st("replay"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l replay %v", spdlog::pattern_time_type::utc);
    spdlog::set_level(spdlog::level::from_str(options.logLevel));
    spdlog::flush_on(spdlog::level::info);
    try {
        return replay::runServer(options);
    } catch (std::exception const& e) {
        spdlog::error("failed reason=\"{}\"", e.what());
        return 1;
    }
}
