#pragma once

#include "common/runtime/metrics.hpp"
#include "notifier/api/router.hpp"
#include "notifier/api/symbol_directory.hpp"
#include "notifier/app/static_files.hpp"

#include <functional>
#include <optional>

namespace notifier {

/// The pages of the port that are neither WebSocket nor REST: `/healthz`, `/readyz`, `/version`, `/metrics` and the
/// dashboard. Network thread.
class Pages {
public:
    struct Deps {
        common::Metrics& metrics;
        SymbolDirectory const& symbols;
        std::function<void()> refreshMetrics;  ///< before they are shown
    };

    Pages(Deps deps, StaticFiles files) : deps_(std::move(deps)), files_(std::move(files)) {}

    void addTo(Router& router);
    /// A file of the dashboard; nothing when the path names none.
    std::optional<HttpResponse> file(HttpRequest const& request) const;

private:
    HttpResponse readyPage() const;

    Deps deps_;
    StaticFiles files_;
};

}  // namespace notifier
