#pragma once

#include "common/core/error.hpp"
#include "notifier/protocol/requests.hpp"

#include <string_view>

namespace notifier {

/// Reads one line of the text form (spec section 3): `BTCUSDT above 70000 every cooldown 5m`. Keywords in any case.
/// Errors say at which word what was expected, and name the parameter: 1101 where the line ends too early, 1102, 1103
/// and 1105 as in the JSON form. What common::alertText writes reads back as the same alert.
common::Result<SubscribeRequest> parseTextForm(std::string_view line);

}  // namespace notifier
