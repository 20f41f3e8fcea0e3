#pragma once

#include "common/core/candle.hpp"
#include "common/store/preview_store.hpp"
#include "ingestion/preview/preview_minutes.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace ingestion {

/// `fires` holds at most the first so many; `count` counts all.
inline constexpr std::size_t kPreviewFiresMax = 1'000;

/// The minutes that an answer is made from: those asked for up to the one that ran when it was asked, and before them
/// what the condition's window looks back over.
MinuteSpan previewSpan(common::PreviewQuestion const& question);

/// `{"fires":[…],"count","coverage","basis":"1m"}`: what an alert that was armed at the first price of the range would
/// have fired, by the evaluator that judges trades (spec section 5). `minutes` in order of time, one row a minute.
std::string answerPreview(common::PreviewQuestion const& question, std::span<common::Candle const> minutes);

}  // namespace ingestion
