#pragma once

#include "common/core/alert.hpp"
#include "common/core/error.hpp"
#include "common/core/json_writer.hpp"
#include "common/core/time.hpp"
#include "notifier/protocol/command.hpp"

#include <span>
#include <string>
#include <string_view>

namespace notifier {

/// `{"id","method","result"}`. `idJson` as in Command; `resultJson` is JSON text.
std::string renderReply(std::string_view idJson, std::string_view method, std::string_view resultJson);
/// `{"id","method","error"}`; an empty method is written as null.
std::string renderErrorReply(std::string_view idJson, std::string_view method, common::Error const& error);
std::string renderErrorReply(FrameError const& error);

/// `{"code","name","message","field","retryable"}`, with `retry_after_ms` where known.
std::string renderError(common::Error const& error);

/// The alert object (spec section 3). `now` tells armed from cooldown.
void writeAlert(common::json::Writer& out, common::AlertRecord const& record, common::TimeMs now);

/// Result of `help`: every method with one example.
std::string renderHelp();

}  // namespace notifier
