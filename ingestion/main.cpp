#include "common/runtime/log.hpp"
#include "ingestion/app/app.hpp"
#include "ingestion/app/options.hpp"

int main(int argc, char** argv) {
    ingestion::Options options;
    auto table = ingestion::optionTable(options);
    if (auto const ended = table.parse(argc, argv)) return *ended;
    common::log::configure(options.logLevel, options.logFormat);
    return ingestion::run(options);
}
