#pragma once

#include <string_view>

namespace notifier {

/// notifier/api/openapi.json, which a test compares with the routes.
std::string_view openApiDocument();

}  // namespace notifier
