// Prints docs/configuration.md from the programs' own option tables.
#include "examples/replay/options.hpp"
#include "ingestion/app/options.hpp"
#include "notifier/app/options.hpp"

#include <string>

#include <fmt/format.h>

namespace {

constexpr char const* kHead = R"(# Configuration

Written by `scripts/docs` from the programs' own tables of options; a test compares.

Every option is a flag, an environment variable and a key of a TOML file (`--config FILE` or `TICKBELL_CONFIG`). A flag
wins over the environment, the environment over the file, the file over the default. Lists are `A,B`, a flag repeated, or
a TOML array; durations are `500ms`, `30s`, `5m`, `1h`, `2d` or integer milliseconds.

One file may serve all programs. What stands at the top is meant for all of them (and must be known to each), what stands
in `[notifier]`, `[ingestion]`, `[replay]` for one:

```toml
database = "sqlite:/var/lib/tickbell/tickbell.db"
log_format = "json"

[notifier]
listen = "127.0.0.1:8080"
auth = "required"

[ingestion]
symbols = ["BTCUSDT", "ETHUSDT"]
```

`--check-config` checks all of it, prints what would be used and where each value came from (without passwords), and
ends with 0, or with 2 and one line that names the mistake and its place. Other exit codes: 1 failed, 2 a mistake in the
options, 3 the database is damaged, 130 a second signal.
)";

template <class Options, class Table>
void print(char const* program, Table table) {
    Options options;
    auto const known = table(options);
    fmt::print("\n## {}\n\n{}", program, known.reference());
    if (auto const commands = known.commandReference(); !commands.empty()) fmt::print("\n### Commands\n\n{}", commands);
}

}  // namespace

int main() {
    fmt::print("{}", kHead);
    print<notifier::Options>("tickbell-notifier", [](auto& options) { return notifier::optionTable(options); });
    print<ingestion::Options>("tickbell-ingestion", [](auto& options) { return ingestion::optionTable(options); });
    print<replay::Options>("tickbell-replay", [](auto& options) { return replay::optionTable(options); });
}
