#pragma once

namespace common::sqlite {

/// Registers, once per process, SQLite's own file layer with one change, and returns its name: what is written to a
/// write-ahead log is gathered and goes out in one write when the log is synced, read or measured. SQLite writes a
/// header of 24 bytes and a page by turns, some 14 calls for a commit that fires one alert; from a thread that has just
/// woken up each of them costs several microseconds.
///
/// Nothing becomes visible later than it would have: with synchronous=FULL a commit is announced to other connections
/// only after the log was synced (sqlite.org, "Write-Ahead Logging"), and a write that fails does so in that sync.
/// Any thread.
char const* logVfs();

}  // namespace common::sqlite
