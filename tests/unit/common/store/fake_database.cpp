#include "tests/unit/common/store/fake_database.hpp"

#include <stdexcept>

namespace store_test {

using common::StoreError;
using common::StoreFailure;

void FakeDatabase::noRoles() {
    throw std::logic_error("the fake database has no roles");
}

void FakeDatabase::meet(FakeState::Operation operation) {
    std::lock_guard const lock(state_.mutex);
    if (broken_ && operation != FakeState::Operation::Reopen) throw StoreError(StoreFailure::Io, "still broken");
    auto const found = state_.faults.find(operation);
    if (found == state_.faults.end()) return;
    auto& fault = found->second;
    if (fault.after-- > 0) return;
    auto const [failure, after, times, dissolves] = fault;
    fault.after = 0;
    if (--fault.times == 0) state_.faults.erase(found);
    if (dissolves) pending_.reset(), savepoint_.reset();
    // After a failed write nothing works until the connection is made anew.
    if (failure == StoreFailure::Io) broken_ = true;
    throw StoreError(failure, "injected");
}

void FakeDatabase::insert(std::string const& row) {
    meet(FakeState::Operation::Insert);
    if (!pending_) throw StoreError(StoreFailure::Other, "a write outside a transaction");
    pending_->push_back(row);
}

std::vector<std::string> FakeDatabase::rows() const {
    std::lock_guard const lock(state_.mutex);
    return state_.committed;
}

void FakeDatabase::begin() {
    meet(FakeState::Operation::Begin);
    if (pending_) throw StoreError(StoreFailure::Other, "a transaction within a transaction");
    pending_.emplace();
    std::lock_guard const lock(state_.mutex);
    state_.log.emplace_back("begin");
}

void FakeDatabase::commit() {
    meet(FakeState::Operation::Commit);
    if (!pending_) throw StoreError(StoreFailure::Other, "no transaction is active");
    std::lock_guard const lock(state_.mutex);
    state_.committed.insert(state_.committed.end(), pending_->begin(), pending_->end());
    state_.log.emplace_back("commit");
    pending_.reset();
}

void FakeDatabase::rollback() {
    if (!pending_) return;
    pending_.reset();
    savepoint_.reset();
    meet(FakeState::Operation::Rollback);
    std::lock_guard const lock(state_.mutex);
    state_.log.emplace_back("rollback");
}

void FakeDatabase::savepoint() {
    if (!pending_ || savepoint_) throw StoreError(StoreFailure::Other, "no place for a savepoint");
    savepoint_ = pending_->size();
}

void FakeDatabase::releaseSavepoint() {
    if (!savepoint_) throw StoreError(StoreFailure::Other, "no such savepoint");
    savepoint_.reset();
}

void FakeDatabase::rollbackToSavepoint() {
    if (!savepoint_) throw StoreError(StoreFailure::Other, "no such savepoint");
    pending_->resize(*savepoint_);
    savepoint_.reset();
}

void FakeDatabase::reopen() {
    pending_.reset();
    savepoint_.reset();
    meet(FakeState::Operation::Reopen);
    broken_ = false;
    std::lock_guard const lock(state_.mutex);
    ++state_.reopened;
    state_.log.emplace_back("reopen");
}

}  // namespace store_test
