#include "common/core/event.hpp"

#include <array>

#include <fmt/format.h>

namespace common {
namespace {

// Indexed by the enumerator's number.
constexpr std::array<std::string_view, 3> kSourceTexts{"live", "repair", "catchup"};
constexpr std::array<std::string_view, 3> kGapReasonTexts{"unrepaired", "too_old", "tape_reset"};

}  // namespace

std::string_view sourceText(TradeSource source) {
    return kSourceTexts[static_cast<std::size_t>(source)];
}
std::string_view gapReasonText(GapReason reason) {
    return kGapReasonTexts[static_cast<std::size_t>(reason)];
}

std::string notificationId(Notification const& notification) {
    std::string_view suffix = notification.alertPublicId;
    if (suffix.starts_with("al_")) suffix.remove_prefix(3);
    return fmt::format("nt_{}_{}", suffix, notification.fire);
}

std::string gapId(std::string_view accountPublicId, std::int64_t seq) {
    if (accountPublicId.starts_with("acc_")) accountPublicId.remove_prefix(4);
    return fmt::format("gap_{}_{}", accountPublicId, seq);
}

}  // namespace common
