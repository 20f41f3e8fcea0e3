#pragma once

#include "notifier/api/http.hpp"
#include "notifier/session/upgrade.hpp"

#include <optional>

namespace notifier {

/// Lets pages of other origins use REST where the operator's `--allowed-origins` name them (the CORS protocol of the
/// Fetch standard, section 3.2). Browsers keep everything else from such pages; nothing here guards against other
/// clients. Pure.

/// The answer to a browser's question before the real request; nothing when `request` is no such question.
std::optional<HttpResponse> preflightAnswer(HttpRequest const& request, OriginRule const& rule);

/// What an answer to `request` must say for its page to be allowed to read it; empty when it says nothing.
HttpHeaders sharingHeaders(HttpRequest const& request, OriginRule const& rule);

}  // namespace notifier
