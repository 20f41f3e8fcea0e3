#pragma once

#include "common/core/event.hpp"

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace notifier {

/// State changes of accounts without a connection, kept for a while: a client that has just stored its account may be
/// told of its alert before it is known whose connection it is. Forgets by halves, so that keeping one costs no look at
/// the others. Pure.
class Unclaimed {
public:
    /// Each change is kept for at least `keepMs`, unless `countMax` newer ones came in that time.
    Unclaimed(common::DurationMs keepMs, std::size_t countMax) : keepMs_(keepMs), countMax_(countMax) {}

    void put(common::AlertStateChange const& change, common::TimeMs now) {
        if (count_ >= countMax_ || now - began_ >= keepMs_ || now < began_) {
            older_ = std::exchange(newer_, {});
            count_ = 0;
            began_ = now;
        }
        newer_[change.account].push_back(change);
        ++count_;
    }
    /// Those of this account in the order they came; they are forgotten.
    std::vector<common::AlertStateChange> take(common::AccountId account) {
        std::vector<common::AlertStateChange> taken;
        for (auto* const half : {&older_, &newer_}) {
            auto const found = half->find(account);
            if (found == half->end()) continue;
            taken.insert(taken.end(), found->second.begin(), found->second.end());
            half->erase(found);
        }
        return taken;
    }

private:
    using Half = std::unordered_map<common::AccountId, std::vector<common::AlertStateChange>>;

    common::DurationMs keepMs_;
    std::size_t countMax_;
    Half older_, newer_;
    std::size_t count_ = 0;  ///< put into the newer half
    common::TimeMs began_ = 0;
};

}  // namespace notifier
