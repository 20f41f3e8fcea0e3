#pragma once

#include "common/core/error.hpp"
#include "common/core/json.hpp"
#include "notifier/protocol/method.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace notifier {

/// A request as parsed: names are checked, parameters not yet (requests.hpp reads them).
struct Command {
    Method method = Method::Ping;
    /// An object of parameters, or for `subscribe` a string: one line of the text form.
    common::json::Value params = common::json::Value(common::json::Value::Type::Object);
    std::string idJson = {};  ///< the id as JSON text, echoed as given; empty when the request had none
    bool founding = false;    ///< `{"symbol","threshold"}` without method: params hold these two
};

/// A frame that is no command, with what its reply needs.
struct FrameError {
    common::Error error;
    std::string idJson = {};  ///< as in Command; `null` where no usable id could be read
    std::string method = {};  ///< echoed; empty when none could be read (the reply says null)
};

/// Reads one text frame. 1001 for text that is no JSON, 1002 for a frame that breaks the rules of requests, 1101 when
/// `method` is missing, 1003 when nobody knows it. Pure; the caller bounds the length of the text.
std::expected<Command, FrameError> parseFrame(std::string_view text);

}  // namespace notifier
