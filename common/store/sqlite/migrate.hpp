#pragma once

#include "common/store/sqlite/connection.hpp"
#include "schema/migrations.hpp"

#include <cstdint>
#include <span>

namespace common::sqlite {

/// `tick`: marks a file as ours.
constexpr std::int64_t kApplicationId = 0x7469636b;

/// Throws StoreError unless the file is empty or ours, and its schema is not newer than the last of `known`.
/// Returns the schema's version, 0 = empty.
int checkIdentity(Connection& connection, std::span<schema::Migration const> known);

/// Brings the schema up to the last of `known` in one IMMEDIATE transaction: of two programs that start together one
/// does it and the other finds it done. A database that already has a schema is first copied to `FILE.before-vN`.
void migrate(Connection& connection, std::span<schema::Migration const> known);

/// Throws StoreError{Corrupt} naming the first fault. Reads the whole file.
void quickCheck(Connection& connection);

}  // namespace common::sqlite
