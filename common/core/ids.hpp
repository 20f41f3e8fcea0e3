#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace common {

/// A database row number with a type of its own, so that an account cannot stand where an alert is meant.
/// Never shown to clients: they see random public ids (`al_…`).
template <class Tag>
struct RowId {
    std::int64_t value = 0;
    auto operator<=>(RowId const&) const = default;
};

using AccountId = RowId<struct AccountTag>;
/// Ascends with the age of the alert: one trade's fires are ordered by it (spec section 7.1).
using AlertId = RowId<struct AlertTag>;

}  // namespace common

template <class Tag>
struct std::hash<common::RowId<Tag>> {
    std::size_t operator()(common::RowId<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
