#pragma once

#include "common/runtime/metrics.hpp"
#include "notifier/api/command_handler.hpp"
#include "notifier/api/symbol_directory.hpp"
#include "notifier/app/static_files.hpp"
#include "notifier/session/http.hpp"

#include <functional>

namespace notifier {

/// Everything on the port that is not the WebSocket: `/healthz`, `/readyz`, `/version`, `/metrics` and the dashboard.
/// Network thread.
class Pages {
public:
    struct Deps {
        common::Metrics& metrics;
        CommandHandler& handler;
        SymbolDirectory const& symbols;
        std::function<void()> refreshMetrics;  ///< before they are shown
    };

    Pages(Deps deps, StaticFiles files) : deps_(std::move(deps)), files_(std::move(files)) {}

    void answer(HttpRequest const& request, std::function<void(HttpResponse)> done);

private:
    void metricsPage(HttpRequest const& request, std::function<void(HttpResponse)> done);
    HttpResponse readyPage() const;

    Deps deps_;
    StaticFiles files_;
};

}  // namespace notifier
