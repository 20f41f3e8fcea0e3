#include "common/runtime/log.hpp"
#include "notifier/app/app.hpp"
#include "notifier/app/options.hpp"

int main(int argc, char** argv) {
    notifier::Options options;
    auto table = notifier::optionTable(options);
    if (auto const ended = table.parse(argc, argv)) return *ended;
    common::log::configure(options.logLevel, options.logFormat);
    if (!table.selected().empty()) return notifier::runCommand(table.selected(), options);
    return notifier::run(options);
}
